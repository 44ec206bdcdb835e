"""`cutover capacity` as its users meet it: an answer, all that stands beside it, limits that leave none, mistakes."""

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from models.plan import read_plan
from tests.scenarios.conftest import SMALL

JOURNEY = """schema = 1
name = "once"
description = "One step."

[[steps]]
name = "ask"
next = { exit = 1.0 }
"""
PLAN = """schema = 1
name = "one"
description = "One station."

[stations.desk]
servers = 1

[[programs.ask]]
station = "desk"
service = { law = "constant", mean_s = 0.5 }
"""


def cutover(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that commands run in, with a scenario of one peak, and a plan of one station."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "once.toml").write_text(JOURNEY, encoding="utf-8")
    text = (
        SMALL.replace("duration_s = 6", "duration_s = 360")
        .replace("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 8], [120, 8], [120, 4], [360, 4]]")
        .replace("brisk_visit = 0.5\nbrisk_look_up = 0.5", "once = 1.0")
        .replace('"all response p95 < 2s"', '"desk utilisation mean < 74%"')
        .replace('plan = "stand-in"', 'plan = "one.toml"\nwindow_s = 120\nwarm_up_s = 30')
    )
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    (tmp_path / "one.toml").write_text(PLAN, encoding="utf-8")
    return tmp_path


def test_the_smallest_plan_is_found_told_and_written(folder: Path) -> None:
    """Utilisation is λ·S/c = 4/c: below 74 % from 6 servers on, and with 0.75 to 3 times the sessions in proportion."""
    asked = ("capacity", "small.toml", "--plan", "one.toml", "--replications", "2", "--cost", "desk=10", "--json")
    ended = cutover(*asked, "--plan-out", "sized.toml")
    assert ended.exit_code == 0, ended.stderr
    found = json.loads(ended.stdout)
    assert found["numbers"] == {"desk": 6}
    assert found["cost"] == 60
    assert found["settled"]
    assert found["odds"]["held"] == found["odds"]["of"] == 2
    assert [step["holds"] for step in found["steps_down"]] == [False]
    assert found["windows"] == [{"from_s": 0, "to_s": 120, "warm_up_s": 30}]
    assert [each["holds"] for each in found["left_out"]] == [True, True]
    assert found["knee"]["holds"] == pytest.approx(6 * 0.74 / 4, rel=0.08)
    assert found["knee"]["breaks"] <= 1.02 * found["knee"]["holds"]
    assert found["one_nine_more"]["probability"] == 0.995
    assert found["one_nine_more"]["cost"] >= 60
    by_times = {each["times"]: each["numbers"]["desk"] for each in found["frontier"]}
    assert by_times == pytest.approx({t: 4 * t / 0.74 for t in (0.75, 1, 1.25, 1.5, 2, 3)}, abs=1.2)
    assert found["words"][0] == "The smallest plan found whose budgets hold with probability 0.95: desk 6"
    assert found["words"][2].startswith("  binds: desk 6, ")
    assert "a first plan that holds" in ended.stderr
    sized = read_plan(folder / "sized.toml")
    assert sized.stations["desk"].servers == 6
    place = folder / "capacity" / "small-one"
    assert json.loads((place / "capacity.json").read_text(encoding="utf-8"))["numbers"] == {"desk": 6}
    with (place / "frontier.csv").open(encoding="utf-8", newline="") as file:
        assert [row["desk"] for row in csv.DictReader(file)] == [str(number) for number in by_times.values()]
    assert (place / "frontier.png").read_bytes().startswith(b"\x89PNG")
    again = cutover(*asked)
    assert json.loads(again.stdout) == {**found, "simulations": 0, "folder": "capacity/small-one"}


@pytest.mark.usefixtures("folder")
def test_limits_that_leave_no_plan_end_with_3_and_are_named() -> None:
    ended = cutover("capacity", "small.toml", "--plan", "one.toml", "--replications", "2", "--at-most", "desk=4")
    assert ended.exit_code == 3, ended.stderr
    assert ended.stdout.startswith("No plan within the limits was found whose budgets hold with probability 0.95")
    assert "the limit that binds: desk at most 4; with " in ended.stdout


@pytest.mark.usefixtures("folder")
def test_bad_input_is_told_at_once() -> None:
    wrong = ("--cost", "dsk=3", "--at-most", "desk=0", "--probability", "2", "--budget", "dossiers lost == 0")
    ended = cutover("capacity", "small.toml", "--plan", "one.toml", *wrong)
    assert ended.exit_code == 2
    for said in ("did you mean `desk`?", "a whole number from 1", "must be between 0 and 1", "is about dossiers"):
        assert said in ended.stderr
    nowhere = cutover("capacity", "small.toml", "--plan", "one.toml", "--plan-out", "no/such/plan.toml")
    assert nowhere.exit_code == 2
    assert "lies in no folder" in nowhere.stderr
