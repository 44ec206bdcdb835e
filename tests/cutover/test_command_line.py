"""The command line as its users meet it: in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from reports.run import Run

HEAVY = ("locust", "gevent", "numba", "matplotlib", "simpy", "numpy", "scipy", "pydantic", "starlette")
ROOT = Path(__file__).parents[2]


def cutover(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def test_help_loads_no_heavy_library():
    code = f"""
import sys
sys.argv = ["cutover", "--help"]
from cutover.commands.main import main
try:
    main()
except SystemExit as end:
    assert not end.code
loaded = [name for name in {HEAVY!r} if name in sys.modules]
assert not loaded, loaded
"""
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert "rehearse" in ended.stdout


@pytest.mark.parametrize("command", ["rehearse", "swarm", "forecast", "study", "gate", "report", "scenario", "portal"])
def test_every_command_explains_itself(command):
    ended = cutover(command, "--help")
    assert ended.returncode == 0
    assert f"Usage: cutover {command}" in ended.stdout.replace("python -m cutover", "cutover")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["forecast", "go-life"], "scenario: name = 'go-life': is no shipped scenario and no file"),
        (
            ["forecast", "missing.toml"],
            "missing.toml: file: cannot be read (No such file or directory); check the path",
        ),
        (
            ["forecast", "go-live", "--plan", "nationl"],
            "plan: name = 'nationl': is not a shipped plan; did you mean",
        ),
        (["forecast", "go-live", "--plan", "missing.toml"], "missing.toml: file: cannot be read"),
        (["rehearse", "go-live"], "go-live.toml: rehearsal: is missing; give it a [rehearsal] table"),
        (["gate", "nowhere"], "nowhere: run: is not a run folder"),
        (["report", "nowhere"], "nowhere: run: is not a run folder"),
        (["swarm", "rehearsal", "--host", "portal"], "--host: url = 'portal': must be an http or https URL"),
        (
            ["swarm", "rehearsal", "--host", "http://127.0.0.1", "--warp", "0"],
            "options: --warp = 0.0: must be above 0",
        ),
        (
            ["swarm", "go-live", "--host", "http://127.0.0.1", "--scale", "1"],
            "swarm.max_sessions = 20000: the swarm would start",
        ),
        (["forecast"], "cutover forecast: scenario: is missing; see `cutover forecast --help`"),
        (["forecats"], "cutover: arguments: no such command 'forecats'; did you mean 'forecast'?"),
        (["population", "sample", "abc"], "count = 'abc': must be a valid integer; see `cutover population sample --h"),
    ],
)
def test_bad_input_is_exit_2_with_words_and_no_traceback(arguments, words, tmp_path):
    ended = cutover(*arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert words in " ".join(ended.stderr.replace("python -m cutover", "cutover").split())
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_host_is_exit_6(tmp_path):
    ended = cutover("swarm", "rehearsal", "--host", "http://portal.example.vn", cwd=tmp_path)
    assert ended.returncode == 6
    assert ended.stderr.startswith("portal.example.vn is neither loopback nor allowed: no request was sent")
    assert list(tmp_path.iterdir()) == []


def test_scenarios_are_listed_and_checked():
    listed = json.loads(cutover("scenario", "list", "--json").stdout)
    assert {"go-live", "ordinary-day", "rehearsal", "rehearsal-broken"} <= set(listed["scenarios"])
    checked = cutover("scenario", "check", "go-live")
    assert checked.stdout == "go-live: sound; 6,900,134 sessions expected in 86,400 s\n"
    assert json.loads(cutover("scenario", "check", "go-live", "--json").stdout)["name"] == "go-live"


def test_a_forecast_prints_one_json_document_and_the_gate_judges_its_run(tmp_path):
    small = (ROOT / "scenarios" / "rehearsal.toml").read_text(encoding="utf-8").replace("[rehearsal]", "[measurement_]")
    small = "\n".join(line for line in small.splitlines() if not line.startswith(("calibration", "national_day")))
    small = small.replace('[measurement_]\nplan = "stand-in"', "").replace('    "dossiers lost == 0",\n', "")
    path = tmp_path / "small.toml"
    path.write_text(small.replace('name = "rehearsal"', 'name = "small"'), encoding="utf-8")
    ended = cutover("forecast", str(path), "--json", "--out", str(tmp_path / "runs"))
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    assert document["verdict"] == "pass"
    run = Run.open(Path(document["run"]))
    assert run.header.kind == "simulated"
    assert run.header.replications == 2
    taken = {one["what"]: one["value"] for one in document["model"]["assumptions"]}
    assert taken["people of communes"] == run.header.communes == "synthetic allocation"
    judged = cutover("gate", str(run.folder), "--json")
    assert judged.returncode == 0
    assert json.loads(judged.stdout)["budgets"] == document["budgets"]
    written = cutover("report", str(run.folder))
    assert written.returncode == 0, written.stderr
    assert Path(written.stdout.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")
