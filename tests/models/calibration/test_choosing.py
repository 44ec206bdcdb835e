"""The whole calibration: what it finds with metrics and without, what it writes, and all that it refuses."""

from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from cutover.base.errors import BadInput, NotIdentifiable
from models.calibration.choosing import calibrate
from models.calibration.demands import demands_of
from models.calibration.found import Calibration
from models.calibration.observed import Level, Origin
from models.factors import drawn, ranges, times
from models.plan import Plan, read_plan
from models.uncertainty import Target
from tests.models.calibration.levels import level
from tests.models.calibration.truth import law, plan_of, portal

ORIGIN = Origin(("20260101-measured",), date(2026, 11, 22), "1.4.2", "2 cores")
TRUTH = portal(5, 40.0)
STEPS = ("home", "search", "submit")
WRONG = times(TRUTH.plan, [(Target(of="service"), 0.7), (Target(of="delay"), 2.0)])


@cache
def levels(metrics: bool) -> tuple[Level, ...]:
    return tuple(replace(each, drift=0.01) for each in TRUTH.levels(12.0, 45.0, 62.0, metrics=metrics))


@cache
def metered() -> Calibration:
    return calibrate(WRONG, levels(metrics=True), ORIGIN)


@cache
def black_box() -> Calibration:
    return calibrate(WRONG, levels(metrics=False), ORIGIN, TRUTH.predict)


def load(plan: Plan) -> float:
    """A plan's busy servers at the mix of the truth: its knee is at 1 of them."""
    return float(demands_of(plan, STEPS).load({"home": 1.0, "search": 0.4, "submit": 0.4})[0])


TRUE_LOAD = 0.0128


@pytest.mark.parametrize("found", [metered, black_box])
def test_the_knee_is_found_and_its_interval_holds_it(found: object) -> None:
    assert callable(found)
    plan = found().plan
    assert load(plan) == pytest.approx(TRUE_LOAD, rel=0.05)
    loads = [load(drawn(plan, 1, replication)) for replication in range(64)]
    low, high = np.quantile(loads, (0.025, 0.975))
    assert low <= TRUE_LOAD <= high
    assert not low <= 1.15 * TRUE_LOAD <= high
    assert np.median(loads) == pytest.approx(load(plan), rel=0.02)


def test_the_best_on_levels_held_out_is_chosen_and_the_others_are_told() -> None:
    tried = {each.estimator: each for each in black_box().tried}
    assert black_box().estimator == "response_fit"
    best, worst = tried["response_fit"].held_out_error, tried["low_load"].held_out_error
    assert best is not None
    assert worst is not None
    assert best < 0.1 < worst
    assert tried["utilisation_law"].why == "metrics tell no station's busy servers"
    assert metered().estimator == "utilisation_law"
    assert {each.estimator for each in metered().tried if each.why is None} >= {"utilisation_law", "low_load"}


def test_demands_and_residuals_are_told_with_intervals() -> None:
    demands = {(each.step, each.of): each for each in black_box().demands}
    home = demands["home", "service"]
    assert (home.station, home.low < home.value < home.high) == ("portal", True)
    assert demands["home", "delay"].value == pytest.approx(0.002, rel=0.3)
    assert ("search", "cv") in demands
    residuals = black_box().residuals
    assert {(each.level, each.step) for each in residuals} == {(f"{r}/s", s) for r in (12, 45, 62) for s in STEPS}
    assert max(abs(each.error) for each in residuals) < 0.15
    one = residuals[0]
    assert one.error == pytest.approx(one.fitted / one.measured - 1)
    assert {each.of for each in metered().residuals} == {"busy"}


def test_the_plan_keeps_what_it_was_calibrated_on(tmp_path: Path) -> None:
    plan = black_box().plan
    entry = plan.calibration
    assert entry is not None
    assert plan.name == "truth-calibrated"
    assert (entry.runs, entry.fitted, entry.levels) == (ORIGIN.runs, ORIGIN.fitted, 3)
    assert entry.highest_rps == max(each.rps for each in levels(metrics=False))
    assert entry.servers == {"portal": 1}
    assert (entry.fingerprint.version, entry.fingerprint.machine) == ("1.4.2", "2 cores")
    assert entry.fingerprint.low_load_s["home"] == levels(metrics=False)[0].service["home"].mean_s
    (tmp_path / "plan.toml").write_text(plan.to_toml(), encoding="utf-8")
    assert read_plan(tmp_path / "plan.toml") == plan
    assert {len(factor.draws) for factor in entry.factors} == {64}
    assert "service at portal" in {each.name for each in ranges(plan)}


