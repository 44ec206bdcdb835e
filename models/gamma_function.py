"""The Gamma function and the incomplete ones, from deterministic arithmetic only: all that feeds a Gamma draw.

Everything is written for a Gamma variable X of mean 1 and shape k (rate k, y = k·x), on the log scale, so that neither
a tail nor a large shape over- or underflows:

    front(k, x) = ln(y^k·e^−y / Γ(k + 1)) = k·(ln x − x + 1) − excess(k)          density f(x) = k·e^front / x
    P(X <= x) = e^front · S    S = 1 + y/(k+1) + y²/((k+1)(k+2)) + …   (Abramowitz & Stegun 6.5.29, positive terms)
    P(X > x)  = e^front · k·C  C = 1/(y+1−k − 1·(1−k)/(y+3−k − 2·(2−k)/(y+5−k − …)))    (6.5.31, by Lentz's method)
"""

from models.elementary import log
from models.kernel import kernel

_LOG_2PI = 1.83787706640934548356
_LARGE = 12.0
_TINY = 1e-300


@kernel
def excess_of_log_gamma(k: float) -> float:
    """Return ln Γ(k + 1) − (k·ln k − k) for k > 0: Stirling's series, and the recurrence where k is small."""
    if k < _LARGE:
        return excess_of_log_gamma(k + 1.0) + (k + 1.0) * log(k + 1.0) - k * log(k) - 1.0 - log(k + 1.0)
    inverse = 1.0 / (k * k)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse * (1 / 1680 - inverse / 1188)))) / k
    return (_LOG_2PI + log(k)) / 2.0 + series


@kernel
def log_gamma_of_one_plus(k: float) -> float:
    """Return ln Γ(1 + k) for k > 0; absolute error about 1e-14 for k <= 10."""
    return excess_of_log_gamma(k) + k * log(k) - k


@kernel
def lower_sum(k: float, y: float) -> float:
    """Return S, the sum of the series of the lower incomplete Gamma function, to 1e-17 of itself."""
    term = series = 1.0
    n = 0
    while term > series * 1e-17:
        n += 1
        term *= y / (k + n)
        series += term
    return series


@kernel
def upper_fraction(k: float, y: float) -> float:
    """Return C, the continued fraction of the upper incomplete Gamma function, for y > k + 1; error about 1e-15."""
    b = y + 1.0 - k
    c = 1.0 / _TINY
    d = fraction = 1.0 / b
    for n in range(1, 100_000):
        a = -n * (n - k)
        b += 2.0
        d = a * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + a / c
        c = c if abs(c) > _TINY else _TINY
        factor = d * c
        fraction *= factor
        if abs(factor - 1.0) < 4e-16:
            break
    return fraction
