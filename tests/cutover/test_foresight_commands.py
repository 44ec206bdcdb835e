"""`cutover forecast --tornado --set --point` and `cutover compare` of plans and scenarios, as their users meet them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from tests.scenarios.conftest import SMALL

ROOT = Path(__file__).parents[2]
UNCERTAIN = """points = [[0, 6], [4, 6], [4, 0], [6, 0]]

[demand]
volume = { value = 1, low = 0.5, high = 2, assumed = "a test" }"""


def cutover(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that commands run in, with two scenarios and a plan."""
    monkeypatch.chdir(tmp_path)
    text = SMALL.replace("points = [[0, 6], [4, 6], [4, 0], [6, 0]]", UNCERTAIN).replace('"dossiers lost == 0"', "")
    (tmp_path / "small.toml").write_text(text, encoding="utf-8")
    (tmp_path / "busier.toml").write_text(
        text.replace('name = "small"', 'name = "busier"').replace("[0, 6], [4, 6]", "[0, 12], [4, 12]"),
        encoding="utf-8",
    )
    plan = (ROOT / "models" / "plans" / "stand-in.toml").read_text(encoding="utf-8")
    slower = plan.replace('name = "stand-in"', 'name = "slower"').replace("mean_s = 0.002", "mean_s = 0.004")
    (tmp_path / "slower.toml").write_text(slower, encoding="utf-8")
    return tmp_path


def test_a_forecast_says_what_it_rests_on_first_and_keeps_what_was_changed(folder: Path) -> None:
    asked = ("forecast", "small.toml", "--window", "0..4", "--replications", "4", "--tornado")
    ended = cutover(*asked, "--set", "station.portal.servers=2", "--out", str(folder / "runs"))
    assert ended.exit_code == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0] == "Not calibrated: assumed figures. No run measured what the plan stand-in says."
    assert lines[1].startswith("PASS: ")
    assert any(
        line.startswith("  all response p95 < 2s: holds in 4 of 4 replications, 100 % (39.8 %") for line in lines
    )
    assert any(line.startswith("    demand.volume 1 (0.5 to 2): ") for line in lines)
    assert "tornado: 12 simulations, about " in ended.stderr
    (run,) = (folder / "runs").iterdir()
    again = cutover("runs", "replay", str(run))
    assert again.exit_code == 0, again.stderr
    assert "The same run" in again.stdout
    written = cutover("report", str(run))
    page = Path(folder / written.stdout.strip()).read_text(encoding="utf-8")
    assert "What is to be foreseen" in page
    assert "moves the answer most" in page
    assert page.index("Not calibrated: assumed figures.") < page.index("The only budget is met")


def test_estimates_alone_are_played_with_point(folder: Path) -> None:
    runs = str(folder / "runs")
    asked = ("forecast", "small.toml", "--window", "0..4", "--replications", "2", "--json", "--out", runs)
    sessions = []
    for more in ((), ("--point",)):
        ended = cutover(*asked, *more)
        assert ended.exit_code == 0, ended.stderr
        document = json.loads(ended.stdout)
        assert document["model"]["extrapolation"]["calibrated"] is False
        sessions.append(document["summary"]["arrivals"]["planned_sessions"])
    assert sessions[0] != sessions[1]


@pytest.mark.usefixtures("folder")
def test_all_mistakes_of_scenario_plan_and_changes_are_told_at_once() -> None:
    changes = ("station.portl.servers=3", "scenario.seed=-1", "demand.volum=2")
    ended = cutover("forecast", "small.toml", *(word for change in changes for word in ("--set", change)))
    assert ended.exit_code == 2
    assert "did you mean `portal`?" in ended.stderr
    assert "--set scenario.seed=-1: seed = -1" in ended.stderr
    assert "did you mean `volume`?" in ended.stderr


@pytest.mark.usefixtures("folder")
def test_plans_and_scenarios_are_compared_under_common_draws() -> None:
    asked = ("--window", "0..4", "--replications", "4", "--json")
    ended = cutover("compare", "stand-in", "slower.toml", "--scenario", "small.toml", *asked)
    assert ended.exit_code == 0, ended.stderr
    (found,) = json.loads(ended.stdout)["differences"]["slower"].values()
    assert found["low"] > 0
    assert found["variance_reduction"] > 0.3
    ended = cutover("compare", "small.toml", "busier.toml", *asked)
    assert ended.exit_code == 0, ended.stderr
    assert set(json.loads(ended.stdout)["estimates"]) == {"small", "busier"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("small.toml", "small.toml"), "options: compare = 'small': is the name of several; name each once"),
        (("small.toml", "busier.toml", "--store", "x"), "options: --store = 'x': does not go with plans or scenarios"),
        (("runs", "runs", "--window", "all"), "options: --window = 'all': does not go with runs"),
        (("stand-in", "x", "--scenario", "small.toml"), "plan: name = 'x': is not a shipped plan"),
        (("stand-in", "x", "--scenario", "small.toml", "--plan", "stand-in"), "does not go with --scenario"),
    ],
)
def test_what_cannot_be_compared_is_told(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    (folder / "runs").mkdir()
    ended = cutover("compare", *arguments)
    assert (ended.exit_code, said in ended.stderr) == (2, True), ended.stderr
