"""The search for capacity on small plans: exactly what Erlang's formula says, what is shown of the answer, refusals."""

import tempfile
from itertools import pairwise
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from models.plan import Plan
from models.theory.delay import Mmc
from scenarios.capacity import Asked, asked
from scenarios.capacity_plays import Plays
from scenarios.capacity_search import Search
from scenarios.capacity_setting import Setting, busier
from scenarios.demand import mean_profile
from scenarios.forecast import Forecast
from scenarios.scenario import Scenario, read_scenario
from scenarios.span import Span, busiest
from scenarios.span import asked as asked_span
from scenarios.trials import workers
from tests.scenarios.conftest import SMALL

SERVICE_S, RATE = 0.5, 4.0
LONG = 3000

JOURNEY = """schema = 1
name = "once"
description = "One step."

[[steps]]
name = "ask"
next = { exit = 1.0 }
"""

PLAN = {
    "schema": 1,
    "name": "one",
    "description": "One station.",
    "stations": {"desk": {"servers": 1}},
    "programs": {"ask": [{"station": "desk", "service": {"law": "exponential", "mean_s": SERVICE_S}}]},
}
TWO = {
    **PLAN,
    "name": "two",
    "stations": {"desk": {"servers": 1}, "clerk": {"servers": 1}},
    "pools": {"chairs": {"tokens": 1}},
    "programs": {
        "ask": [
            {
                "hold": "chairs",
                "do": [
                    {"station": "desk", "service": {"law": "exponential", "mean_s": SERVICE_S}},
                    {"station": "clerk", "service": {"law": "exponential", "mean_s": 0.25}},
                ],
            }
        ]
    },
}


def scenario(folder: Path, budget: str, duration_s: int = LONG, more: str = "") -> Scenario:
    (folder / "journeys").mkdir(exist_ok=True)
    (folder / "journeys" / "once.toml").write_text(JOURNEY, encoding="utf-8")
    text = (
        SMALL.replace("duration_s = 6", f"duration_s = {duration_s}")
        .replace("points = [[0, 6], [4, 6], [4, 0], [6, 0]]", f"points = [[0, {RATE}], [{duration_s}, {RATE}]]{more}")
        .replace("brisk_visit = 0.5\nbrisk_look_up = 0.5", "once = 1.0")
        .replace('"all response p95 < 2s"', f'"{budget}"')
    )
    path = folder / "small.toml"
    path.write_text(text, encoding="utf-8")
    return read_scenario(path)


def order(played: Scenario, plan: dict, window: str = "all", **more) -> Asked:
    found = Plan.model_validate(plan)
    return asked(Forecast(played, found, busiest(played), 1), span=asked_span(played, window), **more)


def find(what: Asked, probability: float | None = None):
    """Return what is found, and how many simulations that took."""
    what.forecast.compile()
    with tempfile.TemporaryDirectory() as folder, workers(None) as players:
        plays = Plays(what, Path(folder), players)
        return Search(what, plays).find(probability or what.probability), plays


@pytest.mark.parametrize(("limit_s", "servers"), [(1.8, 4), (2.6, 3)])
def test_one_station_gets_exactly_what_erlang_says(tmp_path, limit_s, servers):
    """The least c of M/M/c whose p95 of the response is below the limit; limits lie far from those of c and c − 1."""
    station = Mmc(RATE, SERVICE_S, servers)
    assert station.response_quantile(0.95) < 0.95 * limit_s
    assert Mmc(RATE, SERVICE_S, servers - 1).response_quantile(0.95) > 1.1 * limit_s
    found, _ = find(order(scenario(tmp_path, f"all response p95 < {limit_s}s"), PLAN, replications=4))
    assert found.point == (servers,)
    assert found.settled
    assert found.odds.held == found.odds.of
    assert [step.odds.holds for step in found.steps] == [False]


def test_an_answer_holds_on_fresh_seeds_and_no_step_down_does(tmp_path):
    played = scenario(tmp_path, "all response p95 < 2.4s", 600)
    what = order(played, TWO, replications=4, prices=["desk=2", "clerk=1"])
    found, _ = find(what)
    assert found.settled
    assert {step.name for step in found.steps} == {
        axis.name for axis, number in zip(what.axes, found.point, strict=True) if number > 1
    }
    fresh = [number + 1000 for number in range(4)]
    with tempfile.TemporaryDirectory() as folder, workers(None) as players:
        plays = Plays(what, Path(folder), players)
        held = [each.holds for each in plays.outcomes([(plays.of(found.point), number) for number in fresh])]
        assert sum(held) >= 3
        for step in found.steps:
            lower = [each.holds for each in plays.outcomes([(plays.of(step.point), number) for number in fresh])]
            assert sum(lower) < sum(held)


