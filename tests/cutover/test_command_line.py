"""The command line as its users meet it: in a process of its own where that can make a difference."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from reports.run import Run

HEAVY = ("locust", "gevent", "numba", "matplotlib", "simpy", "numpy", "scipy", "pydantic", "starlette")
ROOT = Path(__file__).parents[2]


def cutover(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, **options)


def here(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, prog_name="cutover")


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


@pytest.mark.parametrize(
    "command", ["rehearse", "swarm", "forecast", "study", "gate", "compare", "report", "scenario", "portal", "runs"]
)
def test_every_command_explains_itself(command):
    ended = here(command, "--help")
    assert ended.exit_code == 0
    assert f"Usage: cutover {command}" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
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
        (["report", "nowhere"], "nowhere: run: is not a run folder"),
        (["swarm", "rehearsal", "--host", "portal"], "--host: url = 'portal': must be an http or https URL"),
        (
            ["swarm", "rehearsal", "--host", "http://127.0.0.1", "--warp", "0"],
            "options: --warp = 0.0: must be above 0",
        ),
        (
            ["swarm", "publication-day", "--host", "http://127.0.0.1", "--scale", "0.006"],
            "swarm.max_sessions = 20000: the swarm would start",
        ),
        (
            ["swarm", "rehearsal", "--host", "http://127.0.0.1", "--profile", "stress from 10/s until it breaks"],
            "options: --profile = 'stress from 10/s until it breaks': column 18: must be `to` or `by` here, found",
        ),
        (
            ["forecast", "go-live", "--profile", "constant 20/s"],
            "options: --profile = 'constant 20/s': column 14: must be `for` here, the words end; write for example",
        ),
    ],
)
def test_bad_input_is_exit_2_with_words(arguments, words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = here(*arguments)
    assert ended.exit_code == 2
    assert words in " ".join(ended.stderr.split())
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["forecast", "go-life"], "scenario: name = 'go-life': is no shipped scenario and no file"),
        (["gate", "nowhere"], "nowhere: run: is not a run folder"),
        (["forecast"], "cutover forecast: scenario: is missing; see `cutover forecast --help`"),
        (["forecats"], "cutover: arguments: no such command 'forecats'; did you mean 'forecast'?"),
        (["population", "sample", "abc"], "count = 'abc': must be a valid integer; see `cutover population sample --h"),
    ],
)
def test_bad_input_ends_a_process_with_2_and_no_traceback(arguments, words, tmp_path):
    ended = cutover(*arguments, cwd=tmp_path)
    assert ended.returncode == 2
    assert words in " ".join(ended.stderr.replace("python -m cutover", "cutover").split())
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_writing_without_the_owner_s_consent_is_exit_6(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ended = here("swarm", "rehearsal", "--host", "http://192.0.2.1", "--allow-host", "192.0.2.1")
    assert (ended.exit_code, len(ended.stderr.splitlines())) == (6, 1)
    assert "write there: no request was sent; if its owner agrees that dossiers are made there" in ended.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [(), ("--pooled",)])
def test_too_few_descriptors_are_exit_5_before_anything_starts(more, tmp_path):
    command = [sys.executable, "-m", "cutover", "swarm", "rehearsal", "--host", "http://127.0.0.1:1", *more]
    limited = ["sh", "-c", 'ulimit -n 64 && exec "$@"', "sh", *command]
    ended = subprocess.run(limited, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (ended.returncode, len(ended.stderr.splitlines())) == (5, 1)
    assert "connections at once need as many open files; this process has 0 to spare: raise the limit" in ended.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_foreign_host_is_exit_6(tmp_path):
    ended = cutover("swarm", "rehearsal", "--host", "http://portal.example.vn", cwd=tmp_path)
    assert ended.returncode == 6
    assert ended.stderr.startswith("portal.example.vn is neither loopback nor allowed: no request was sent")
    assert list(tmp_path.iterdir()) == []


def test_scenarios_are_listed_and_checked():
    listed = json.loads(cutover("scenario", "list", "--json").stdout)
    assert {"go-live", "ordinary-day", "rehearsal", "rehearsal-broken"} <= set(listed["scenarios"])
    checked = here("scenario", "check", "go-live")
    assert checked.stdout == "go-live: sound; 6,900,134 sessions expected in 86,400 s\n"
    assert json.loads(here("scenario", "check", "go-live", "--json").stdout)["name"] == "go-live"


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