def test_ranges_of_people_give_way_to_what_was_measured() -> None:
    uncertain = [
        {"name": "code", "of": "service", "station": "portal", "low": 0.5, "high": 2.0, "assumed": "x"},
        {"name": "size", "of": "tokens", "station": "portal", "low": 0.5, "high": 2.0, "assumed": "x"},
    ]
    whole = Plan.model_validate(WRONG.model_dump(by_alias=True, exclude_defaults=True) | {"uncertain": uncertain})
    found = calibrate(whole, levels(metrics=True), ORIGIN)
    assert [each.name for each in found.plan.uncertain] == ["size"]
    assert "Measured, so that these ranges of the plan are left out: code." in found.notes


def test_a_demand_that_grows_with_load_is_told_and_the_plan_gets_the_highest() -> None:
    plan = plan_of({"portal": 1}, {"home": [{"station": "portal", "service": law(0.01, 0.5)}]})
    made = [level(rps, {"portal": 0.010 * rps * (1 + 0.005 * rps)}) for rps in (10.0, 20.0, 30.0, 40.0, 50.0)]
    found = calibrate(plan, made, ORIGIN)
    [trend] = found.trends
    assert (trend.station, trend.significant) == ("portal", True)
    assert trend.low <= trend.change <= trend.high
    if found.estimator == "demand_curve":
        assert demands_of(found.plan, ("home",)).seconds[0, 0] == pytest.approx(0.01 * (1 + 0.005 * 45), rel=0.01)


def test_what_was_not_measured_and_what_drifts_is_noted() -> None:
    more = plan_of(
        {"portal": 1},
        dict(WRONG.model_dump(by_alias=True, exclude_defaults=True)["programs"])
        | {"pay": [{"station": "portal", "service": law(0.1, 1.0)}]},
    )
    found = calibrate(more, [replace(each, drift=0.05) for each in levels(metrics=True)], ORIGIN)
    assert "Not measured, and left as the plan has them: pay." in found.notes
    assert any(note.startswith("Probes at low load differ by 3.5 %") for note in found.notes)
    assert found.plan.programs["pay"] == more.programs["pay"]
    wide, narrow = ({each.name: each for each in ranges(one.plan)}["service at portal"] for one in (found, metered()))
    assert wide.high / wide.low > narrow.high / narrow.low


def refused(*made: Level, plan: Plan = WRONG, predict: object = None, per_step: bool = False) -> str:
    with pytest.raises(NotIdentifiable) as caught:
        calibrate(plan, made, ORIGIN, predict, per_step=per_step)  # type: ignore[arg-type]
    assert caught.value.exit_code == 4
    return str(caught.value)


def test_one_level_or_none_is_refused() -> None:
    one = levels(metrics=True)[0]
    assert refused(one).startswith("demands need levels of different load, but there is one; play a staircase")
    assert "but there is none; play a staircase" in refused()


def test_levels_that_are_alike_or_short_are_refused_with_all_reasons() -> None:
    text = refused(level(10.0, {"portal": 0.1}, 1.0), level(12.0, {"portal": 0.1}, 1.0))
    assert text == (
        "levels from 10 to 12 steps/s are too alike; measure one at 20 steps/s or more\n"
        "steps need 20 samples ok at a level, but have at most home 12; measure longer levels, or leave the journeys "
        "with these steps out"
    )


def test_a_black_box_far_below_its_knee_is_refused() -> None:
    low = TRUTH.levels(3.0, 6.0, metrics=False)
    text = refused(*low, predict=TRUTH.predict)
    assert text.startswith("demand and delay cannot be told apart: at ")
    assert "near the knee, or give the target's metrics" in text


def test_neither_metrics_nor_a_prediction_is_refused() -> None:
    text = refused(*levels(metrics=False))
    assert "metrics tell no station's busy servers, and no prediction was given" in text


def test_a_mix_that_hardly_changes_is_refused_where_each_steps_demand_is_asked_for() -> None:
    plan = plan_of(
        {"portal": 1}, {step: [{"station": "portal", "service": law(0.01, 0.5)}] for step in ("home", "pay")}
    )
    made = []
    for rps in (10.0, 20.0, 40.0):
        one = level(rps, {"portal": 0.02 * rps})
        both = {"home": one.response["home"], "pay": one.response["home"]}
        counts = dict.fromkeys(both, one.offered["home"])
        made.append(replace(one, offered=counts, ok=counts, response=both, service=both))
    text = refused(*made, plan=plan, per_step=True)
    assert text.startswith("the mix of steps is too constant to tell their demands at portal apart (condition number")
    assert calibrate(plan, made, ORIGIN).estimator == "utilisation_law"


def test_a_step_that_the_plan_does_not_have_is_bad_input() -> None:
    plan = plan_of({"portal": 1}, {"pay": [{"station": "portal", "service": law(0.01, 0.5)}]})
    with pytest.raises(BadInput, match=r"programs.home: is missing, yet was measured; add \[\[programs.home\]\]"):
        calibrate(plan, [level(10.0), level(20.0)], ORIGIN)
