import numpy as np
import pytest

from models.calibration.observed import Latencies
from tests.models.calibration.levels import level


def test_latencies_are_counted_and_told() -> None:
    seen = Latencies.of([0.3, 0.1, 0.1, 0.2])
    assert (seen.values_s.tolist(), seen.counts.tolist(), seen.count) == ([0.1, 0.2, 0.3], [2, 1, 1], 4)
    assert seen.mean_s == pytest.approx(0.175)
    assert seen.variance == pytest.approx(np.var([0.3, 0.1, 0.1, 0.2]))
    assert [seen.quantile(q) for q in (0.0, 0.5, 0.51, 0.75, 0.76, 1.0)] == [0.1, 0.1, 0.2, 0.2, 0.3, 0.3]


def test_latencies_together_count_as_one() -> None:
    both = Latencies.together([Latencies.of([0.1, 0.3]), Latencies.of([]), Latencies.of([0.3, 0.2])])
    assert (both.values_s.tolist(), both.counts.tolist()) == ([0.1, 0.2, 0.3], [1, 1, 2])


def test_nothing_has_no_mean() -> None:
    none = Latencies.together([])
    assert none.count == 0
    assert np.isnan([none.mean_s, none.variance, none.quantile(0.5)]).all()


def test_a_level_tells_rates() -> None:
    one = level(10.0, ok={"home": 450})
    assert (one.rps, one.rate("home"), one.rate("pay"), one.goodness) == (10.0, 10.0, 0.0, 0.75)
