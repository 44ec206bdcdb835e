"""Estimates and their intervals, from what a run recorded interval by interval.

Requests close in time share a queue, so they are not independent; intervals of time nearly are, once they are
long enough. Every estimate here is resampled with the circular block bootstrap over time intervals (Politis &
Romano 1992): blocks of ceil(n^(1/3)) neighbouring intervals, drawn with replacement until n intervals are
there.

A bootstrap knows nothing beyond what was seen: with no error seen it claims that none can happen. So the
interval of an estimate is the hull of the bootstrap's percentile interval and of the exact one that would
hold if all samples were independent: order statistics for a quantile, Clopper–Pearson for a share, Garwood
for a rate, Student for a mean.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.statistics.quantiles import quantile_ranks
from models.statistics.student import student

RESAMPLES = 2000
SEED = 1
_CHUNK = 250

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """A value with what is needed to state its interval at any level.

    `samples` is the number of things counted (steps, or intervals for a mean); `replicates` are the
    bootstrap's values; `exact(level)` is the interval that independence would give.
    """

    value: float
    samples: int
    replicates: Floats
    exact: Callable[[float], Bounds]

    def interval(self, level: float) -> Bounds:
        """Return the (low, high) interval at a level such as 0.95; an end that is not known is infinite."""
        tail = (1 - level) / 2
        ordered = np.sort(self.replicates)
        last = len(ordered) - 1
        low, high = ordered[math.floor(tail * last)], ordered[math.ceil((1 - tail) * last)]
        exact_low, exact_high = self.exact(level)
        return min(float(low), exact_low, self.value), max(float(high), exact_high, self.value)


@lru_cache(maxsize=8)
def block_weights(intervals: int, resamples: int = RESAMPLES, seed: int = SEED) -> Floats:
    """Return how often each resample draws each interval, as an array (resamples, intervals)."""
    length = math.ceil(round(intervals ** (1 / 3), 9))
    blocks = math.ceil(intervals / length)
    starts = np.random.default_rng(seed).integers(0, intervals, (resamples, blocks))
    drawn = (starts[:, :, None] + np.arange(length)).reshape(resamples, -1)[:, :intervals] % intervals
    cells = drawn + np.arange(resamples)[:, None] * intervals
    counts = np.bincount(cells.ravel(), minlength=resamples * intervals)
    weights = counts.reshape(resamples, intervals).astype(np.float64)
    weights.setflags(write=False)  # callers share it
    return weights


def quantile_estimates(
    counts: Ints, values: Floats, quantiles: Sequence[float], resamples: int = RESAMPLES
) -> tuple[Estimate, ...]:
    """Estimate quantiles from counts (intervals, buckets) of values that ascend, one per bucket.

    The q-quantile is the value that holds rank ceil(q·n). The last value may be infinite: samples above all
    others. The interval's high end is infinite too where there are so few samples that their greatest is no
    upper bound. There must be at least one sample.
    """
    used = counts.any(axis=0)
    counts, values = counts[:, used], values[used]
    total, floats = counts.sum(axis=0), counts.astype(np.float64)
    samples = int(total.sum())
    weights = block_weights(len(counts), resamples)
    parts = [
        _quantiles(weights[start : start + _CHUNK] @ floats, values, quantiles) for start in range(0, resamples, _CHUNK)
    ]
    replicates = np.concatenate(parts)
    seen = _quantiles(total[None, :].astype(np.float64), values, quantiles)[0]
    return tuple(
        Estimate(float(seen[i]), samples, replicates[:, i], _OrderStatistics(total, values, q))
        for i, q in enumerate(quantiles)
    )


def share_estimate(parts: Ints, wholes: Ints) -> Estimate:
    """Estimate the share of things of one kind, from counts per interval; there must be a thing."""
    weights = block_weights(len(wholes))
    drawn = weights @ wholes
    part, whole = int(parts.sum()), int(wholes.sum())
    shares = np.divide(weights @ parts, drawn, out=np.full(len(drawn), part / whole), where=drawn > 0)
    return Estimate(part / whole, whole, shares, lambda level: clopper_pearson(part, whole, level))


def rate_estimate(counts: Ints, duration_s: float) -> Estimate:
    """Estimate events per second from counts per interval, `duration_s` seconds in all."""
    total = int(counts.sum())
    replicates = block_weights(len(counts)) @ counts / duration_s

    def exact(level: float) -> Bounds:
        low, high = garwood(total, level)
        return low / duration_s, high / duration_s

    return Estimate(total / duration_s, total, replicates, exact)


def mean_estimate(values: Floats) -> Estimate:
    """Estimate the mean of one value per interval; with a single interval nothing bounds it."""
    resampled = ratio_estimate(values, np.ones(len(values), np.int64))
    return replace(resampled, exact=lambda level: student(values, level))


def ratio_estimate(parts: Floats, wholes: Ints, resamples: int = RESAMPLES) -> Estimate:
    """Estimate a mean per thing, from sums and counts per interval; there must be at least one thing."""
    weights = block_weights(len(wholes), resamples)
    drawn = weights @ wholes
    value = float(parts.sum() / wholes.sum())
    ratios = np.divide(weights @ parts, drawn, out=np.full(len(drawn), value), where=drawn > 0)
    return Estimate(value, int(wholes.sum()), ratios, lambda _level: (value, value))


def exact_count(count: int, samples: int) -> Estimate:
    """Return the estimate of something that was counted in full, so that it has no uncertainty."""
    return Estimate(float(count), samples, np.array([float(count)]), lambda _level: (float(count), float(count)))


def clopper_pearson(part: int, whole: int, level: float) -> Bounds:
    """Return the exact binomial interval of a share (Clopper & Pearson 1934)."""
    tail = (1 - level) / 2
    low = float(special.betaincinv(part, whole - part + 1, tail)) if part else 0.0
    high = float(special.betaincinv(part + 1, whole - part, 1 - tail)) if part < whole else 1.0
    return low, high


def garwood(count: int, level: float) -> Bounds:
    """Return the exact Poisson interval of an expected count (Garwood 1936)."""
    tail = (1 - level) / 2
    low = float(special.gammaincinv(count, tail)) if count else 0.0
    return low, float(special.gammaincinv(count + 1, 1 - tail))


class _OrderStatistics:
    """The interval of a quantile if samples were independent, read from counts per bucket."""

    def __init__(self, total: Ints, values: Floats, quantile: float) -> None:
        self._ends, self._values, self._quantile = np.cumsum(total), values, quantile

    def __call__(self, level: float) -> Bounds:
        samples = int(self._ends[-1])
        low, high = quantile_ranks(self._quantile, samples, level)
        return self._at(low) if low else -math.inf, self._at(high) if high <= samples else math.inf

    def _at(self, rank: int) -> float:
        return float(self._values[np.searchsorted(self._ends, rank)])


def _quantiles(counts: Floats, values: Floats, quantiles: Sequence[float]) -> Floats:
    """Return quantiles (rows, quantiles) of counts (rows, buckets); the greatest for an empty row."""
    ends = np.cumsum(counts, axis=1)
    columns = [_first_at_least(ends, _ranks(q, ends[:, -1])) for q in quantiles]
    return values[np.stack(columns, axis=1)]


def _ranks(quantile: float, samples: Floats) -> Floats:
    """Return ceil(q·n), at least 1, for many n, with q exact in decimal as in `models.statistics.quantiles.rank`."""
    exact = Fraction(repr(quantile))
    return np.maximum(1.0, np.ceil(samples * exact.numerator / exact.denominator))


def _first_at_least(ends: Floats, ranks: Floats) -> NDArray[np.intp]:
    reached = ends >= ranks[:, None]
    found: NDArray[np.intp] = np.where(reached[:, -1], reached.argmax(axis=1), ends.shape[1] - 1)
    return found
