"""Demand against load: a trend that is there is told and followed; chance is not taken for one."""

import numpy as np
import pytest

from models.calibration.demand_curve import DemandCurve, demand_curve
from models.calibration.utilisation_law import Busy
from tests.models.calibration.levels import level

RATES = (10.0, 25.0, 40.0, 55.0, 70.0)


def curve(change: float, seed: int, noise: float = 0.01, rates: tuple[float, ...] = RATES) -> DemandCurve | None:
    """Levels whose demand of 10 ms grows by a share from the first to the last, and 1 % of noise."""
    grows = 1.0 + change * (np.array(rates) - rates[0]) / (rates[-1] - rates[0])
    grows = grows * np.random.default_rng(seed).normal(1.0, noise, len(rates))
    levels = [level(rps, {"portal": 0.010 * rps * g}) for rps, g in zip(rates, grows.tolist(), strict=True)]
    return demand_curve(levels, ("home",), Busy("portal", np.array([0.010]), np.empty(0), 0.0, None, None))


def test_chance_is_seldom_taken_for_a_trend_and_a_trend_is_told() -> None:
    by_chance = sum(found.significant for seed in range(40) if (found := curve(0.0, seed)))
    told = [found for seed in range(40) if (found := curve(0.2, seed))]
    assert by_chance <= 5, "5 % of 40 is 2; 6 would come in one case of 26"
    assert all(found.significant for found in told)
    assert np.mean([found.low <= found.slope <= found.high for found in told]) == 1


@pytest.mark.parametrize("change", [0.3, -0.3])
def test_the_plan_gets_the_demand_at_the_highest_levels(change: float) -> None:
    found = curve(change, 1, noise=0.002)
    assert found is not None
    seconds = found.at(70.0) / found.at(10.0)
    assert seconds == pytest.approx(1.0 + change, rel=0.02)
    assert found.top == pytest.approx((found.at(70.0) + found.at(55.0)) / 2)
    steps = np.sign([found.at(rps + 1) - found.at(rps) for rps in range(10, 70)])
    assert set(steps.tolist()) <= {0.0, float(np.sign(change))}, "monotone"
    assert (found.at(1.0), found.at(100.0)) == (found.at(10.0), found.at(70.0))


def test_without_a_trend_the_demand_is_that_of_all_levels() -> None:
    found = next(each for seed in range(9) if (each := curve(0.0, seed)) is not None and not each.significant)
    assert found.top == 1.0


def test_a_line_of_three_levels_and_nothing_of_two() -> None:
    found = curve(0.2, 3, noise=0.0, rates=RATES[::2])
    assert found is not None
    assert found.at(40.0) / found.at(10.0) == pytest.approx(1.1, rel=1e-6)
    assert curve(0.2, 3, rates=RATES[:2]) is None
