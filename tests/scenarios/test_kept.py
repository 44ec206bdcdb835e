"""What a forecast keeps of what it is made from, and the same forecast read back."""

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from models.plan import find_plan, read_plan
from reports.header import Window
from reports.likeness import Likeness
from reports.run import Run
from scenarios.forecast import Forecast
from scenarios.inputs import INPUTS, PLAN
from scenarios.journey import find_journey
from scenarios.kept import kept_forecast
from scenarios.levels import under
from scenarios.scenario import read_scenario
from scenarios.span import Span
from tests.scenarios.conftest import SMALL

SPAN = Span(Window(from_s=1.0, to_s=3.0), 0.5, 1.0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the path of a scenario with a journey beside it."""
    folder = tmp_path / "mine" / "days"
    folder.mkdir(parents=True)
    (folder / "small.toml").write_text(SMALL, encoding="utf-8")
    return folder / "small.toml"


def played(forecast: Forecast, tmp_path: Path) -> Run:
    return forecast.play(tmp_path / "runs", lambda _: None)


def of(path: Path, replications: int = 1) -> Forecast:
    return Forecast(read_scenario(path), read_plan(find_plan("stand-in")), SPAN, replications)


def test_a_run_played_again_from_what_it_keeps_is_the_same_to_the_byte(path, tmp_path):
    run = played(of(path, 2), tmp_path)
    path.unlink()  # whatever becomes of the files
    again = kept_forecast(run).play(tmp_path / "again", lambda _: None)
    found = Likeness.of(run, again)
    assert found.words() == ["The same run: 13 files, byte for byte."]
    assert (again.folder / INPUTS / PLAN).read_text() == (run.folder / INPUTS / PLAN).read_text()


def test_all_that_was_asked_is_kept(path, tmp_path):
    text = SMALL.replace("as_of = 2025-06-30", "as_of = 2025-07-30")
    path.write_text(text, encoding="utf-8")
    scenario = under(read_scenario(path, date(2025, 6, 30)), "constant 20/s for 5s")
    plan = read_plan(find_plan("stand-in"))
    plan = plan.model_copy(update={"name": "mine", "description": "As a calibration would leave it: 0.1 + 0.2."})
    asked = Forecast(scenario, plan, SPAN, 1, "event")
    kept = kept_forecast(played(asked, tmp_path))
    assert (kept.span, kept.engine, kept.replications, kept.plan) == (SPAN, "event", 1, plan)
    assert (kept.scenario.hash, kept.scenario.file) == (scenario.hash, scenario.file)


def test_files_beside_and_above_the_scenario_are_kept_and_found_again(path, tmp_path):
    journeys = path.parent / "journeys"
    journeys.mkdir()
    shipped = find_journey("brisk_look_up", path.parent).read_text(encoding="utf-8")
    (journeys / "brisk_look_up.toml").write_text(
        shipped.replace("search = 0.2, exit = 0.8", "search = 0.3, exit = 0.7"), encoding="utf-8"
    )
    (tmp_path / "portal.toml").write_text("schema = 1\n", encoding="utf-8")
    path.write_text(SMALL + '\n[portal]\nconfig = "../../portal.toml"\n', encoding="utf-8")
    run = played(of(path), tmp_path)
    home = run.folder / INPUTS / "scenario"
    assert sorted(each.relative_to(home).as_posix() for each in home.rglob("*.toml")) == [
        "below/below/journeys/brisk_look_up.toml",
        "below/below/journeys/brisk_visit.toml",
        "below/below/small.toml",
        "portal.toml",
    ]
    shutil.rmtree(path.parent)
    (tmp_path / "portal.toml").unlink()
    kept = kept_forecast(run)
    assert kept.scenario.hash == run.header.scenario_hash
    assert Likeness.of(run, kept.play(tmp_path / "again", lambda _: None)).same


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda folder: (folder / INPUTS / "forecast.toml").unlink(), "holds no inputs/forecast.toml"),
        (lambda folder: (folder / INPUTS / "scenario" / "small.toml").write_text(SMALL + "\n#\n"), "hash differs"),
        (lambda folder: (folder / INPUTS / "forecast.toml").write_text("schema = 1\nengine = 3\n"), "forecast.toml"),
    ],
)
def test_a_run_whose_inputs_are_gone_or_changed_is_refused(path, tmp_path, spoil, rule):
    run = played(of(path), tmp_path)
    spoil(run.folder)
    with pytest.raises(BadInput, match=rule):
        kept_forecast(run)


@pytest.mark.parametrize(
    ("change", "rule"),
    [({"kind": "measured"}, "is a measured run, which happened once"), ({"state": "interrupted"}, "is interrupted")],
)
def test_a_run_that_was_not_simulated_to_its_end_is_refused(path, tmp_path, change, rule):
    run = played(of(path), tmp_path)
    with pytest.raises(BadInput, match=rule):
        kept_forecast(replace(run, header=run.header.model_copy(update=change)))


def test_a_scenario_file_that_has_gone_is_told_before_anything_is_simulated(path, tmp_path):
    forecast = of(path)
    path.unlink()
    with pytest.raises(BadInput, match="cannot be read any more"):
        played(forecast, tmp_path)
