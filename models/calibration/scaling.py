"""Scaling: how much of added servers is lost, by the universal scalability law (Gunther 2007).

    X(N) = λ·N / (1 + σ·(N − 1) + κ·N·(N − 1))

with contention σ (what is serial) and coherency κ (what all must agree on). N/X is linear in 1/λ, σ/λ and κ/λ, so that
a non-negative least-squares fit of N/X, each relative to what was measured, has no local minima.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from cutover.base.errors import NotIdentifiable
from models.calibration.observed import Floats

FEWEST_COUNTS = 3


@dataclass(frozen=True)
class Scaling:
    """What a server does alone, λ, with σ and κ and their 95 % intervals; `residual` is the relative error of the fit.

    Intervals are those of Student's t; there is none (infinite ends) where there are no more counts than parameters.
    """

    alone: float
    contention: float
    coherency: float
    contention_interval: tuple[float, float]
    coherency_interval: tuple[float, float]
    residual: float

    def factor(self, servers: int) -> float:
        """Return by how much a demand grows from one server to so many: 1 + σ(N − 1) + κN(N − 1)."""
        return 1.0 + self.contention * (servers - 1) + self.coherency * servers * (servers - 1)

    def throughput(self, servers: int) -> float:
        """Return X(N)."""
        return self.alone * servers / self.factor(servers)

    @property
    def peak(self) -> float:
        """The number of servers of the highest throughput, √((1 − σ)/κ); infinite without coherency."""
        if self.coherency <= 0.0:
            return math.inf
        return math.sqrt(max(1.0 - self.contention, 0.0) / self.coherency)


def scaling_of(servers: ArrayLike, throughput: ArrayLike) -> Scaling:
    """Fit the law to the throughputs (or servers over demand) that were measured at numbers of servers.

    Raises NotIdentifiable for fewer than three different numbers.
    """
    counts, rates = np.asarray(servers, np.float64), np.asarray(throughput, np.float64)
    different = np.unique(counts).size
    if different < FEWEST_COUNTS:
        raise NotIdentifiable(
            f"scaling needs {FEWEST_COUNTS} different numbers of servers, but has {different}; measure with more"
        )
    design = _design(counts) * (rates / counts)[:, None]  # relative to N/X: each row is to give 1
    found, _ = optimize.nnls(design, np.ones(counts.size))
    left = design @ found - 1.0
    half = _half_widths(design, left)
    alone = 1.0 / found[0] if found[0] > 0.0 else math.inf
    contention, coherency = found[1] * alone, found[2] * alone
    ends = [
        (max(0.0, value - width * alone), value + width * alone)
        for value, width in zip((contention, coherency), half[1:], strict=True)
    ]
    return Scaling(alone, float(contention), float(coherency), ends[0], ends[1], float(np.sqrt(np.mean(left**2))))


def _design(counts: Floats) -> Floats:
    design: Floats = np.stack([np.ones_like(counts), counts - 1.0, counts * (counts - 1.0)], axis=1)
    return design


def _half_widths(design: Floats, left: Floats) -> Floats:
    freedom = len(left) - design.shape[1]
    if freedom < 1:
        return np.full(design.shape[1], np.inf)
    variance = float(left @ left) / freedom
    spread = np.sqrt(variance * np.diag(np.linalg.pinv(design.T @ design)))
    half: Floats = stats.t.ppf(0.975, freedom) * spread
    return half
