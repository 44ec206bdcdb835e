"""Estimates and their intervals, from what a run recorded interval by interval.

Requests close in time share a queue, so they are not independent; intervals of time nearly are, once they are
long enough. Every estimate here is resampled with the circular block bootstrap over time intervals (Politis &
Romano 1992): blocks of ceil(n^(1/3)) neighbouring intervals, drawn with replacement until n intervals are
there. Where rows are independent replications instead, they are drawn one by one.

A bootstrap knows nothing beyond what was seen: with no error seen it claims that none can happen. So the
interval of an estimate is the hull of the bootstrap's percentile interval and of the exact one that would
hold if all samples were independent: order statistics for a quantile, Clopper–Pearson for a share, Garwood
for a rate, Student for a mean. Where a level is so high that the resamples do not tell its tails apart, the
hull also holds the normal interval of their spread.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.statistics.quantiles import quantile_ranks
from models.statistics.student import half_width, student
from reports.ranks import ranks, reached

RESAMPLES = 2000
SEED = 1
FEW = 10
"""Fewer resamples than this in a tail tell little of where it ends; assumed."""

OVER_TIME = "block bootstrap over time"
OVER_REPLICATIONS = "bootstrap over replications"
COUNTED = "counted in full"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bounds = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """A value with what is needed to state its interval at any level.

    `samples` is the number of things counted (steps, or intervals for a mean); `replicates` are the
    bootstrap's values; `exact(level)` is the interval that independence would give. Where a value is a lower bound,
    `upper` are the replicates of the upper one. `method` tells how the interval was made, `advice` is a sentence on
    what would decide it, and `doubt` one on why it cannot be a pass, whatever its interval. `resolution` is how coarse
    the question of a comparison is (see `reports.decision`). `left_out` are the steps, beside the samples, that a
    latency does not count.
    """

    value: float
    samples: int
    replicates: Floats
    exact: Callable[[float], Bounds]
    upper: Floats | None = None
    is_at_least: bool = False
    method: str = OVER_TIME
    advice: str = ""
    doubt: str = ""
    resolution: float = 0.0
    left_out: int = 0

    def interval(self, level: float) -> Bounds:
        """Return the (low, high) interval at a level such as 0.95; an end that is not known is infinite."""
        tail = (1 - level) / 2
        exact_low, exact_high = self.exact(level)
        low = _tail(self.replicates, tail, self.value, -1)
        high = _tail(self.replicates if self.upper is None else self.upper, tail, self.value, 1)
        return min(low, exact_low, self.value), max(high, exact_high, self.value)


def _tail(replicates: Floats, tail: float, value: float, side: int) -> float:
    """Return the lower (side −1) or upper (1) end of the resamples' percentile interval."""
    ordered = np.sort(replicates)
    last = len(ordered) - 1
    at = math.floor(tail * last) if side < 0 else math.ceil((1 - tail) * last)
    end = float(ordered[at])
    finite = ordered[np.isfinite(ordered)]
    if tail * last >= FEW or len(finite) < 2 or not math.isfinite(end):
        return end
    normal = value + side * float(special.ndtri(1 - tail)) * float(finite.std())
    return min(end, normal) if side < 0 else max(end, normal)


@lru_cache(maxsize=8)
def block_weights(intervals: int, resamples: int = RESAMPLES, seed: int = SEED, length: int | None = None) -> Floats:
    """Return how often each resample draws each interval, as an array (resamples, intervals).

    Blocks are ceil(intervals^(1/3)) long, or `length`.
    """
    length = math.ceil(round(intervals ** (1 / 3), 9)) if length is None else length
    blocks = math.ceil(intervals / length)
    starts = np.random.default_rng(seed).integers(0, intervals, (resamples, blocks))
    drawn = (starts[:, :, None] + np.arange(length)).reshape(resamples, -1)[:, :intervals] % intervals
    cells = drawn + np.arange(resamples)[:, None] * intervals
    counts = np.bincount(cells.ravel(), minlength=resamples * intervals)
    weights = counts.reshape(resamples, intervals).astype(np.float64)
    weights.setflags(write=False)  # callers share it
    return weights


