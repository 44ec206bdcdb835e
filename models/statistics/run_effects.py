"""How much runs differ that have each an effect of their own: the machine that day, where memory came to lie.

A run's value is μ + b + e: e is what happens within it, whose error each run tells by itself (`Reading`), and b its
effect, which no single run can tell. How large effects are is known from runs of the same code (`prior`), and from the
spread of the runs compared with, if they are several; both are pooled by their degrees of freedom:

    σ² = (ν₀ σ₀² + (m − 1) max(0, S² − mean s²)) / (ν₀ + m − 1)

where S² is the variance of m runs' values and s their errors (the moments' estimate of random effects, DerSimonian &
Laird 1986, "Meta-analysis in clinical trials"). The difference of a run from the mean of m others has the variance
σ²(1 + 1/m) + s² + Σ s_j²/m². Its interval takes each part's own ends (MOVER: Zou & Donner 2008, "Construction of
confidence limits about effect measures"), at Student's t with Satterthwaite's (1946) degrees of freedom.

Runs are *aligned* when a row of time means the same load in each: the same sessions at the same instants. Their errors
go together then, and fall out of the difference as far as they do (block-paired differences).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from models.statistics.blocks import block_correlation, block_variance
from models.statistics.reading import Reading


@dataclass(frozen=True)
class Effect:
    """How much runs of the same code differ: the standard deviation of their effects, and its degrees of freedom."""

    deviation: float
    freedom: float


@dataclass(frozen=True, eq=False)
class Difference:
    """How far a run lies above the mean of `others` runs, and what its interval is made of.

    `correlation` is that of the errors within the run and within the others.
    """

    head: Reading
    base: Reading
    others: int
    effect: Effect
    correlation: float

    @classmethod
    def of(cls, head: Reading, others: Sequence[Reading], prior: Effect, *, aligned: bool) -> "Difference":
        """Set a run beside others, one at least, whose effects are known as `prior` says."""
        base = Reading.mean(others, aligned=aligned)
        correlation = 0.0
        if aligned and head.influence is not None and base.influence is not None:
            correlation = max(0.0, block_correlation(head.influence, base.influence))
        return cls(head, base, len(others), pooled(prior, others, aligned=aligned), correlation)

    @property
    def value(self) -> float:
        """The difference; NaN where both are infinite."""
        return float(np.subtract(self.head.value, self.base.value))

    @property
    def effects_error(self) -> float:
        """The standard error that run effects alone would leave, however long the runs were."""
        return self.effect.deviation * math.sqrt(1 + 1 / self.others)

    @property
    def within_error(self) -> float:
        """The standard error of what happens within the runs; it falls with the square root of their length."""
        return math.sqrt(_apart(self.head.error, self.base.error, self.correlation))

    @property
    def error(self) -> float:
        """The standard error of the difference."""
        return math.hypot(self.within_error, self.effects_error)

    @property
    def freedom(self) -> float:
        """The degrees of freedom of the error (Satterthwaite 1946)."""
        within, between = self.within_error**2, self.effects_error**2
        doubt = within**2 / min(self.head.freedom, self.base.freedom) + between**2 / self.effect.freedom
        return (within + between) ** 2 / doubt if doubt else math.inf

    @property
    def is_known(self) -> bool:
        """Whether anything bounds the difference."""
        return math.isfinite(self.value) and math.isfinite(self.within_error)

    def errors_at(self, level: float) -> float:
        """Return how many standard errors the interval reaches to either side: Student's t."""
        return float(special.stdtrit(self.freedom, (1 + level) / 2))

    def interval(self, level: float) -> tuple[float, float]:
        """Return the (low, high) interval at a level such as 0.99; an end that is not known is infinite."""
        if not self.is_known:
            return -math.inf, math.inf
        z = self.errors_at(level)
        rest = (z * self.effects_error) ** 2
        low = math.sqrt(_apart(self.head.reach(-z), self.base.reach(z), self.correlation) + rest)
        high = math.sqrt(_apart(self.head.reach(z), self.base.reach(-z), self.correlation) + rest)
        return self.value - low, self.value + high


def pooled(prior: Effect, others: Sequence[Reading], *, aligned: bool) -> Effect:
    """Return the effect that a prior and the spread of several runs tell together; of one run, the prior.

    What aligned runs have in common says nothing of how much they differ, and is no part of their errors here.
    """
    freedom = len(others) - 1
    if not freedom or not all(math.isfinite(other.value + other.error) for other in others):
        return prior
    spread = float(np.var([other.value for other in others], ddof=1))
    weight = prior.freedom + freedom
    own = max(0.0, spread - _within(others, aligned=aligned))
    return Effect(math.sqrt((prior.freedom * prior.deviation**2 + freedom * own) / weight), weight)


def _within(others: Sequence[Reading], *, aligned: bool) -> float:
    """Return the variance of the values that errors within runs alone would give."""
    influences = [other.influence for other in others if other.influence is not None]
    if not aligned or len(influences) < len(others):
        return sum(other.error**2 for other in others) / len(others)
    middle = np.mean(influences, axis=0)
    return sum(block_variance(influence - middle) for influence in influences) / (len(others) - 1)


def _apart(first: float, second: float, correlation: float) -> float:
    """Return the variance of a difference from two errors; infinite where one is."""
    if not math.isfinite(first + second):
        return math.inf
    return max(0.0, first**2 + second**2 - 2 * correlation * first * second)
