"""Pipelines that let the builds of base and head take turns: the scripts as a runner plays them, for real."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cutover.rehearsal.portal import stand_in
from reports.run import Run
from scenarios.settings import PortalSettings

ROOT = Path(__file__).parents[2]
GATE = (ROOT / "ci" / "github" / "gate.sh").read_text(encoding="utf-8")
JOB = yaml.safe_load((ROOT / "ci" / "gitlab" / "cutover.yml").read_text(encoding="utf-8"))[".cutover"]
SCENARIO = """\
schema = 1
name = "turns"
title = "Two builds"
starts = 2025-07-01T08:00:00+07:00
duration_s = 21
as_of = 2025-06-30
seed = 7
budgets = ["dossiers lost == 0"]
[population]
value = 101_600_000
assumed = "a test"
[arrivals]
points = [[0, 8], [20, 8], [20, 0], [21, 0]]
[journeys]
brisk_look_up = 1.0
[forecast]
plan = "stand-in"
"""
BUDGETS = "all response p50 <= baseline + 3%\nall error_rate < 50%\n"


@pytest.fixture
def targets(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Return where base and head answer: the head takes forty times as long to work."""
    (tmp_path / "turns.toml").write_text(SCENARIO, encoding="utf-8")
    (tmp_path / "budgets.txt").write_text(BUDGETS, encoding="utf-8")
    base, head = (PortalSettings(slow=slow) for slow in (0.05, 2.0))
    with stand_in(tmp_path / "base", base, tmp_path) as one, stand_in(tmp_path / "head", head, tmp_path) as other:
        yield one.url, other.url


def compared(base: Path, head: Path, targets: tuple[str, str], verdict: str) -> None:
    """Hold that both runs were played in turns, one on each target, and that the slower head was not let through."""
    runs = [Run.open(base), Run.open(head)]
    assert [run.header.target for run in runs] == list(targets)
    assert [run.header.arm and run.header.arm.other for run in runs] == [head.name, base.name]
    assert verdict in ("fail", "inconclusive")


@pytest.mark.realtime
def test_the_github_action_compares_head_with_base(shell, targets, tmp_path):
    output = tmp_path / "output.txt"
    given = {
        "SCENARIO": "turns.toml",
        "BASE": targets[0],
        "HEAD": targets[1],
        "BUDGETS": "budgets.txt",
        "ON_INCONCLUSIVE": "neutral",
        "GITHUB_OUTPUT": str(output),
        "RUNNER_TEMP": str(tmp_path),
    }
    ended = shell(GATE, given)
    assert ended.returncode == 0, ended.stderr
    outputs = dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())
    base, head = tmp_path / outputs["base"], tmp_path / outputs["run"]
    compared(base, head, targets, outputs["verdict"])
    judged = json.loads((Path(outputs["files"]) / "verdict.json").read_text(encoding="utf-8"))["budgets"][0]
    assert judged["value"] > 0.2
    assert judged["method"].startswith("relative difference from one baseline run")


@pytest.mark.realtime
def test_the_gitlab_job_compares_head_with_base(shell, targets, tmp_path):
    given = {
        **JOB["variables"],
        "CUTOVER_INSTALL": "none",
        "CUTOVER_SCENARIO": "turns.toml",
        "CUTOVER_BASE": targets[0],
        "CUTOVER_HEAD": targets[1],
        "CUTOVER_BUDGETS": "budgets.txt",
        "CUTOVER_ON": "warn",
    }
    ended = shell("\n".join(JOB["script"]), {name: str(value) for name, value in given.items()}, "sh")
    assert ended.returncode in (0, 3), ended.stderr
    played = json.loads((tmp_path / "cutover-verdict" / "played.json").read_text(encoding="utf-8"))
    verdict = ended.stdout.split(":")[0].lower()
    compared(tmp_path / played["base"], tmp_path / played["head"], targets, verdict)


PAIR = 'echo \'{"base": "%s", "head": "%s"}\''


def test_a_command_that_names_base_and_head_is_compared_too(shell, made_run, tmp_path):
    base, head = made_run("pass"), made_run("fail")
    (tmp_path / "budgets.txt").write_text("home response p50 <= baseline\n", encoding="utf-8")
    output = tmp_path / "output.txt"
    given = {"COMMAND": PAIR % (base, head), "BUDGETS": "budgets.txt", "ON_INCONCLUSIVE": "neutral"}
    ended = shell(GATE, {**given, "GITHUB_OUTPUT": str(output), "RUNNER_TEMP": str(tmp_path)})
    assert ended.returncode == 0, ended.stderr
    assert f"run={head}\nbase={base}\n" in output.read_text(encoding="utf-8")
    lab = {**JOB["variables"], "CUTOVER_INSTALL": "none", "CUTOVER_COMMAND": given["COMMAND"]}
    lab |= {"CUTOVER_BUDGETS": "budgets.txt", "CUTOVER_ON": "warn"}
    ended = shell("\n".join(JOB["script"]), {name: str(value) for name, value in lab.items()}, "sh")
    assert "No data: no baseline was named" not in ended.stdout
    assert "home response p50 <= baseline: " in ended.stdout


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"SCENARIO": "turns.toml", "BASE": "http://127.0.0.1:1"},
        {"RUN": "runs/one", "COMMAND": "echo"},
        {"SCENARIO": "turns.toml", "BASE": "http://127.0.0.1:1", "HEAD": "http://127.0.0.1:2", "RUN": "runs/one"},
    ],
)
def test_what_is_played_is_told_in_one_way(shell, tmp_path, given):
    ended = shell(GATE, {**given, "ON_INCONCLUSIVE": "neutral", "RUNNER_TEMP": str(tmp_path), "GITHUB_OUTPUT": "o"})
    assert ended.returncode == 2
    assert "::error title=cutover::" in ended.stderr
    lab = {**JOB["variables"], "CUTOVER_INSTALL": "none", **{f"CUTOVER_{name}": text for name, text in given.items()}}
    ended = shell("\n".join(JOB["script"]), {name: str(value) for name, value in lab.items()}, "sh")
    assert ended.returncode == 2
    assert "CUTOVER_SCENARIO, CUTOVER_BASE and CUTOVER_HEAD" in ended.stderr
