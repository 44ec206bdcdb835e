"""The band of days: a Gamma quantile for one flow, and nearly the right part of days for several."""

import numpy as np
import pytest

from models.demand.gamma import gamma_quantile
from scenarios.variation import DAYS, day_band


def test_a_single_flow_has_its_own_quantiles_above_what_is_fixed():
    rate, fixed = np.array([100.0, 0.0, 40.0]), np.array([5.0, 5.0, 0.0])
    low, high = day_band(fixed, [(0.08, rate)])
    assert low == pytest.approx(gamma_quantile(0.08, 0.025) * rate + fixed, rel=1e-12)
    assert high == pytest.approx(gamma_quantile(0.08, 0.975) * rate + fixed, rel=1e-12)


def test_a_silent_flow_changes_nothing():
    rates = np.array([100.0, 0.0]), np.array([0.0, 50.0])
    low, high = day_band(np.zeros(2), [(0.08, rates[0]), (0.3, rates[1])])
    assert low == pytest.approx([100 * gamma_quantile(0.08, 0.025), 50 * gamma_quantile(0.3, 0.025)], rel=1e-12)
    assert high == pytest.approx([100 * gamma_quantile(0.08, 0.975), 50 * gamma_quantile(0.3, 0.975)], rel=1e-12)


def _part_inside(days: int, widen: float) -> float:
    """Return the part of days whose two flows, drawn apart, add up to a rate in the band."""
    rng = np.random.default_rng(5)
    total = sum(rate * rng.gamma(1 / cv**2, cv**2, days) for cv, rate in ((0.1, 60.0), (0.3, 40.0)))
    low, high = day_band(np.zeros(1), [(0.1, np.array([60.0])), (0.3, np.array([40.0]))])
    return float(np.mean((total > 100 + widen * (low - 100)) & (total < 100 + widen * (high - 100))))


def test_two_flows_lie_in_the_band_on_95_percent_of_days_and_not_in_a_narrower_one():
    days = 200_000
    chance = 3.29 * np.sqrt(DAYS * (1 - DAYS) / days)  # 99.9 %
    matched = 0.002  # what taking the sum of two Gammas as a Gamma adds
    assert abs(_part_inside(days, 1.0) - DAYS) < chance + matched < 0.004
    assert abs(_part_inside(days, 0.95) - DAYS) > chance + matched


def test_many_flows_even_each_other_out_to_no_less_than_a_hundredth():
    low, high = day_band(np.zeros(1), [(0.01, np.array([1.0]))] * 100)
    assert (low[0], high[0]) == pytest.approx((100 * gamma_quantile(0.01, 0.025), 100 * gamma_quantile(0.01, 0.975)))
