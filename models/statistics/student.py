"""Student's t: the interval of a mean of independent samples, in one place."""

import math

from scipy import special

from models.statistics.interval import Floats


def half_width(deviation: float, samples: int, level: float) -> float:
    """Return t·s/√n, t the quantile (1 + level)/2 of Student's distribution with n − 1 degrees of freedom.

    `deviation` is the samples' standard deviation s, and n at least 2 (Student 1908, "The probable error of a mean").
    """
    return float(special.stdtrit(samples - 1, (1 + level) / 2)) * deviation / math.sqrt(samples)


def student(values: Floats, level: float) -> tuple[float, float]:
    """Return the (low, high) interval of the mean of independent values; infinite for a single one."""
    if len(values) < 2:
        return -math.inf, math.inf
    half = half_width(float(values.std(ddof=1)), len(values), level)
    mean = float(values.mean())
    return mean - half, mean + half
