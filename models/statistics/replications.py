"""A quantity over replications: the one rule by which values, one per replication, become an estimate.

A replication's value may itself be a quantile, such as the p95 of its response times: what is estimated is then the
mean of the replications' p95s, not a quantile of them.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from models.statistics.interval import Interval, samples_of
from models.statistics.means import replication_mean
from models.statistics.quantiles import replication_quantile

MEDIAN = "order statistics of the median over replications"


def over_replications(values: ArrayLike, level: float = 0.95) -> Interval:
    """Estimate a quantity from its value in each independent replication, float64[n].

    The mean, by Student's t; where a value is infinite (a quantile that was not reached) there is no mean, and the
    median takes its place, by order statistics: 95 % take 6 replications. Raises ValueError when there is no value or
    one is NaN.
    """
    samples = samples_of(values)
    if np.isfinite(samples).all():
        return replication_mean(samples, level)
    return replace(replication_quantile(samples, 0.5, level), method=MEDIAN)
