"""Means: of independent replications, and of one long series in steady state."""

import math

from numpy.typing import ArrayLike

from models.statistics.batches import LEAST_SERIES, batched, too_alike
from models.statistics.interval import Floats, Interval, samples_of
from models.statistics.student import student

REPLICATIONS = "Student's t over replications"
BATCH_MEANS = "batch means"


def replication_mean(values: ArrayLike, level: float = 0.95) -> Interval:
    """Estimate a mean from one value per independent replication, float64[n] (Law & Kelton, 9.4.1).

    X̄ ± t(n − 1, (1 + level)/2)·s/√n. There is no interval of a single value, nor of values that are all the same,
    whose spread nobody has seen. Raises ValueError when there is no value or one is NaN.
    """
    samples = samples_of(values)
    return _mean(samples, level, len(samples), REPLICATIONS, "replication")


def batch_means(series: ArrayLike, level: float = 0.95) -> Interval:
    """Estimate the steady-state mean of a series, float64[n], whose warm-up has been cut off.

    Student's t over the means of 20 batches (see `batches`). There is no interval of a series that is too short, or
    whose batches are too much alike; cutting off the warm-up is `warm_up.mser_5`'s. Raises ValueError as
    `replication_mean`.
    """
    samples = samples_of(series)
    if len(samples) < LEAST_SERIES:
        why = f"{len(samples)} values are too few for batches; they need {LEAST_SERIES}."
        return Interval.unknown(float(samples.mean()), level, len(samples), BATCH_MEANS, why)
    batches = batched(samples)
    means, size = batches.mean(axis=1), batches.size
    alike = too_alike(batches)
    if alike:
        return Interval.unknown(float(means.mean()), level, size, BATCH_MEANS, alike)
    return _mean(means, level, size, BATCH_MEANS, "batch")


def _mean(values: Floats, level: float, samples: int, method: str, noun: str) -> Interval:
    mean, why = float(values.mean()), _why_none(values, noun)
    if why:
        return Interval.unknown(mean, level, samples, method, why)
    return Interval(mean, *student(values, level), level, samples, method)


def _why_none(values: Floats, noun: str) -> str | None:
    """Say why the values of so many replications or batches have no interval; None where they have one."""
    if not math.isfinite(float(values.mean())):
        return "A value is infinite, so that the mean is not finite."
    if len(values) < 2:
        return f"One {noun} says nothing of the spread between several."
    if (values == values[0]).all():
        plural = {"replication": "replications", "batch": "batches"}[noun]
        return f"All {len(values)} {plural} gave the same value, so that nothing is known of their spread."
    return None
