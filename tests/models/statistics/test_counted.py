import math

import numpy as np
import pytest

from models.statistics.counted import Counted
from models.statistics.quantiles import batch_quantile


def counted(series: np.ndarray) -> Counted:
    """Count a series one sample a stretch."""
    values, places = np.unique(series, return_inverse=True)
    return Counted(np.eye(len(values), dtype=np.int64)[places], values)


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_one_sample_a_stretch_gives_what_single_samples_give(quantile: float) -> None:
    series = np.array([(177 * n) % 2003 for n in range(2000)], float)
    assert counted(series).sectioned(quantile) == batch_quantile(series, quantile)


def test_neighbours_too_much_alike_are_refused() -> None:
    series = np.sort(np.arange(2000) % 50).astype(float)
    refused = counted(series).sectioned(0.5)
    assert refused == batch_quantile(series, 0.5)
    assert "simulate longer" in str(refused.why)


def test_stretches_hold_many_samples_or_none() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(2, (400, 100))
    counts[::7] = 0
    found = Counted(counts, np.arange(100.0)).sectioned(0.895)
    assert (found.value, found.samples, found.why) == (89.0, counts.sum(), None)
    # of 68,000 samples, uniform over 100 values: 2.09 · 100 · √(0.1·0.9/68,000), and what whole values round away
    assert 0.15 < found.half_width < 0.4


def test_too_little_is_refused_in_words() -> None:
    few = Counted(np.ones((199, 4), np.int64), np.arange(4.0)).sectioned(0.5)
    assert (few.value, few.why) == (1.0, "199 values are too few for batches; they need 200.")
    thin = Counted(np.ones((200, 4), np.int64), np.arange(4.0)).sectioned(0.99)
    assert thin.why == "800 samples are too few for batches with this quantile; they need 20000."
    never = Counted(np.ones((400, 2), np.int64), np.array([1.0, math.inf])).sectioned(0.6)
    assert never.why == "The quantile of a batch is infinite."
    same = Counted(np.ones((400, 3), np.int64), np.arange(3.0)).sectioned(0.5)
    assert "the same quantile" in str(same.why)
    gap = np.ones((400, 3), np.int64)
    gap[20:40] = 0
    assert Counted(gap, np.arange(3.0)).sectioned(0.5).why == "A batch has no sample at all."
