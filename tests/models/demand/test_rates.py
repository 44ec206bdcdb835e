"""Rates: products, sums, parts and weeks of piecewise linear functions."""

import pytest

from models.demand.rates import added, between, during, product, scaled, steps, total, week
from models.demand.surge import Surge, factor

RAMP = ((0.0, 0.0), (30.0, 30.0))


def test_a_window_cuts_a_rate_sharply():
    assert during(5, 20, 30) == ((0, 0), (5, 0), (5, 1), (20, 1), (20, 0), (30, 0))
    assert during(-5, 40, 30) == ((0, 1), (30, 1))
    assert during(40, 50, 30) == ((0, 0), (30, 0))
    assert product(during(5, 20, 30), RAMP) == ((0, 0), (5, 0), (5, 5), (20, 20), (20, 0), (30, 0))


def test_where_both_change_the_product_is_exact_each_minute():
    both = product(((0.0, 0.0), (150.0, 150.0)), ((0.0, 1.0), (150.0, 2.5)))
    assert [t for t, _ in both] == [0, 50, 100, 150]
    assert [rate for _, rate in both] == pytest.approx([0, 50 * 1.5, 100 * 2.0, 150 * 2.5], rel=1e-15)


def test_parts_sums_and_multiples():
    assert between(RAMP, 10, 20) == ((10, 10), (20, 20))
    assert added([RAMP, during(5, 20, 30)]) == ((0, 0), (5, 5), (5, 6), (20, 21), (20, 20), (30, 30))
    assert added([((0.0, 1.0), (10.0, 1.0)), ((0.0, 2.0), (20.0, 2.0))]) == ((0, 3), (10, 3), (10, 2), (20, 2))
    assert scaled(RAMP, 2) == ((0, 0), (30, 60))
    assert total(RAMP) == 450
    assert steps([0, 10, 15], [2, 3]) == ((0, 2), (10, 2), (10, 3), (15, 3))


def test_a_week_has_each_days_sessions_exactly_and_begins_inside_a_day():
    weights = [1.4, 1.3, 1.2, 1.1, 1.0, 0.6, 0.4]
    hours = [hour / 276 for hour in range(24)]
    cells = [[hour * weight for hour in hours] for weight in weights]
    whole = week(cells, 1000.0, 0, 0.0, 7 * 86_400.0)
    days = [total(between(whole, day * 86_400.0, (day + 1) * 86_400.0)) for day in range(7)]
    assert days == pytest.approx([1000 * weight for weight in weights], rel=1e-12)
    evening = week(cells, 1000.0, 4, 64_800.0, 86_400.0)  # Friday 18:00 to Saturday 18:00
    assert evening[0][0] == 0
    assert evening[-1][0] == 86_400
    assert total(between(evening, 0.0, 21_600.0)) == pytest.approx(
        total(between(whole, 4 * 86_400.0 + 64_800, 5 * 86_400.0)), rel=1e-12
    )
    sunday = week([*cells[:6], [0.0] * 24], 1000.0, 6, 0.0, 86_400.0)
    assert total(sunday) == 0


def test_a_surge_ramps_holds_and_decays():
    surge = Surge(10, 10, 20, 40, 3.0)
    assert surge.excess(100) == ((0, 0), (10, 0), (20, 2), (40, 2), (80, 0), (100, 0))
    assert surge.excess(30) == ((0, 0), (10, 0), (20, 2), (30, 2))  # cut by the end
    assert Surge(-5, 10, 10, 10, 2).excess(30)[0] == (0, 0.5)  # under way at the start
    assert Surge(10, 0, 5, 0, 2).excess(30) == ((0, 0), (10, 0), (10, 1), (15, 1), (15, 0), (30, 0))


def test_surges_add_their_excess():
    both = factor((Surge(0, 0, 20, 0, 3.0), Surge(10, 0, 20, 0, 2.0)), 40)
    assert both == ((0, 3), (10, 3), (10, 4), (20, 4), (20, 2), (30, 2), (30, 1), (40, 1))


def test_surges_overlap_only_when_both_are_under_way():
    first = Surge(0, 5, 5, 5, 2)
    assert first.overlaps(Surge(14, 0, 1, 0, 2))
    assert not first.overlaps(Surge(15, 0, 1, 0, 2))
