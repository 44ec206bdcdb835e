"""Bursts: trains of sessions, the same in every split."""

import numpy as np
import pytest

from models.demand.bursts import LONGEST, Bursts, arriving, mean_size
from models.schedule import Profile, Schedule


@pytest.fixture(scope="module")
def bursts() -> Bursts:
    return Bursts(Schedule(Profile(((0.0, 2.0), (5000.0, 2.0))), 3), 6.0, 90.0)


def test_sizes_are_geometric_and_sessions_come_at_the_gap(bursts):
    numbers, instants = bursts.window(0.0, 5000.0)
    burst = numbers // LONGEST
    order = np.lexsort((instants, numbers))
    same = np.diff(burst[order]) == 0
    assert (np.diff(instants[order])[same] == 90 * 10**9).all()
    early = burst[np.isin(numbers % LONGEST, [0]) & (instants < 1_000 * 10**9)]
    _, sizes = np.unique(burst[np.isin(burst, early)], return_counts=True)
    spread = np.sqrt(30 / sizes.size)  # variance of the geometric law: size·(size − 1)
    assert sizes.mean() == pytest.approx(mean_size(6.0), abs=4 * spread)
    assert abs(sizes.mean() - 6.0 * 1.1) > 0.05


def test_any_split_holds_the_same_sessions(bursts):
    numbers, instants = bursts.window(1000.0, 1300.0)
    parts = [bursts.window(a, a + 7.5) for a in np.arange(1000.0, 1300.0, 7.5)]
    assert np.concatenate([part[0] for part in parts]).tolist() == numbers.tolist()
    assert np.concatenate([part[1] for part in parts]).tolist() == instants.tolist()
    assert (np.diff(instants) >= 0).all()
    assert np.unique(numbers).size == numbers.size


RISING = Profile(((0.0, 0.0), (200.0, 3.0), (600.0, 1.0)))
"""Bursts begin until the end, most of them early."""


@pytest.mark.parametrize(("scale", "warp"), [(1.0, 1.0), (3.0, 20.0)])
def test_expected_is_the_mean_of_many_days_without_what_comes_too_late(scale, warp):
    days = [Bursts(Schedule(RISING, 5, day, scale, warp), 6.0, 40.0) for day in range(60)]
    expected, q, j = days[0].expected, 1 - 1 / 6.0, np.arange(LONGEST)
    # Compound Poisson: a burst that m sessions of may come has E[k²] = Σ_{j < m} (2j + 1)·q^j
    variance = scale * float(np.sum((2 * j + 1) * q**j * RISING.expected(600.0 - 40.0 * j)))
    within = 3.29 * np.sqrt(variance / len(days))  # 99.9 %
    counts = [day.window(0.0, day.duration_s)[0].size for day in days]
    assert abs(np.mean(counts) - expected) < within < 0.03 * expected
    for wrong in (0.95 * expected, 1.05 * expected, scale * RISING.total * mean_size(6.0)):
        assert abs(np.mean(counts) - wrong) > within


def test_expected_is_that_of_whole_bursts_without_a_gap():
    assert Bursts(Schedule(RISING, 5), 6.0, 0.0).expected == pytest.approx(RISING.total * mean_size(6.0), rel=1e-12)
    first_only = Bursts(Schedule(RISING, 5), 6.0, 600.0)
    assert first_only.expected == RISING.total


def test_the_rate_of_sessions_is_that_of_bursts_a_gap_later_and_later():
    rate = tuple((t, r * mean_size(6.0)) for t, r in RISING.points)
    came = Profile(arriving(rate, 6.0, 40.0))
    assert came.total == pytest.approx(Bursts(Schedule(RISING, 5), 6.0, 40.0).expected, rel=1e-12)
    q, j, at_s = 1 - 1 / 6.0, np.arange(LONGEST), 333.0
    assert came.expected(at_s) == pytest.approx(np.sum(q**j * RISING.expected(at_s - 40.0 * j)), rel=1e-12)
    at_once = arriving(rate, 6.0, 0.0)
    assert [t for t, _ in at_once] == [t for t, _ in rate]
    assert [r for _, r in at_once] == pytest.approx([r for _, r in rate], rel=1e-12)
    assert arriving(RISING.points, 1.0, 40.0) == RISING.points


def test_warp_shortens_the_gap(bursts):
    fast = Bursts(Schedule(Profile(((0.0, 2.0), (5000.0, 2.0))), 3, warp=10.0), 6.0, 90.0)
    assert fast.window(0.0, 500.0)[0].tolist() == bursts.window(0.0, 5000.0)[0].tolist()


def test_a_burst_of_one_is_a_plain_schedule():
    starts = Schedule(Profile(((0.0, 5.0), (100.0, 5.0))), 3)
    numbers, instants = Bursts(starts, 1.0, 60.0).window(0.0, 100.0)
    assert mean_size(1.0) == 1.0
    assert instants.tolist() == starts.window(0.0, 100.0)[1].tolist()
    assert (numbers % LONGEST == 0).all()
