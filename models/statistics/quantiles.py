"""Quantiles: of independent replications by order statistics, and of one long series in steady state by batches."""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from models.statistics.batches import BATCHES, LEAST_SERIES, PARTS, batched, too_alike
from models.statistics.interval import Floats, Interval, samples_of
from models.statistics.rank import rank
from models.statistics.student import half_width

ORDER_STATISTICS = "order statistics"
SECTIONING = "sectioning"
LEAST_BEYOND = 10  # assumed: so many samples of a batch beyond the quantile keep the bias of the batch's own small


def quantile_ranks(quantile: float, samples: int, level: float) -> tuple[int, int]:
    """Return the ranks (from 1) of the order statistics that bound a quantile.

    Of n independent samples, B ~ Binomial(n, q) lie below the quantile. The low rank l is the greatest with
    P(B < l) <= (1 − level)/2, 0 where there is none; the high rank h the least with P(B >= h) <= (1 −
    level)/2, n + 1 where there is none (David & Nagaraja, Order Statistics, 7.1).
    """
    tail = (1 - level) / 2
    if samples == 0:
        return 0, 1
    low = math.floor(float(special.bdtrik(tail, samples, quantile))) + 1 if (1 - quantile) ** samples <= tail else 0
    high = math.ceil(float(special.bdtrik(1 - tail, samples, quantile))) + 1
    return low, min(high, samples + 1)


def least_samples(quantile: float, level: float) -> int:
    """Return the least n whose greatest sample is an upper bound of the quantile: qⁿ <= (1 − level)/2."""
    return math.ceil(math.log((1 - level) / 2) / math.log(quantile))


def replication_quantile(values: ArrayLike, quantile: float, level: float = 0.95) -> Interval:
    """Estimate a quantile of the distribution that independent values, float64[n], come from.

    The interval's ends are the order statistics of `quantile_ranks`, whatever the distribution; with too few values
    an end is infinite. Values may be infinite. Raises ValueError unless 0 < quantile < 1 and there is a value,
    none NaN.
    """
    ordered = np.sort(samples_of(values))
    _check(quantile)
    count = len(ordered)
    value = float(ordered[rank(quantile, count) - 1])
    low_rank, high_rank = quantile_ranks(quantile, count, level)
    low = float(ordered[low_rank - 1]) if low_rank else -math.inf
    high = float(ordered[high_rank - 1]) if high_rank <= count else math.inf
    why = None
    if not low_rank or high_rank > count:
        need = max(least_samples(quantile, level), least_samples(1 - quantile, level))
        why = f"{count} samples do not bound the quantile on both sides; it takes {need}."
    elif not (math.isfinite(low) and math.isfinite(high)):
        why = "Samples at an end of the interval are infinite."
    return Interval(value, low, high, level, count, ORDER_STATISTICS, why)


def batch_quantile(series: ArrayLike, quantile: float, level: float = 0.95) -> Interval:
    """Estimate the steady-state quantile of a series, float64[n], whose warm-up has been cut off.

    Sectioning: with ξ the quantile of the whole series and ξ_j that of batch j of b,

        ξ ± t(b − 1, (1 + level)/2)·√(Σ(ξ_j − ξ)²/(b − 1))/√b

    (Asmussen & Glynn 2007, "Stochastic Simulation", III.5a; Nakayama 2014, "Confidence intervals for quantiles using
    sectioning when applying variance-reduction techniques", TOMACS 24). Whether the batches are long enough is asked of
    whether samples lie beyond ξ, whose share decides the quantile. There is no interval of a series that is too short,
    too alike, or not finite beyond. Raises ValueError as `replication_quantile`.
    """
    samples = samples_of(series)
    _check(quantile)
    need = max(LEAST_SERIES, _least_series(quantile))
    if len(samples) < need:
        why = f"{len(samples)} values are too few for batches with this quantile; they need {need}."
        return Interval.unknown(_quantile(samples, quantile), level, len(samples), SECTIONING, why)
    batches = batched(samples)
    value = _quantile(batches.ravel(), quantile)
    off = np.array([_quantile(batch, quantile) for batch in batches]) - value
    why_not = _why_none(batches, value, off)
    if why_not:
        return Interval.unknown(value, level, batches.size, SECTIONING, why_not)
    half = half_width(math.sqrt(float(np.dot(off, off)) / (BATCHES - 1)), BATCHES, level)
    return Interval(value, value - half, value + half, level, batches.size, SECTIONING)


def _why_none(batches: Floats, value: float, off: Floats) -> str | None:
    """Say why batches whose quantiles lie `off` the whole series' one give no interval; None where they do."""
    if not np.isfinite(off).all():
        return "The quantile of a batch is infinite."
    if not off.any():
        return f"All {BATCHES} batches have the same quantile, so that nothing is known of their spread."
    return too_alike((batches > value).astype(np.float64))


def _least_series(quantile: float) -> int:
    """Return the least series whose batches hold LEAST_BEYOND samples on either side of the quantile."""
    size = math.ceil(round(LEAST_BEYOND / min(quantile, 1 - quantile), 6))
    return math.ceil(size / PARTS) * LEAST_SERIES


def _quantile(values: Floats, quantile: float) -> float:
    at = rank(quantile, len(values)) - 1
    return float(np.partition(values, at)[at])


def _check(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"a quantile of {quantile} is not between 0 and 1")
