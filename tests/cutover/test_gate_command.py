"""`cutover gate` as pipelines call it: files, exit codes, what GitHub's runner is told."""

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cutover.commands.main import app
from tests.reports.steady_run import steady_run

PASS, FAIL, UNDECIDED = "home response p50 < 1s", "home response p50 < 1ms", "home response p99 < 1s"


@pytest.fixture
def run(tmp_path) -> Path:
    """Return the folder of a run of a hundred steps of 5 ms, without budgets of its own."""
    return steady_run(tmp_path / "run")


@pytest.fixture
def gate(run, monkeypatch):
    """Return a function that calls `cutover gate` on the run, outside of any pipeline unless told."""

    def call(*options, **environment):
        for name in ("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, str(value))
        return CliRunner().invoke(app, ["gate", str(run), *map(str, options)])

    return call


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--budget", PASS], 0),
        (["--budget", PASS, "--budget", FAIL], 3),
        (["--budget", UNDECIDED], 4),
        (["--budget", UNDECIDED, "--on", "inconclusive=warn"], 0),
        (["--budget", UNDECIDED, "--on", "inconclusive=fail"], 3),
        (["--budget", UNDECIDED, "--on", "inconclusive=rerun"], 4),
        ([], 4),  # no budget, no pass
        (["--on", "inconclusive=warn"], 0),
        (["--budget", PASS, "--on", "whatever"], 2),
        (["--budget", "hoem response p50 < 1s"], 2),
    ],
)
def test_the_exit_code_is_the_verdict(gate, options, code):
    assert gate(*options).exit_code == code


def test_every_output_is_written(gate, tmp_path):
    names = ("junit", "summary", "metrics", "load-performance", "sarif")
    ended = gate("--budget", FAIL, *(word for name in names for word in (f"--{name}", tmp_path / name)))
    assert ended.exit_code == 3
    suites = ET.parse(tmp_path / "junit").getroot()
    assert suites.get("failures") == "1"
    assert "❌ FAIL" in (tmp_path / "summary").read_text()
    assert (tmp_path / "metrics").read_text().endswith("# EOF\n")
    assert json.loads((tmp_path / "load-performance").read_text())["metrics"]["checks"]["passes"] == 100
    assert json.loads((tmp_path / "sarif").read_text())["version"] == "2.1.0"
    assert "::" not in ended.stderr  # not in a pipeline


def test_a_file_that_cannot_be_written_is_bad_input(gate, tmp_path):
    ended = gate("--budget", PASS, "--load-performance", tmp_path / "nowhere" / "file")
    assert ended.exit_code == 2
    assert "--load-performance: path" in ended.stderr


def test_budgets_of_a_file_and_of_the_line_come_together(gate, tmp_path):
    path = tmp_path / "budgets.txt"
    path.write_text(f"# ours\n{PASS}\n", encoding="utf-8")
    document = json.loads(gate("--budgets", path, "--budget", FAIL, "--json").stdout)
    assert [one["budget"] for one in document["budgets"]] == [PASS, FAIL]
    assert (document["schema"], document["verdict"], document["exit_code"]) == (1, "fail", 3)
    path.write_text("home response p50 < 1 parsec\n", encoding="utf-8")
    ended = gate("--budgets", path)
    assert ended.exit_code == 2
    assert f"{path}:1: " in ended.stderr


def test_in_a_job_of_github_the_summary_grows_and_the_verdict_is_annotated(gate, tmp_path):
    summary = tmp_path / "step.md"
    summary.write_text("# What another step wrote\n", encoding="utf-8")
    ended = gate("--budget", FAIL, "--json", GITHUB_ACTIONS="true", GITHUB_STEP_SUMMARY=summary)
    assert json.loads(ended.stdout)["verdict"] == "fail"  # nothing else on stdout
    assert ended.stderr.startswith("::error title=cutover%3A home response p50 < 1ms::")
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("# What another step wrote\n<!-- cutover gate made-up measured -->\n")
    gate("--budget", PASS, GITHUB_STEP_SUMMARY=summary)
    assert summary.read_text(encoding="utf-8").startswith(text)


def test_a_summary_that_the_runner_did_not_make_is_told(gate, tmp_path):
    ended = gate("--budget", PASS, GITHUB_STEP_SUMMARY=tmp_path / "nowhere" / "step.md")
    assert ended.exit_code == 2
    assert "GITHUB_STEP_SUMMARY: path" in ended.stderr
