"""A run that may be prolonged ends at the look that decides its budgets, and is judged at that look's error rate."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.gate import judge
from reports.looks import looks
from reports.run import Run

SMALLS, BUDGET = '["all response p95 < 2s", "dossiers lost == 0"]', "all response p95 < 5s"
LOAD = ("--profile", "constant 8/s for 6s")


def cutover(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.realtime
def test_it_ends_when_decided_and_the_gate_agrees(portal, scenario_file, tmp_path):
    path = scenario_file((SMALLS, f'["{BUDGET}"]'))
    options = ("--host", portal.url, "--out", str(tmp_path / "runs"), "--json", "--headless")
    ended = cutover("swarm", str(path), *options, *LOAD, "--extend-to", "60s")
    assert ended.returncode == 0, ended.stderr
    run = Run.open(Path(json.loads(ended.stdout)["run"]))
    plan = looks(6.0, 60.0, 0.05)
    told = next(event for event in run.events if event["event"] == "load ended")
    assert told["reason"].startswith("its budgets are decided after ")
    look = next(look for look in plan if f"after {look.seen_s:g} s" in told["reason"])
    assert (run.state, run.header.measurement.to_s, run.header.error_rate) == ("complete", look.seen_s, look.error_rate)
    assert look.seen_s < 60.0
    assert run.header.duration_s < 60.0
    verdict = judge(run)
    assert verdict.verdict == "pass", verdict.words()
    (judgement,) = verdict.judgements
    assert judgement.level == pytest.approx(1 - look.error_rate)


def test_what_cannot_be_prolonged_is_refused_before_anything_starts(scenario_file, tmp_path):
    path = scenario_file((SMALLS, f'["{BUDGET}"]'))
    refused = {
        ("--extend-to", "60s"): "prolongs a constant load only; give one: --profile 'constant 20/s for 60s'",
        (*LOAD, "--extend-to", "5s"): "is no longer than the load, 6 s",
        (*LOAD, "--extend-to", "soon"): "--extend-to = 'soon'",
        ("--profile", "staircase 1/s to 2/s in 2 steps of 6s", "--extend-to", "60s"): "prolongs a constant load only",
    }
    for options, words in refused.items():
        ended = cutover("swarm", str(path), "--host", "http://127.0.0.1:1", "--out", str(tmp_path / "runs"), *options)
        assert (ended.returncode, words in ended.stderr) == (2, True), ended.stderr
    assert not (tmp_path / "runs").exists()


def test_without_a_budget_that_a_run_decides_there_is_nothing_to_wait_for(scenario_file):
    path = scenario_file((SMALLS, '["dossiers lost == 0"]'))
    ended = cutover("swarm", str(path), "--host", "http://127.0.0.1:1", *LOAD, "--extend-to", "60s")
    assert ended.returncode == 2
    assert "holds none that the run itself decides; write one, or leave --extend-to out" in ended.stderr