@dataclass(frozen=True)
class Resampling:
    """How rows are drawn anew: blocks of neighbours where they are stretches of time, singly where replications."""

    resamples: int = RESAMPLES
    are_replications: bool = False

    def weights(self, rows: int) -> Floats:
        """Return how often each resample draws each row; a single row is drawn once, and tells of no spread."""
        if rows == 1:
            return np.ones((1, 1))
        return block_weights(rows, self.resamples, length=1 if self.are_replications else None)

    @property
    def method(self) -> str:
        """What it is called."""
        return OVER_REPLICATIONS if self.are_replications else OVER_TIME

    def exact(self, values: Callable[[], Floats], independent: Callable[[float], Bounds]) -> Callable[[float], Bounds]:
        """Return the exact interval: with replications its hull with Student's, of their own `values`."""
        if not self.are_replications:
            return independent
        own = values()

        def hull(level: float) -> Bounds:
            low, high = independent(level)
            if len(own) < 2 or not np.isfinite(own).all():
                return low, high
            half, middle = half_width(float(own.std(ddof=1)), len(own), level), float(own.mean())
            return min(low, middle - half), max(high, middle + half)

        return hull


BY_TIME = Resampling()


def quantile_estimates(
    ok: Ints, at_least: Ints, values: Floats, quantiles: Sequence[float], how: Resampling = BY_TIME
) -> tuple[Estimate, ...]:
    """Estimate quantiles from counts (rows, values) of values that ascend.

    The q-quantile is the value that holds rank ceil(q·n). Those counted in `at_least` are as large as their value or
    larger: the estimate's value and low end rank them there, its high end above all others. The interval's high end is
    infinite too where there are so few samples that their greatest is no upper bound. There must be a sample.
    """
    lower, upper = _Ends.of(ok + at_least), _Ends.of(ok)
    samples, has_open = int(lower.total[-1]), bool(at_least.any())
    weights = how.weights(len(ok))
    drawn = weights @ lower.rows[:, -1]
    estimates = []
    for q in quantiles:
        (rank,) = ranks(q, np.array([float(samples)]))
        wanted = np.maximum(ranks(q, drawn), 1.0)
        at = lower.first(rank)
        top = upper.first(rank) if has_open else at
        found = _valued(values, reached(weights, lower.rows, wanted, at))
        above = _valued(values, reached(weights, upper.rows, wanted, top)) if has_open else None
        independent = _OrderStatistics(lower.total, upper.total if has_open else lower.total, values, q)
        exact = how.exact(lambda q=q: _by_row(lower.rows, values, q), independent)  # type: ignore[misc] # q is bound
        value, bound = float(values[at]), top > at
        estimates.append(Estimate(value, samples, found, exact, above, is_at_least=bound, method=how.method))
    return tuple(estimates)


def mean_of_counts(ok: Ints, at_least: Ints, values: Floats, how: Resampling = BY_TIME) -> Estimate:
    """Estimate the mean of samples counted by row and value; with any `at_least` there is no upper bound.

    Independent samples would give the normal interval of their own spread.
    """
    counts = ok + at_least
    total, samples = counts.sum(axis=0), int(counts.sum())
    found = ratio_estimate(counts @ values, counts.sum(axis=1), how)
    spread = math.sqrt(max(0.0, float(np.dot(total, (values - found.value) ** 2)) / samples / samples))
    is_bound = bool(at_least.any())
    exact = found.exact

    def normal(level: float) -> Bounds:
        low, high = exact(level)
        half = float(special.ndtri((1 + level) / 2)) * spread
        return min(low, found.value - half), math.inf if is_bound else max(high, found.value + half)

    return replace(found, exact=normal, is_at_least=is_bound)


def greatest_of_counts(ok: Ints, at_least: Ints, values: Floats) -> Estimate:
    """Return the greatest sample: what was seen, without uncertainty, unless it is a lower bound."""
    counts = (ok + at_least).sum(axis=0)
    value = float(values[np.flatnonzero(counts)[-1]])
    is_bound = bool(at_least.any())
    found = exact_count(value, int(counts.sum()))
    return replace(found, exact=lambda _level: (value, math.inf if is_bound else value), is_at_least=is_bound)


