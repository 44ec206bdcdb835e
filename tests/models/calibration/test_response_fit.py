"""Fits of responses to synthetic truth, as a black box: shares that the plan has wrong, pools that it leaves open."""

from dataclasses import replace

import numpy as np
import pytest

from models.calibration.demands import demands_of
from models.calibration.draws import Fit, demand_draws
from models.calibration.low_load import own_times
from models.calibration.observed import Level
from models.calibration.response_fit import TOLD_APART, joined, response_fit
from models.calibration.sizes import Sizes
from models.factors import times
from models.plan import Plan
from models.uncertainty import Target
from tests.models.calibration.truth import Truth, journey, law, plan_of, portal

RATES = (12.0, 50.0, 66.0)


def fitted(truth: Truth, plan: Plan, levels: list[Level], sizes: Sizes | None = None) -> Fit:
    own = own_times(levels, tuple(truth.plan.programs))
    return response_fit(plan, own, levels, truth.predict, sizes)


def load_of(fit: Fit, levels: list[Level], column: int = 0) -> tuple[float, float, float]:
    """Return a place's load at the highest level between the ends of its 95 % interval, by the joint draws."""
    rates = np.array([levels[-1].rate(step) for step in fit.demands.steps])
    seconds, _ = demand_draws(fit, 0.0)
    value = float(rates @ fit.demands.seconds[:, column])
    spread = float(np.exp(1.96 * np.std(np.log(seconds[:, :, column] @ rates))))
    return value / spread, value, value * spread


def true_load(truth: Truth, levels: list[Level], column: int = 0) -> float:
    known = demands_of(truth.plan, tuple(truth.plan.programs))
    return float(known.load({step: levels[-1].rate(step) for step in known.steps})[column])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_share_of_a_server_is_found_within_its_interval_and_a_tenth_more_is_not(seed: int) -> None:
    """The plan has its services two thirds, its delays twice as long as they are; the mix weighs proportions alike."""
    truth = portal(seed, 60.0)
    levels = truth.levels(*RATES, metrics=False)
    plan = times(truth.plan, [(Target(of="service"), 0.7), (Target(of="delay"), 2.0)])
    fit = fitted(truth, plan, levels)
    low, value, high = load_of(fit, levels)
    true = true_load(truth, levels)
    assert low <= true <= high
    assert high / low < 1.2
    assert value == pytest.approx(true, rel=0.06)
    assert not low <= 1.1 * true <= high or high / value > 1.08
    assert fit.condition is not None


def test_far_below_the_knee_the_share_is_not_known() -> None:
    truth = portal(1, 60.0)
    levels = truth.levels(3.0, 5.0, metrics=False)
    plan = times(truth.plan, [(Target(of="service"), 0.7), (Target(of="delay"), 2.0)])
    spread = np.std(np.log(fitted(truth, plan, levels).of_places[:, 0]))
    assert spread >= TOLD_APART


def pooled(tokens: int, hold_s: float) -> Truth:
    """A pool of connections that a timed hold occupies; its knee is at tokens/hold_s."""
    programs = {
        "home": [
            {"station": "portal", "service": law(0.002, 0.4)},
            {"hold": "connections", "do": [{"delay": law(hold_s, 0.3)}]},
        ]
    }
    plan = plan_of({"portal": 1}, programs, pools={"connections": {"tokens": tokens}})
    return Truth(plan, (journey("look", "home"),), (1.0,), 40.0)


def test_a_pool_that_the_plan_leaves_open_is_found() -> None:
    truth = pooled(5, 0.05)
    levels = [replace(each, servers={"portal": 1}) for each in truth.levels(20.0, 92.0, metrics=False)]
    fit = fitted(truth, pooled(8, 0.05).plan, levels, {"connections": (3, 9)})
    [(name, tokens)] = fit.tokens
    held = fit.demands.places.index("connections")
    knee = tokens / float(fit.demands.seconds[0, held])
    assert name == "connections"
    assert knee == pytest.approx(100.0, rel=0.05)
    assert abs(tokens - 5) <= 1


def test_an_external_system_that_takes_nearly_all_of_a_step_is_found() -> None:
    """Its share cannot be above the whole: the fit must not get stuck at that end."""
    programs = {
        "home": [{"station": "portal", "service": law(0.004, 0.4)}, {"delay": law(0.002, 0.4)}],
        "pay": [{"station": "bank", "service": law(0.2, 0.5)}, {"delay": law(0.01, 0.4)}],
    }
    journeys = (journey("look", "home"), journey("file", "home", "pay"))
    truth = Truth(plan_of({"portal": 1, "bank": 6}, programs), journeys, (0.4, 0.6), 120.0)
    wrong = times(truth.plan, [(Target(of="service", station="bank"), 0.7), (Target(of="delay"), 4.0)])
    levels = truth.levels(8.0, 38.0, 46.0, metrics=False)
    fit = fitted(truth, wrong, levels)
    low, value, high = load_of(fit, levels, 1)
    true = true_load(truth, levels, 1)
    assert low <= true <= high
    assert value == pytest.approx(true, rel=0.085)  # 3.29 of 3.6 % (12 seeds of 60 s) over √2
    assert high / low < 1.25


def test_a_direction_of_which_data_tell_nothing_keeps_the_priors_width() -> None:
    axes = np.linalg.qr(np.array([[1.0, 2.0, 0.5], [0.3, -1.0, 2.0], [1.5, 0.2, 0.7]]))[0]
    prior = np.diag([2.0, 2.0, 8.0])
    told = joined((axes * np.array([1e13, 1e-4, 1e13])) @ axes.T, prior)
    across = axes[:, [0, 2]]
    want = axes.T @ np.linalg.inv(axes @ np.diag([0.0, 1 / 1e-4, 0.0]) @ axes.T + prior) @ axes
    assert np.linalg.eigvalsh(told).min() > 0.0
    assert across.T @ told @ across == pytest.approx(want[np.ix_([0, 2], [0, 2])], rel=0.2)
