"""Demands read from plans and written into them: what is written reads back, whatever the program."""

from pathlib import Path

import numpy as np
import pytest

from models.calibration.demands import at_servers, demands_of, with_demands
from models.plan import plan_path, read_plan
from tests.models.calibration.truth import law, plan_of, portal

NESTED = plan_of(
    {"app": 2, "db": 1},
    {
        "pay": [
            {
                "hold": "workers",
                "do": [
                    {"station": "app", "service": law(0.010, 0.5), "probability": 0.5},
                    {"delay": law(0.020, 0.5)},
                    {"cache": 0.75, "do": [{"station": "db", "service": law(0.040, 1.0)}]},
                ],
            },
            {"choose": [{"probability": 0.2, "do": [{"delay": law(0.1, 0.3)}]}]},
        ],
        "home": [{"station": "app", "service": law(0.004, 0.2)}],
    },
    pools={"workers": {"tokens": 4}},
)


def test_demands_are_sums_over_visits_as_often_as_they_are_played() -> None:
    found = demands_of(NESTED, ("pay", "home"))
    assert found.places == ("app", "db", "workers")
    assert found.seconds == pytest.approx(np.array([[0.005, 0.010, 0.020], [0.004, 0, 0]]))
    assert found.delay_s == pytest.approx([0.020, 0])
    assert found.own_s == pytest.approx([0.055, 0.004])
    assert found.cv[1] == pytest.approx(0.2)
    assert found.load({"pay": 10, "home": 100}) == pytest.approx([0.45, 0.1, 0.2])


@pytest.mark.parametrize("name", ["nested", "stand-in", "wide"])
def test_what_is_written_reads_back(name: str) -> None:
    path = Path(__file__).parent.parent / "wide.toml" if name == "wide" else plan_path("stand-in")
    plan = NESTED if name == "nested" else read_plan(path)
    known = demands_of(plan, tuple(plan.programs))
    scale = np.linspace(0.5, 1.5, known.seconds.size).reshape(known.seconds.shape)
    wanted = known.with_own(known.own_s * 3.0, np.full(len(known.steps), 0.4)).times(scale)
    again = demands_of(with_demands(plan, wanted), wanted.steps)
    assert again.seconds == pytest.approx(wanted.seconds)
    assert again.delay_s == pytest.approx(wanted.delay_s, abs=1e-12)
    varying = wanted.own_s > 0
    assert again.cv[varying] == pytest.approx(wanted.cv[varying])


def test_own_times_stay_when_shares_change_and_no_delay_is_negative() -> None:
    known = demands_of(portal().plan, ("home", "search"))
    less, more = known.times(np.array([0.5])), known.times(np.array([1.8]))
    assert less.own_s == pytest.approx(known.own_s)
    assert less.delay_s == pytest.approx([0.004, 0.006])
    assert more.delay_s == pytest.approx([0, 0.008 - 1.8 * 0.004])
    assert more.seconds[:, 0] == pytest.approx([1.8 * 0.004, 1.8 * 0.004])
    assert more.own_s == pytest.approx([1.8 * 0.004, 0.008])


def test_a_delay_that_a_program_has_no_place_for_is_put_behind_it() -> None:
    known = demands_of(NESTED, ("home",))
    plan = with_demands(NESTED, known.times(np.array([0.5])))
    assert [operation.delay.mean_s for operation in plan.programs["home"] if operation.delay] == pytest.approx([0.002])
    assert plan.programs["pay"] == NESTED.programs["pay"]


def test_other_sizes() -> None:
    plan = at_servers(NESTED, {"workers": 9, "app": 3, "elsewhere": 5})
    assert (plan.pools["workers"].tokens, plan.stations["app"].servers, plan.stations["db"].servers) == (9, 3, 1)
