"""A reading: what one run says of a quantity, and how sure the run by itself can be of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.statistics.blocks import block_freedom, block_variance
from models.statistics.interval import Floats

FARTHEST = 3.0
"""Errors to either side up to which a quantile's own ends are asked for; assumed."""


@dataclass(frozen=True, eq=False)
class Reading:
    """A value (the logarithm of a duration or rate, or a share), with its standard error within the run.

    `freedom` are the error's degrees of freedom, `ends(z)` the values z errors below and above, which need not lie
    evenly. `influence` is how far each row of time moves the value, float64[rows] adding up to 0, None where that is
    not known. `samples` is how many things were counted.
    """

    value: float
    error: float
    freedom: float
    ends: Callable[[float], tuple[float, float]]
    influence: Floats | None
    samples: int

    @classmethod
    def unknown(cls, value: float, samples: int) -> "Reading":
        """Make the reading of a run that is too short to tell how sure it is."""
        return cls(value, math.inf, 0.0, lambda _: (-math.inf, math.inf), None, samples)

    @classmethod
    def of_ratio(
        cls, parts: Floats, wholes: Floats, samples: int, *, is_log: bool, least_error: float = 0.0
    ) -> "Reading":
        """Read Σ parts / Σ wholes, or its logarithm, from both by row (linear approximation; Cochran, 6.4).

        The error is never less than `least_error`, that of independent samples. The wholes must not add up to 0, and
        for the logarithm neither may the parts.
        """
        whole = float(wholes.sum())
        ratio = float(parts.sum()) / whole
        influence = (parts - ratio * wholes) / (whole * ratio if is_log else whole)
        value = math.log(ratio) if is_log else ratio
        error = math.sqrt(max(block_variance(influence), least_error**2))
        if not math.isfinite(error):
            return cls.unknown(value, samples)
        return cls.even(value, error, block_freedom(len(parts)), influence, samples)

    @classmethod
    def even(cls, value: float, error: float, freedom: float, influence: Floats | None, samples: int) -> "Reading":
        """Make a reading whose errors lie evenly on both sides."""
        return cls(value, error, freedom, lambda z: (value - z * error, value + z * error), influence, samples)

    @classmethod
    def mean(cls, readings: Sequence["Reading"], *, aligned: bool) -> "Reading":
        """Read the mean of several runs' values.

        Aligned runs have the same row mean the same load at the same time, so that their errors go together: the
        mean's error is that of the mean influence, and otherwise that of independent readings.
        """
        count, samples = len(readings), sum(one.samples for one in readings)
        if count == 1:
            return readings[0]
        value = sum(one.value for one in readings) / count
        apart = math.hypot(*(one.error for one in readings)) / count
        if not math.isfinite(apart) or not math.isfinite(value):
            return cls.unknown(value, samples)
        influences = [one.influence for one in readings if one.influence is not None]
        together = np.mean(influences, axis=0) if aligned and len(influences) == count else None
        widened = 1.0 if together is None or not apart else max(1.0, math.sqrt(block_variance(together)) / apart)
        freedom = min(one.freedom for one in readings)

        def ends(z: float) -> tuple[float, float]:
            low, high = (widened * math.hypot(*(one.reach(side * z) for one in readings)) / count for side in (-1, 1))
            return value - low, value + high

        return cls(value, widened * apart, freedom, ends, together, samples)

    def reach(self, z: float) -> float:
        """Return how far |z| errors reach from the value: down for a negative z, up for a positive one.

        Beyond FARTHEST errors it goes on evenly: a z so large comes from few degrees of freedom, not from a tail.
        """
        size = abs(z)
        near = min(size, FARTHEST)
        end = self.ends(near)[0 if z < 0 else 1]
        known = math.isfinite(end) and math.isfinite(self.value)
        return abs(end - self.value) * max(1.0, size / FARTHEST) if known else math.inf
