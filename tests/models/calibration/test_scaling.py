"""Scaling: exact on throughputs that follow the law, intervals that hold on noisy ones, and the refusal."""

import math

import numpy as np
import pytest

from cutover.base.errors import NotIdentifiable
from models.calibration.scaling import Scaling, scaling_of

COUNTS = np.array([1, 2, 4, 8, 16, 1, 2, 4, 8, 16])
TRUE = Scaling(100.0, 0.05, 0.001, (0, 0), (0, 0), 0)


def throughput(servers: int, contention: float, coherency: float) -> float:
    """X(N) of the law, written apart from the code."""
    return 100.0 * servers / (1 + contention * (servers - 1) + coherency * servers * (servers - 1))


@pytest.mark.parametrize(("contention", "coherency"), [(0.05, 0.001), (0.2, 0.0), (0.0, 0.0)])
def test_exact_on_the_law(contention: float, coherency: float) -> None:
    found = scaling_of(COUNTS, [throughput(n, contention, coherency) for n in COUNTS.tolist()])
    assert (found.alone, found.contention, found.coherency) == pytest.approx((100, contention, coherency), abs=1e-9)
    assert found.throughput(12) == pytest.approx(throughput(12, contention, coherency))
    assert found.factor(1) == 1.0
    peak = math.sqrt((1 - contention) / coherency) if coherency else None
    assert found.peak == pytest.approx(peak) if peak else found.peak > 1e3


def test_intervals_hold_the_truth_and_no_other() -> None:
    held = 0
    for seed in range(40):
        noise = np.random.default_rng(seed).normal(1.0, 0.01, COUNTS.size)
        rates = np.array([throughput(n, 0.05, 0.001) for n in COUNTS.tolist()]) * noise
        found = scaling_of(COUNTS, rates)
        low, high = found.contention_interval
        held += low <= 0.05 <= high
        assert not low <= 0.10 <= high, "twice the contention is told apart"
    assert held >= 36


def test_three_counts_have_no_interval_and_two_are_refused() -> None:
    found = scaling_of([1, 4, 16], [throughput(n, 0.05, 0.001) for n in (1, 4, 16)])
    assert found.contention == pytest.approx(0.05)
    assert found.contention_interval == (0.0, math.inf)
    with pytest.raises(NotIdentifiable, match="needs 3 different numbers of servers, but has 2; measure with more"):
        scaling_of([1, 1, 2], [1, 1, 2])
