"""What-if by `--set`: files read with other values, and what is wrong with a change."""

import re

import pytest

from cutover.base.errors import BadInput
from cutover.commands.chosen import chosen_with_plans
from models.plan import find_plan
from reports.header import Window
from scenarios.changes import read_changed_plan, read_changes
from scenarios.demand import mean_profile
from scenarios.forecast import Forecast
from scenarios.kept import kept_forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
SURGES = f"""{POINTS}

[[arrivals.surges]]
name = "rush"
at_s = 1
hold_s = 1
times = {{ value = 4, low = 2, high = 8, assumed = "a test" }}
"""


def plan_with(*changes):
    return read_changed_plan(find_plan("national"), read_changes(changes))


def test_keys_of_a_plan_are_set():
    plan = plan_with(
        "station.database.servers=48",
        "pool.workers.tokens = 900",
        "program.home[0].service.mean_s=0.05",
        "station.app.discipline=fcfs",
        "station.web.queue=5",
    )
    assert (plan.stations["database"].servers, plan.stations["web"].queue) == (48, 5)
    assert (plan.pools["workers"].tokens, plan.stations["app"].discipline) == (900, "fcfs")
    assert plan.programs["home"][0].service.mean_s == 0.05
    assert plan.description.endswith("Changed by --set: " + ", ".join((
        "station.database.servers=48", "pool.workers.tokens = 900", "program.home[0].service.mean_s=0.05",
        "station.app.discipline=fcfs", "station.web.queue=5.",
    )))  # fmt: skip


def test_keys_of_a_scenario_are_set_and_it_is_another(scenario_file):
    path = scenario_file((POINTS, SURGES))
    plain = read_scenario(path)
    changes = read_changes(
        (
            "demand.surge=16",
            "demand.volume=1.5",
            "scenario.seed=9",
            "station.portal.servers=3",
            "scenario.title=What if",
        )
    )
    found = read_scenario(path, None, changes)
    times = found.file.arrivals.surges[0].times
    assert (times.value, times.low, times.assumed) == (16, None, "--set demand.surge=16")
    assert (found.file.seed, found.file.title, found.file.demand.volume.value) == (9, "What if", 1.5)
    assert found.hash != plain.hash
    assert mean_profile(found).total == pytest.approx(1.5 * (24 + 6 * 15))
    assert read_scenario(path, None, read_changes(["station.portal.servers=3"])).hash == plain.hash


@pytest.mark.parametrize(
    "path",
    [
        "demand.surge",
        "demand.surge.rush",
        "scenario.arrivals.surges.rush.times",
        "scenario.arrivals.surges[0].times",
        "scenario.arrivals.surges.rush.times.value",
    ],
)
def test_a_figure_is_found_by_name_or_number_and_loses_its_range(scenario_file, path):
    found = read_scenario(scenario_file((POINTS, SURGES)), None, read_changes([f"{path}=3"]))
    times = found.file.arrivals.surges[0].times
    assert (times.value, times.low, times.high, times.assumed) == (3, None, None, f"--set {path}=3")


def test_all_mistakes_are_told_at_once_with_the_nearest(scenario_file):
    path = scenario_file()
    with pytest.raises(BadInput) as caught:
        chosen_with_plans(
            str(path), [], None, None,
            ["station.portl.servers=3", "station.portal.serversx=3", "demand.surge=3", "scenario.budgts=3",
             "scenario.faults.storm.left=0.5"],
        )  # fmt: skip
    said = str(caught.value)
    assert "options: --set = 'demand.surge=3': is about a surge, and the scenario has none; give a flow one" in said
    assert "has no faults to lead through; there is" in said
    with pytest.raises(BadInput) as caught:
        chosen_with_plans(str(path), ["national"], None, None, ["station.databse.servers=3", "scenario.budgts=3"])
    said = str(caught.value)
    assert "has no stations.databse to lead through; did you mean `database`?" in said
    assert "options: --set scenario.budgts=3: budgts = 3: is not a known key; did you mean `budgets`?" in said


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("station.database", "is no change, which is a path, an equals sign and a value"),
        (
            "statin.database.servers=3",
            "begins with none of station, pool, program, demand, scenario; did you mean `",
        ),
        ("station=3", "names no key"),
        ("station.database.servers=0", "--set station.database.servers=0: stations.database.servers = 0: "),
        ("station.database.servers=many", "stations.database.servers = 'many': "),
        ("pool.workers.token=3", "pools.workers.token = 3: is not a known key; did you mean `tokens`?"),
        ("program.home[9].service.mean_s=1", "has no programs.home[9] to lead through"),
    ],
)
def test_a_change_that_is_none_is_told(change, said):
    with pytest.raises(BadInput, match=re.escape(said)):
        plan_with(change)


def test_a_key_is_set_once():
    with pytest.raises(BadInput, match="is set twice; keep one"):
        read_changes(["station.a.servers=1", "station.a.servers=2"])


def test_several_surges_are_told_apart_by_name(scenario_file):
    second = SURGES.split("\n\n")[1].replace("rush", "gift").replace("at_s = 1", "at_s = 3")
    path = scenario_file((POINTS, f"{SURGES}\n{second}"))
    with pytest.raises(BadInput, match=re.escape("name one: demand.surge.rush, demand.surge.gift")):
        read_scenario(path, None, read_changes(["demand.surge=3"]))
    with pytest.raises(BadInput, match=re.escape("names no surge of the scenario, gft; did you mean `gift`?")):
        read_scenario(path, None, read_changes(["demand.surge.gft=3"]))
    found = read_scenario(path, None, read_changes(["demand.surge.gift=3"])).file.arrivals.surges
    assert [surge.times.value for surge in found] == [4, 3]


def test_a_load_in_words_names_its_rates_itself(scenario_file):
    with pytest.raises(BadInput, match="--set changes the scenario's demand; leave one of the two out"):
        chosen_with_plans(str(scenario_file()), [], None, "constant 5/s for 5s", ["demand.volume=2"])


def test_a_changed_forecast_is_kept_and_read_again(scenario_file, tmp_path):
    changes = ["demand.surge=2", "station.portal.servers=2", "demand.volume=1.5"]
    scenario, (plan,) = chosen_with_plans(str(scenario_file((POINTS, SURGES))), [], None, None, changes)
    forecast = Forecast(scenario, plan, Span(Window(from_s=0.0, to_s=3.0), 0.0), 1, draws="nothing")
    kept = kept_forecast(forecast.play(tmp_path / "runs", lambda _: None))
    assert (kept.scenario.file, kept.scenario.hash, kept.plan, kept.draws) == (
        scenario.file, scenario.hash, plan, "nothing",
    )  # fmt: skip
