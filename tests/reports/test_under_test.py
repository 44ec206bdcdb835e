"""A run in a test, and the pytest plugin that opens it."""

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from reports.under_test import RunUnderTest

TESTS = """
def test_meets(cutover_run):
    assert cutover_run.meets("all response p95 < 1s", "all error_rate < 2%")

def test_does_not(cutover_run):
    assert cutover_run.meets("submit response p95 < 1ms")

def test_own_budgets(cutover_run):
    assert cutover_run.meets()
"""


def test_a_budget_that_passes_is_met_and_no_other(made):
    run = RunUnderTest(made())
    assert run.meets("all response p50 < 1s")
    assert not run.meets("all response p50 < 1ms")
    assert not RunUnderTest(made(failing=0.02)).meets("all error_rate < 2%")  # undecided
    assert not run.meets("all response p50 < 1s", "all response p50 < 1ms")
    assert not RunUnderTest(made(cpu=0.99)).meets("all response p50 < 1s")  # invalid
    assert not RunUnderTest(made(budgets=())).meets()  # nothing to meet
    assert not run.meets("all response p50 < 1ms warn")  # only told, so that nothing counts


def test_without_budgets_the_run_is_judged_by_its_own(made):
    assert RunUnderTest(made()).meets()
    assert not RunUnderTest(made(mean_s=3.0)).meets()


def test_an_answer_tells_why(made):
    run = RunUnderTest(made())
    assert repr(run.meets("all response p50 < 1s")).startswith("<PASS: The only budget is met")
    told = repr(run.meets("all response p50 < 1s", "submit response p50 < 1ms"))
    assert told.startswith("<FAIL: submit response p50 < 1ms: ")
    assert "lies beyond 1 ms" in told
    assert repr(RunUnderTest(made(cpu=0.99)).meets()).startswith("<INVALID: The generator")
    assert repr(run) == f"<run {run.run.folder.name}>"


def test_a_line_that_is_no_budget_is_bad_input(made):
    with pytest.raises(BadInput, match="column"):
        RunUnderTest(made()).meets("nothing response p50 < 1s")


def play(folder: Path, *options: str) -> str:
    (folder / "test_load.py").write_text(TESTS)
    [plugin] = entry_points(group="pytest11", name="cutover")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        plugin.value,
        *options,
        "test_load.py",
    ]
    alone = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # of all plugins here: some take seconds to load
    ended = subprocess.run(command, cwd=folder, env=alone, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout


def test_the_plugin_gives_the_run_and_a_failed_assertion_explains_itself(made, tmp_path):
    told = play(tmp_path, "--cutover-run", str(made().folder))
    assert "2 passed" in told
    assert "assert <FAIL: submit response p95 < 1ms: " in told
    assert "lies beyond 1 ms.>" in told


def test_without_a_run_every_test_of_one_fails(tmp_path):
    assert "no run to test: name one with --cutover-run FOLDER" in play(tmp_path)
    told = play(tmp_path, "--cutover-run", "nowhere")
    assert "is not a run folder" in told
    assert "3 errors" in told
