"""What replications draw of a scenario's figures and a plan's factors."""

from dataclasses import replace
from statistics import mean

import pytest

from cutover.base.errors import BadInput
from models.factors import times
from models.plan import find_plan, read_plan
from models.uncertainty import UncertainEntry
from reports.header import Window
from reports.run import Run
from reports.summary import Summary
from scenarios.demand import mean_profile
from scenarios.forecast import Forecast
from scenarios.mix import shares_of
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.span import Span
from scenarios.uncertain import at_estimates, drawn, moved, uncertain

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
SURGE = f"""{POINTS}

[[arrivals.surges]]
name = "rush"
at_s = 1
hold_s = 2
times = {{ value = 4, low = 2, high = 8, assumed = "a test" }}

[demand]
volume = {{ value = 1, low = 0.5, high = 2, assumed = "a test" }}"""
SPAN = Span(Window(from_s=0.0, to_s=6.0), 0.0)
FILES = ("latency.hlog", "counters.jsonl")
SLOWER = UncertainEntry(name="work", of="service", low=0.5, high=2.0, assumed="a test")


@pytest.fixture
def scenario(scenario_file):
    return read_scenario(scenario_file((POINTS, SURGE)))


def stand_in(**more):
    return read_plan(find_plan("stand-in")).model_copy(update=more)


def test_figures_are_named_by_what_they_belong_to(scenario):
    assert [name for name, _, _ in uncertain(scenario)] == ["arrivals.surges.rush.times", "demand.volume"]


def test_each_replication_draws_each_figure_and_nothing_else(scenario):
    of = [drawn(scenario, number).file for number in range(200)]
    volumes = [file.demand.volume.value for file in of]
    factors = [file.arrivals.surges[0].times.value for file in of]
    assert len(set(volumes)) == len(set(factors)) == 200
    assert sorted(volumes)[100] == pytest.approx(1.0, rel=0.1)
    assert sorted(factors)[100] == pytest.approx(4.0, rel=0.1)
    assert sum(0.5 <= each <= 2.0 for each in volumes) >= 180
    assert drawn(scenario, 3) == drawn(scenario, 3)
    assert drawn(scenario, 3).file.model_copy(update={"demand": None, "arrivals": None}) == scenario.file.model_copy(
        update={"demand": None, "arrivals": None}
    )
    assert not list(uncertain(drawn(scenario, 3)))


def test_a_draw_is_of_its_name_so_that_further_figures_shift_none(scenario_file, scenario):
    alone = read_scenario(scenario_file((POINTS, SURGE.split("[demand]")[0])))
    assert drawn(alone, 5).file.arrivals.surges == drawn(scenario, 5).file.arrivals.surges


def test_the_volume_multiplies_the_sessions_of_all_flows(scenario):
    total = mean_profile(at_estimates(scenario)).total
    twice = moved(scenario, "demand.volume", 0.975)
    assert mean_profile(twice).total == pytest.approx(2 * total, rel=1e-12)
    assert Sessions(twice).expected == pytest.approx(2 * total, rel=1e-12)
    assert twice.file.arrivals.surges[0].times.value == 4.0


def test_sharper_hours_leave_the_day_s_sessions_as_they_were(scenario_file):
    shares = ", ".join(["0.02"] * 23 + ["0.54"])
    day = f'sessions = {{ value = 1e5, assumed = "t" }}\nhourly_shares = [{shares}]\n'
    texts = ("duration_s = 6\n", "duration_s = 86400\n"), ("T08:00:00", "T00:00:00")
    plain = read_scenario(scenario_file((POINTS, day), *texts))
    sharper = read_scenario(
        scenario_file((POINTS, f'{day}[demand]\nsharpness = {{ value = 1.2, assumed = "t" }}'), *texts)
    )
    before, after = mean_profile(plain), mean_profile(sharper)
    assert after.total == pytest.approx(before.total, rel=1e-9)
    assert max(rate for _, rate in after.points) > 1.05 * max(rate for _, rate in before.points)


def test_what_has_no_range_is_the_same_scenario_and_plan(scenario_file):
    plain = read_scenario(scenario_file())
    forecast = Forecast(plain, stand_in(), SPAN, 1)
    assert drawn(plain, 3) is plain
    assert forecast.of(3).scenario is plain
    assert forecast.of(3).plan is forecast.plan
    assert not forecast.is_uncertain


