"""Demand against load: whether a place's demand grows or falls with the load, and what it is at the highest levels.

    d(λ) = U_k(λ) / Σ_s λ_s·D_{s,k}

level by level, 1 where the demand does not depend on load; what is busy without load, which a plan does not have, makes
it fall (Kattepur & Nambiar 2015, "Performance modeling of
multi-tiered web applications with varying service demands", who interpolate at Chebyshev nodes). A trend is taken for
real when its slope differs from 0 at the 5 % level. The curve through levels is then monotone: isotonic (pooling
neighbours that break the order), and between the levels a PCHIP (Fritsch & Carlson 1980), or a line where there are
fewer than four levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import interpolate, optimize, stats

from models.calibration.observed import Floats, Level
from models.calibration.utilisation_law import Busy, metered

ENOUGH = 4
TOP = 2
"""So many of the highest levels give the demand that the plan gets."""


@dataclass(frozen=True)
class DemandCurve:
    """A place's demand by load, relative to that of all levels together.

    `rps` float64[L] ascending, `factors` float64[L] as measured, `fitted` those of the curve; `slope` is the change
    from the lowest level to the highest, with its 95 % interval.
    """

    place: str
    rps: Floats
    factors: Floats
    fitted: Floats
    slope: float
    low: float
    high: float
    error: float

    @property
    def significant(self) -> bool:
        """Whether the trend is taken for real."""
        return not self.low <= 0.0 <= self.high

    @property
    def top(self) -> float:
        """The demand at the highest levels, relative to that of all together; 1 without a trend."""
        return float(self.fitted[-TOP:].mean()) if self.significant else 1.0

    def at(self, rps: float) -> float:
        """Return the demand at a load, relative to that of all levels together; beyond the levels that at the ends."""
        load = min(max(rps, float(self.rps[0])), float(self.rps[-1]))
        if len(self.rps) < ENOUGH:
            return float(np.interp(load, self.rps, self.fitted))
        return float(interpolate.PchipInterpolator(self.rps, self.fitted)(load))


def demand_curve(levels: Sequence[Level], steps: Sequence[str], busy: Busy) -> DemandCurve | None:
    """Return a place's curve from three or more levels of different load that tell its busy servers; else None."""
    usable = sorted(metered(levels, busy.place), key=lambda level: level.rps)
    rps = np.array([level.rps for level in usable])
    if len(usable) < 3 or (np.diff(rps) <= 0.0).any():
        return None
    load = np.array(
        [sum(level.rate(step) * d for step, d in zip(steps, busy.seconds, strict=True)) for level in usable]
    )
    factors = np.array([level.busy[busy.place] for level in usable]) / load
    weight = np.sqrt(load / load.max())
    span = (rps - rps[0]) / (rps[-1] - rps[0])
    slope, error, line = _line(span, factors, weight)
    half = float(stats.t.ppf(0.975, len(usable) - 2)) * error
    fitted = line if len(usable) < ENOUGH else _monotone(factors, weight, rising=slope > 0.0)
    left = float(np.sqrt(np.mean((factors - fitted) ** 2)))
    return DemandCurve(busy.place, rps, factors, fitted, slope, slope - half, slope + half, left)


def _line(span: Floats, factors: Floats, weight: Floats) -> tuple[float, float, Floats]:
    """Return slope, its standard error and the values of the weighted least-squares line."""
    design = np.stack([np.ones_like(span), span], axis=1)
    found = np.linalg.lstsq(design * weight[:, None], factors * weight, rcond=None)[0]
    line: Floats = design @ found
    left = (factors - line) * weight
    variance = float(left @ left) / (len(span) - 2)
    spread = np.linalg.inv((design * weight[:, None] ** 2).T @ design)
    return float(found[1]), float(np.sqrt(variance * spread[1, 1])), line


def _monotone(factors: Floats, weight: Floats, *, rising: bool) -> Floats:
    fitted: Floats = optimize.isotonic_regression(factors, weights=weight**2, increasing=rising).x
    return fitted
