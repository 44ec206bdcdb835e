"""Precision: how many replications it takes until a mean is known as well as was asked for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.statistics.interval import Interval, samples_of
from models.statistics.replications import over_replications
from models.statistics.student import half_width

MOST = 2**40


@dataclass(frozen=True)
class Progress:
    """How far a sequence of replications has come.

    `more` is how many to add before the next look: 0 when the precision is reached, or when it cannot be had, and then
    `why` says why.
    """

    interval: Interval
    more: int
    why: str | None = None

    @property
    def reached(self) -> bool:
        """Whether the precision asked for is there."""
        return not self.more and self.why is None


@dataclass(frozen=True)
class Precision:
    """The rule by which replications go on: until the mean's relative error is at most `relative`, at this level.

    Stop at the first n >= `at_least` with t·s/√n <= γ'·|X̄|, γ' = γ/(1 + γ), which keeps the error relative to the true
    mean, not to the estimate, within γ (Law & Kelton, 9.4.1, who advise γ <= 0.15 and n >= 10). The stopped interval
    keeps its level in the limit of small γ (Chow & Robbins 1965, "On the asymptotic theory of fixed-width sequential
    confidence intervals for the mean"); the least number keeps an early, lucky look from ending it. `at_most` ends a
    sequence that would not. Without `relative`, the least number is enough.
    """

    relative: float | None
    level: float = 0.95
    at_least: int = 10
    at_most: int = 1000

    def __post_init__(self) -> None:
        if self.relative is not None and not 0 < self.relative < 1:
            raise ValueError(f"a relative precision of {self.relative} is not between 0 and 1")
        if not 0 < self.level < 1:
            raise ValueError(f"a level of {self.level} is not between 0 and 1")
        if not 2 <= self.at_least <= self.at_most:
            raise ValueError(f"from {self.at_least} to {self.at_most} replications: it takes 2, and the most last")

    def look(self, values: ArrayLike) -> Progress:
        """Judge the replications there are, float64[n], one value each; raise ValueError when one is NaN or none."""
        samples = samples_of(values)
        interval, count = over_replications(samples, self.level), len(samples)
        if self.relative is None:
            return Progress(interval, max(0, self.at_least - count))
        if not np.isfinite(samples).all():
            return Progress(interval, 0, "A value is infinite, so that the mean is not finite.")
        if count < self.at_least:
            return Progress(interval, self.at_least - count)
        if interval.relative_half_width <= _adjusted(self.relative):
            return Progress(interval, 0)
        if count >= self.at_most:
            why = interval.why or f"{count} replications, the most allowed, did not reach ± {self.relative:.3g}."
            return Progress(interval, 0, why)
        needed = None if interval.why else replications_needed(samples, self.relative, self.level)
        # At most as many again: an early guess of the spread may be far too high.
        more = count if needed is None else min(needed - count, count)
        return Progress(interval, max(1, min(more, self.at_most - count)))


def replications_needed(values: ArrayLike, relative: float, level: float = 0.95) -> int | None:
    """Guess from a pilot, float64[n], how many replications in all reach a relative precision; None if none do.

    The least i >= n with t(i − 1)·s/√i <= γ'·|X̄|, γ' = γ/(1 + γ) (Law & Kelton, 9.4.1); there is none for a mean of
    0, nor above 2^40. Raises ValueError for fewer than two values, or one that is not finite.
    """
    samples = samples_of(values)
    if len(samples) < 2 or not np.isfinite(samples).all():
        raise ValueError("a pilot needs two finite values at least")
    mean, deviation = abs(float(samples.mean())), float(samples.std(ddof=1))
    bound = _adjusted(relative) * mean

    def is_enough(count: int) -> bool:
        return half_width(deviation, count, level) <= bound

    low = high = len(samples)
    while not is_enough(high):
        if high > MOST:
            return None
        low, high = high, 2 * high
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle + 1, high)
    return high


def _adjusted(relative: float) -> float:
    return relative / (1.0 + relative)