def share_estimate(parts: Ints, wholes: Ints, how: Resampling = BY_TIME) -> Estimate:
    """Estimate the share of things of one kind, from counts per row; there must be a thing."""
    part, whole = int(parts.sum()), int(wholes.sum())
    shares = _ratios(parts.astype(np.float64), wholes.astype(np.float64), how)
    exact = how.exact(lambda: _each(parts, wholes), lambda level: clopper_pearson(part, whole, level))
    return Estimate(part / whole, whole, shares, exact, method=how.method)


def rate_estimate(counts: Ints, lengths_s: Floats, how: Resampling = BY_TIME) -> Estimate:
    """Estimate events per second from counts per row, each so many seconds long."""
    total, duration_s = int(counts.sum()), float(lengths_s.sum())
    replicates = _ratios(counts.astype(np.float64), lengths_s, how)

    def independent(level: float) -> Bounds:
        low, high = garwood(total, level)
        return low / duration_s, high / duration_s

    exact = how.exact(lambda: counts / lengths_s, independent)
    return Estimate(total / duration_s, total, replicates, exact, method=how.method)


def mean_estimate(values: Floats, how: Resampling = BY_TIME) -> Estimate:
    """Estimate the mean of one value per row; with a single row nothing bounds it."""
    resampled = ratio_estimate(values, np.ones(len(values), np.int64), how)
    return replace(resampled, exact=lambda level: student(values, level))


def ratio_estimate(parts: Floats, wholes: Ints, how: Resampling = BY_TIME) -> Estimate:
    """Estimate a mean per thing, from sums and counts per row; there must be at least one thing."""
    value = float(parts.sum() / wholes.sum())
    ratios = _ratios(parts, wholes.astype(np.float64), how)
    exact = how.exact(lambda: _each(parts, wholes), lambda _level: (value, value))
    return Estimate(value, int(wholes.sum()), ratios, exact, method=how.method)


def exact_count(count: float, samples: int) -> Estimate:
    """Return the estimate of something that was counted in full, so that it has no uncertainty."""
    value = float(count)
    return Estimate(value, samples, np.array([value]), lambda _level: (value, value), method=COUNTED)


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


def _ratios(parts: Floats, wholes: Floats, how: Resampling) -> Floats:
    """Return the resamples' ratios of two sums; where one draws no whole, that of all."""
    weights = how.weights(len(wholes))
    drawn = weights @ wholes
    of_all = float(parts.sum() / wholes.sum())
    ratios: Floats = np.divide(weights @ parts, drawn, out=np.full(len(drawn), of_all), where=drawn > 0)
    return ratios


def _each(parts: NDArray[Any], wholes: Ints) -> Floats:
    """Return each row's own ratio, without the rows that hold nothing."""
    ratios: Floats = parts[wholes > 0] / wholes[wholes > 0]
    return ratios


@dataclass(frozen=True)
class _Ends:
    """Counts added up along the values: by row, float64[rows, values], and in all, int64[values]."""

    rows: Floats
    total: Ints

    @classmethod
    def of(cls, counts: Ints) -> "_Ends":
        return cls(np.cumsum(counts, axis=1).astype(np.float64), np.cumsum(counts.sum(axis=0)))

    def first(self, rank: float) -> int:
        """Return the value that holds a rank; one past the last where it is above all of them."""
        return int(np.searchsorted(self.total, rank))


class _OrderStatistics:
    """The interval of a quantile if samples were independent, read from counts added up in the two rankings."""

    def __init__(self, lower: Ints, upper: Ints, values: Floats, quantile: float) -> None:
        self._lower, self._upper, self._quantile = lower, upper, quantile
        self._values = np.append(values, math.inf)

    def __call__(self, level: float) -> Bounds:
        samples = int(self._lower[-1])
        low, high = quantile_ranks(self._quantile, samples, level)
        return (
            float(self._values[np.searchsorted(self._lower, low)]) if low else -math.inf,
            float(self._values[np.searchsorted(self._upper, high)]) if high <= samples else math.inf,
        )


def _valued(values: Floats, at: NDArray[np.intp]) -> Floats:
    found: Floats = np.append(values, math.inf)[at]
    return found


def _by_row(ends: Floats, values: Floats, q: float) -> Floats:
    """Return each row's own quantile, without the rows that hold nothing."""
    held = ends[ends[:, -1] > 0]
    at = [np.searchsorted(row, rank) for row, rank in zip(held, ranks(q, held[:, -1]), strict=True)]
    found: Floats = values[np.array(at, np.intp)]
    return found
