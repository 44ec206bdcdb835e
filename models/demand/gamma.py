"""The Gamma law of mean 1, by which days differ beyond chance: one uniform a variate, the same bits everywhere.

A Poisson number whose mean is multiplied by such a factor is negative binomial: variance m + (cv·m)². The quantile
solves P(X <= x) = u, with shape k = 1/cv², by bisection from the quantile of Wilson & Hilferty (1931). A law that is
drawn often has a table instead (`models/gamma_table.py`).
"""

import math

from models.elementary import exp, log, normal_quantile
from models.gamma_function import excess_of_log_gamma, lower_sum

LEAST_CV, GREATEST_CV = 0.01, 1.0
_GREATEST_U = 1.0 - 1e-10  # the sum below is good to 1e-12; a factor further out is that of this quantile


def distribution(cv: float, x: float) -> float:
    """Return P(factor <= x) for a Gamma factor of mean 1 and coefficient of variation `cv`."""
    k = 1.0 / (cv * cv)
    y = k * x
    if x <= 0:
        return 0.0
    exponent = k * (log(x) - x + 1.0) - excess_of_log_gamma(k)
    if exponent < -700:
        return 0.0 if y < k else 1.0
    return min(1.0, exp(exponent) * lower_sum(k, y))


def gamma_quantile(cv: float, u: float) -> float:
    """Return x with P(factor <= x) = u, for 0 < u < 1 and a coefficient of variation from 0.01 to 1.

    Raises ValueError for another coefficient.
    """
    if not LEAST_CV <= cv <= GREATEST_CV:
        raise ValueError(f"a coefficient of variation of {cv} is not from {LEAST_CV} to {GREATEST_CV}")
    u = min(u, _GREATEST_U)
    variance = cv * cv / 9.0
    cube_root = max(0.0, 1.0 - variance + normal_quantile(u) * math.sqrt(variance))
    guess = cube_root * cube_root * cube_root
    low, high = 0.0, max(2.0 * guess, guess + cv)
    while distribution(cv, high) < u:
        low, high = high, 2.0 * high
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if distribution(cv, middle) < u else (low, middle)
    return (low + high) / 2.0