def test_an_unknown_figure_is_told_with_the_nearest(scenario):
    with pytest.raises(BadInput, match=r"did you mean `demand\.volume`"):
        moved(scenario, "demand.volumes", 0.5)


@pytest.mark.parametrize("engine", ["event", "simpy"])
def test_replications_are_the_same_in_every_engine(scenario, tmp_path, engine):
    forecast = Forecast(scenario, stand_in(uncertain=(SLOWER,)), SPAN, 2)
    first = forecast.play(tmp_path / "auto", lambda _: None)
    twice = forecast.play(tmp_path / "twice", lambda _: None)
    assert all((first.folder / name).read_bytes() == (twice.folder / name).read_bytes() for name in FILES)
    again = replace(forecast, engine=engine).play(tmp_path / engine, lambda _: None)
    parts = ("", "replications/0", "replications/1")
    for one, other in ((Run.open(run.folder / part) for run in (first, again)) for part in parts):
        assert one.counters == other.counters
        assert Summary.of(one).to_dict() == Summary.of(other).to_dict()


def test_replications_play_what_they_draw_and_estimates_with_point(scenario, tmp_path):
    """A replication is to the byte the certain forecast of what it drew."""
    forecast = Forecast(scenario, stand_in(uncertain=(SLOWER,)), SPAN, 2)
    run = forecast.play(tmp_path / "drawn", lambda _: None)
    one = Run.open(run.folder / "replications" / "1")
    expected = Sessions(drawn(scenario, 1), replication=1)
    assert one.header.planned.sessions == sum(1 for _ in expected.window(0.0, 6.0))
    assert forecast.of(1).plan != forecast.of(0).plan
    point = replace(forecast, draws="nothing").play(tmp_path / "point", lambda _: None)
    plain = Forecast(at_estimates(scenario), stand_in(), SPAN, 2).play(tmp_path / "plain", lambda _: None)
    for name in FILES:
        assert (point.folder / name).read_bytes() == (plain.folder / name).read_bytes()
        assert (point.folder / name).read_bytes() != (run.folder / name).read_bytes()


def test_a_rehearsal_draws_of_the_plan_alone(scenario):
    forecast = Forecast(scenario, stand_in(uncertain=(SLOWER,)), SPAN, 2, draws="plan")
    assert forecast.of(1).scenario == at_estimates(scenario)
    assert forecast.of(1).plan == replace(forecast, draws="all").of(1).plan


def test_drawn_plans_are_slower_as_often_as_quicker(scenario):
    forecast = Forecast(scenario, stand_in(uncertain=(SLOWER,)), SPAN, 2)
    means = [forecast.of(number).plan.programs["home"][0].service.mean_s for number in range(60)]
    assert mean(each > 0.002 for each in means) == pytest.approx(0.5, abs=0.2)
    assert forecast.of(7).plan == times(stand_in(), [(SLOWER, means[7] / 0.002)])


def test_shares_of_a_mix_are_drawn_and_add_up_again(scenario_file):
    mix = 'brisk_visit = { value = 0.5, low = 0.2, high = 0.8, assumed = "a test" }\nbrisk_look_up = 0.5'
    scenario = read_scenario(scenario_file(("brisk_visit = 0.5\nbrisk_look_up = 0.5", mix)))
    assert [name for name, _, _ in uncertain(scenario)] == ["journeys.brisk_visit"]
    found = shares_of(moved(scenario, "journeys.brisk_visit", 0.975).file.journeys)
    assert found == pytest.approx({"brisk_visit": 0.8 / 1.3, "brisk_look_up": 0.5 / 1.3})
    sessions = Sessions(drawn(scenario, 3), replication=3).columns(0.0, 6.0)
    assert set(sessions.journey.tolist()) == {0, 1}
    with pytest.raises(BadInput) as caught:
        read_scenario(scenario_file(("brisk_visit = 0.5\n", mix.split("\n")[0].replace("0.8", "1.8") + "\n")))
    assert [mistake.key for mistake in caught.value.mistakes] == ["journeys.brisk_visit"]
