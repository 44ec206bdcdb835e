"""Bursts: trains of sessions, the same in every split."""

import numpy as np
import pytest

from models.demand.bursts import LONGEST, Bursts, mean_size
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


def test_expected_counts_sessions_and_warp_shortens_the_gap(bursts):
    assert bursts.expected == pytest.approx(10_000 * mean_size(6.0))
    count = bursts.window(0.0, 5000.0)[0].size
    late = 6.0 * 5.0 * 90.0 * 2.0  # those that would come after the end: rate·Σ gaps
    assert bursts.expected - 2 * late < count < bursts.expected
    fast = Bursts(Schedule(Profile(((0.0, 2.0), (5000.0, 2.0))), 3, warp=10.0), 6.0, 90.0)
    assert fast.window(0.0, 500.0)[0].tolist() == bursts.window(0.0, 5000.0)[0].tolist()


def test_a_burst_of_one_is_a_plain_schedule():
    starts = Schedule(Profile(((0.0, 5.0), (100.0, 5.0))), 3)
    numbers, instants = Bursts(starts, 1.0, 60.0).window(0.0, 100.0)
    assert mean_size(1.0) == 1.0
    assert instants.tolist() == starts.window(0.0, 100.0)[1].tolist()
    assert (numbers % LONGEST == 0).all()
