"""M_t/G/∞ and M_t/M/∞: arrivals at a rate that changes, servers without end; what a load would be if nobody waited.

The number in system at t is Poisson with the mean m(t) given here. Source: Eick, Massey and Whitt (1993), "The physics
of the M_t/G/∞ queue", Operations Research 41(4), and "M_t/G/∞ queues with sinusoidal arrival rates", Management Science
39(2).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.theory.ranges import not_negative, positive


@dataclass(frozen=True)
class Sinusoid:
    """A mean number in system m(t) = `mean` + `amplitude`·sin(2π·(t − `lag_s`)/period)."""

    mean: float
    amplitude: float
    lag_s: float


def sinusoidal(mean_rps: float, amplitude_rps: float, period_s: float, service_s: float) -> Sinusoid:
    """Return m(t) of M_t/M/∞ in the periodic regime, for λ(t) = λ̄ + A·sin(γ·t), γ = 2π/period.

    Mean λ̄·S, amplitude A·S/√(1 + γ²·S²), lag arctan(γ·S)/γ. Raises ValueError when λ̄ or A is negative, A exceeds λ̄,
    or the period or S is not above 0.
    """
    not_negative(mean_rps=mean_rps, amplitude_rps=amplitude_rps)
    positive(period_s=period_s, service_s=service_s)
    if amplitude_rps > mean_rps:
        raise ValueError(f"`amplitude_rps` must not exceed `mean_rps` ({mean_rps}): {amplitude_rps}")
    gamma = 2.0 * math.pi / period_s
    amplitude = amplitude_rps * service_s / math.hypot(1.0, gamma * service_s)
    return Sinusoid(mean_rps * service_s, amplitude, math.atan(gamma * service_s) / gamma)


def in_system_at(points: Sequence[tuple[float, float]], service_s: float, t_s: float, start: float = 0.0) -> float:
    """Return m(t) of M_t/M/∞ for a rate that is linear between points (t_s, rate), equal times making a jump.

    `start` is m at the first point; the last rate goes on. From m' = λ(t) − m/S, over a piece of length h with rates
    r + a·x:  m(h) = S·(r + a·h) − a·S² + (m(0) − S·r + a·S²)·exp(−h/S). Raises ValueError when there is no point, times
    go back, a rate is negative, S is not above 0 or t lies before the first point.
    """
    positive(service_s=service_s)
    not_negative(start=start)
    check_points(points)
    if not t_s >= points[0][0]:
        raise ValueError(f"`t_s` must not lie before the first point ({points[0][0]}): {t_s}")
    mean = start
    for (t0, r0), (t1, r1) in pairwise([*points, (math.inf, points[-1][1])]):
        length_s = min(t_s, t1) - t0
        if length_s > 0.0:
            slope = (r1 - r0) / (t1 - t0)
            steady = service_s * r0 - slope * service_s**2
            mean = steady + slope * service_s * length_s + (mean - steady) * math.exp(-length_s / service_s)
    return mean


def check_points(points: Sequence[tuple[float, float]]) -> None:
    """Raise ValueError unless the points, (t_s, value), are in order of time and their values 0 or more."""
    if not points:
        raise ValueError("must have a point (t_s, value) at least")
    for _, value in points:
        not_negative(value=value)
    if not all(math.isfinite(t) for t, _ in points) or any(t1 < t0 for (t0, _), (t1, _) in pairwise(points)):
        raise ValueError(f"times of points must be finite and not go back: {[t for t, _ in points]}")