def test_demand_that_is_uncertain_is_sized_for_its_quantile_and_few_replications_are_played(tmp_path):
    """Utilisation λ·D/c is a law of volume: at probability 0.9 it is the 90 % quantile that must fit."""
    volume = '\n\n[demand]\nvolume = { value = 1, low = 0.5, high = 2, assumed = "a test" }'
    played = scenario(tmp_path, "desk utilisation mean < 70%", 300, volume)
    what = order(played, PLAN, replications=60, probability=0.9)
    found, plays = find(what)
    at_90 = RATE * SERVICE_S * 2 ** (1.2816 / 1.96)
    assert at_90 / 0.7 - 0.4 < found.point[0] < at_90 / 0.7 + 1.5
    assert found.odds.holds
    assert found.odds.played < 40
    assert found.odds.share >= 0.9
    assert plays.played < 200


def test_a_limit_that_no_plan_within_can_keep_is_told(tmp_path):
    what = order(scenario(tmp_path, "all response p95 < 1.8s", 600), PLAN, replications=3, at_most=["desk=3"])
    found, _ = find(what)
    assert found.odds is None
    assert found.point == (3,)


def test_all_mistakes_are_told_at_once(tmp_path):
    played = scenario(tmp_path, "all response p95 < 2s", 60)
    wrong = {
        "prices": ["dsk=4", "desk=-1", "desk"],
        "at_least": ["desk=4"],
        "at_most": ["desk=3"],
        "budgets": ["dossiers lost == 0", "all response p95 <"],
        "probability": 1.0,
        "replications": 0,
    }
    with pytest.raises(BadInput) as error:
        order(played, PLAN, **wrong)
    said = str(error.value)
    for part in (
        "did you mean `desk`?",
        "must give a price of 0 or more",
        "is no place and number",
        "is above --at-most desk=3",
        "all response p95 <",
        "must be between 0 and 1",
        "must be at least 1",
    ):
        assert part in said
    with pytest.raises(BadInput, match="is about dossiers"):
        order(played, PLAN, budgets=["dossiers lost == 0"])


def test_a_scenario_without_budgets_is_refused(tmp_path):
    with pytest.raises(BadInput, match="holds none that a search can answer"):
        order(scenario(tmp_path, "dossiers altered == 0", 60), PLAN)


def test_places_whose_number_changes_are_left_as_they_are(tmp_path):
    plan = {**TWO, "stations": {"desk": {"servers": 1}, "clerk": {"schedule": [[0, 4], [30, 5]]}}}
    what = order(scenario(tmp_path, "all response p95 < 3s", 60), plan)
    assert [axis.name for axis in what.axes] == ["desk", "chairs"]
    assert [axis.price for axis in what.axes] == [1.0, 0.0]
    assert what.kept == ("clerk",)
    with pytest.raises(BadInput, match="whose number changes over time"):
        order(scenario(tmp_path, "all response p95 < 3s", 60), plan, at_most=["clerk=9"])


def test_a_busier_scenario_has_so_many_times_the_sessions(tmp_path):
    played = scenario(tmp_path, "all response p95 < 3s", 60)
    assert mean_profile(busier(played, 1.5)).total == pytest.approx(1.5 * mean_profile(played).total)
    ranged = scenario(
        tmp_path, "all response p95 < 3s", 60, "\n\n[demand]\nvolume = { value = 2, low = 1, high = 4, assumed = 'x' }"
    )
    volume = busier(ranged, 1.5).file.demand.volume
    assert (volume.value, volume.low, volume.high) == (3.0, 1.5, 6.0)


def test_the_busiest_windows_are_searched_and_the_next_ones_left_out(tmp_path):
    played = scenario(tmp_path, "all response p95 < 3s", 1200)
    text = played.path.read_text(encoding="utf-8").replace("[[0, 4.0], [1200, 4.0]]", "[[0, 1], [600, 9], [1200, 1]]")
    played.path.write_text(text.replace('plan = "stand-in"', 'plan = "stand-in"\nwarm_up_s = 60'), encoding="utf-8")
    peaked = read_scenario(played.path)
    what = asked(Forecast(peaked, Plan.model_validate(PLAN), busiest(peaked), 1))
    (span,) = what.spans
    assert span.window.from_s <= 600 <= span.window.to_s
    assert span.window.length_s == 180
    assert len(what.left_out) == 2
    windows = sorted((each.window.from_s, each.window.to_s) for each in (*what.spans, *what.left_out))
    assert all(before[1] <= after[0] for before, after in pairwise(windows))
    assert Setting((3,)).of(what.forecast, what.axes).plan.stations["desk"].servers == 3
    assert isinstance(span, Span)
