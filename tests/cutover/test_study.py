"""Studies and estimates as users meet them: `cutover study`, stopped and resumed, and `forecast`'s intervals."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from reports.run import Run
from tests.scenarios.conftest import SMALL

ROOT = Path(__file__).parents[2]
STAND_IN = ROOT / "models" / "plans" / "stand-in.toml"
PATIENCE_S = 60.0


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "cutover", *map(str, arguments)]


def cutover(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=120)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.toml"
    path.write_text(SMALL, encoding="utf-8")
    return path


@pytest.fixture
def slower(tmp_path: Path) -> Path:
    path = tmp_path / "slower.toml"
    text = STAND_IN.read_text(encoding="utf-8").replace('name = "stand-in"', 'name = "slower"')
    path.write_text(text.replace("mean_s = 0.003", "mean_s = 0.005"), encoding="utf-8")
    return path


def test_plans_are_compared_draw_by_draw_and_the_same_command_goes_on(small, slower, tmp_path):
    asked = ("study", small, "--plan", "stand-in", "--plan", slower, "--out", tmp_path / "studies")
    ended = cutover(*asked, "--replications", 2, "--json")
    assert ended.returncode == 0, ended.stderr
    found = json.loads(ended.stdout)
    trials = Path(found["folder"]) / "trials"
    assert found["study"] == "small-stand-in-slower"
    names = [f"small-stand-in-slower-{plan}-{number}.json" for plan in ("slower", "stand-in") for number in range(2)]
    assert sorted(path.name for path in trials.iterdir()) == names
    (difference,) = found["differences"]["slower"].values()
    assert difference["value"] > 0
    before = {path.name: path.stat().st_mtime_ns for path in trials.iterdir()}
    more = cutover(*asked, "--replications", 3)
    assert more.returncode == 0, more.stderr
    assert "slower less stand-in: " in more.stdout
    assert "3 of them" in more.stdout
    after = {path.name: path.stat().st_mtime_ns for path in trials.iterdir()}
    assert len(after) == 6
    assert before.items() <= after.items()
    other = cutover(*asked, "--replications", 3, "--budget", "all error_rate < 1%")
    assert (other.returncode, other.stdout) == (2, "")
    assert "holds another study: a scenario, plan, span or budget differs" in other.stderr


def test_ctrl_c_keeps_what_is_done_and_the_same_command_goes_on(small, tmp_path):
    """On a terminal Ctrl-C reaches the workers too, so that all of the process group is interrupted here."""
    asked = command("study", small, "--replications", 200, "--out", tmp_path, "--name", "stopped")
    trials = tmp_path / "stopped" / "trials"
    with subprocess.Popen(
        asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        until = time.monotonic() + PATIENCE_S
        while len(list(trials.glob("stopped-*.json"))) < 3 and time.monotonic() < until:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130, err
    done = len(list(trials.glob("stopped-*.json")))
    assert 3 <= done < 200
    assert "Traceback" not in err
    assert f"interrupted: {200 - done} trials are missing; the same command goes on where it stopped" in err
    assert f"Student's t over replications, {done} of them" in out
    assert [path.name for path in trials.iterdir() if path.suffix != ".json"] == []
    first = {path.name: path.read_bytes() for path in trials.iterdir()}
    again = cutover("study", small, "--replications", 2, "--out", tmp_path, "--name", "stopped")
    assert again.returncode == 0, again.stderr
    assert first.items() <= {path.name: path.read_bytes() for path in trials.iterdir()}.items()


def test_a_steady_study_tells_its_warm_up(small, tmp_path):
    text = SMALL.replace("duration_s = 6", "duration_s = 240")
    small.write_text(text.replace("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 6], [240, 6]]"), encoding="utf-8")
    ended = cutover("study", small, "--steady", "--out", tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"all response p95 < 2s: .*; sectioning after \S+ s of warm-up \(MSER-5\)\)", ended.stdout)
    assert "backlog of portal: " in ended.stdout


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--steady"], "is not steady: the flow `main` is not constant over the window (0 to 6 sessions a second)"),
        (["--steady", "--precision", "5%"], "--precision = '5%': does not go with --steady"),
        (["--precision", "five"], "--precision = 'five': must be a share of the value, above 0 and below 1"),
        (["--replications", "1"], "--replications = 1: must be from 2 to 200"),
        (["--plan", "stand-in", "--plan", "stand-in"], "--plan = 'stand-in': is the name of several plans"),
        (["--plan", "x", "--plan", "y"], "plan: name = 'y': is not a shipped plan"),
        (["--budget", "all p95 < 1s"], "budgets[0] = 'all p95 < 1s': column 5: `p95` is not a metric"),
        (["--name", "A study"], "study: name = 'A study': must be like"),
        (["--engine", "quick"], "--engine = 'quick': is no engine"),
    ],
)
def test_bad_input_is_exit_2_and_leaves_nothing(small, tmp_path, options, words):
    ended = cutover("study", small, "--out", tmp_path / "studies", *options)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert list(tmp_path.glob("studies/*")) == []


def test_a_forecast_says_how_sure_its_values_are(small, tmp_path):
    ended = cutover("forecast", small, "--replications", 2, "--out", tmp_path)
    said = r"How sure its values are:\n  all response p95 < 2s: .* at 95 %; Student's t over replications, 2 of them\)"
    assert re.search(said, ended.stdout), ended.stdout
    alone = cutover("forecast", small, "--replications", 1, "--out", tmp_path, "--json")
    (found,) = json.loads(alone.stdout)["model"]["estimates"]
    assert found["low"] is None
    assert found["why"].startswith("One replication, and the flow `main` is not constant over the window")


def test_a_forecast_goes_on_until_it_is_precise(small, tmp_path):
    ended = cutover("forecast", small, "--replications", 2, "--precision", "5%", "--out", tmp_path, "--json")
    document = json.loads(ended.stdout)
    run = Run.open(Path(document["run"]))
    (found,), came = document["model"]["estimates"], document["model"]["precision"]
    assert run.header.replications == found["samples"] > 2
    assert came["reached"]
    assert came["half_width_share"] == pytest.approx((found["high"] - found["low"]) / 2 / found["value"])
    assert came["half_width_share"] <= 0.05
    assert came["words"] in ended.stderr
    plain = cutover("forecast", small, "--replications", found["samples"], "--out", tmp_path, "--json")
    other = Run.open(Path(json.loads(plain.stdout)["run"]))
    for name in ("latency.hlog", "counters.jsonl"):
        assert (run.folder / name).read_bytes() == (other.folder / name).read_bytes()
    refused = cutover("forecast", small, "--precision", "200%", "--out", tmp_path)
    assert refused.returncode == 2
