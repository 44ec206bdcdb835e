"""Pairs: how two systems differ when both are simulated with the same draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.statistics.interval import Interval, samples_of
from models.statistics.means import replication_mean


@dataclass(frozen=True)
class PairedDifference:
    """The mean of second − first, and what the pairing was worth.

    `variance_reduction` is 1 − var(paired)/var(independent): the share of the difference's variance that common random
    numbers took away; below 0 where they did harm. None where it is not known: a single pair, or neither varies.
    """

    difference: Interval
    variance_reduction: float | None


def paired_difference(first: ArrayLike, second: ArrayLike, level: float = 0.95) -> PairedDifference:
    """Compare two systems by replications with common random numbers; values of one replication share a place.

    Both are float64[n]. D_i = Y_i − X_i has the paired-t interval; were the replications independent, the variance of D
    would be var(X) + var(Y), and var(paired) is what it is (Law & Kelton, 10.2.1 and 11.2). Raises ValueError when the
    lengths differ, there is no pair, or a value is NaN; two infinite values of one pair have no difference either.
    """
    x, y = samples_of(first), samples_of(second)
    if len(x) != len(y):
        raise ValueError(f"{len(x)} and {len(y)} values are no pairs")
    if (np.isinf(x) & np.isinf(y)).any():
        raise ValueError("a pair of infinite values has no difference")
    off = y - x
    reduction = None
    if len(x) > 1 and np.isfinite(off).all():
        independent = float(x.var(ddof=1) + y.var(ddof=1))
        reduction = 1.0 - float(off.var(ddof=1)) / independent if independent else None
    return PairedDifference(replication_mean(off, level), reduction)
