"""What was seen of a duration over the course of a run: by stretches of time (rows), in ascending order."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.statistics.blocks import block_freedom, block_variance
from models.statistics.interval import Floats
from models.statistics.reading import Reading

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Course:
    """Durations: `values` float64[k] ascending, the row of each, int[k], and how many there were of each, int64[k].

    `rows_in_all` is the number of rows, empty ones included. A value may be infinite: as long as one likes.
    """

    values: Floats
    rows: NDArray[np.integer]
    counts: Ints
    rows_in_all: int

    @classmethod
    def of(cls, values: Floats, rows: NDArray[np.integer], counts: Ints, rows_in_all: int) -> "Course":
        """Make a course of durations in any order."""
        order = np.argsort(values, kind="stable")
        return cls(values[order], rows[order], counts[order], rows_in_all)

    @cached_property
    def ends(self) -> Ints:
        """How many durations there are up to each value."""
        return np.cumsum(self.counts)

    @property
    def samples(self) -> int:
        """How many durations there are."""
        return int(self.ends[-1]) if len(self.ends) else 0

    @cached_property
    def by_row(self) -> Floats:
        """How many durations each row holds, float64[rows]."""
        return np.bincount(self.rows, self.counts, self.rows_in_all).astype(np.float64)

    def at(self, share: float) -> float:
        """Return the value below or at which this share lies, of rank ⌈share·n⌉; infinite beyond either end."""
        rank = math.ceil(round(share * self.samples, 6))
        if rank < 1:
            return -math.inf
        return float(self.values[np.searchsorted(self.ends, rank)]) if rank <= self.samples else math.inf

    def quantile(self, quantile: float) -> Reading:
        """Read the logarithm of a quantile; there must be a sample.

        The quantile of a share is exchanged for the share below the quantile, whose standard error s blocks of time
        give (never less than √(q(1 − q)/n), that of independent samples): z errors to either side are the quantiles
        of q ± z·s (Woodruff 1952, "Confidence intervals for medians and other position measures").
        """
        samples, value = self.samples, self.at(quantile)
        reached = int(np.searchsorted(self.values, value, side="right"))
        below = np.bincount(self.rows[:reached], self.counts[:reached], self.rows_in_all)
        off = below - float(self.ends[reached - 1]) / samples * self.by_row
        error = math.sqrt(max(block_variance(off / samples), quantile * (1 - quantile) / samples))
        if not math.isfinite(error):
            return Reading.unknown(_log(value), samples)
        low, high = (_log(self.at(quantile + side * error)) for side in (-1, 1))
        slope = (high - low) / (2 * error)
        return Reading(
            _log(value),
            slope * error,
            block_freedom(self.rows_in_all),
            lambda z: (_log(self.at(quantile - z * error)), _log(self.at(quantile + z * error))),
            -off / samples * slope if math.isfinite(slope) else None,
            samples,
        )


def _log(value: float) -> float:
    """Return the logarithm of a duration; that of what lies below all of them is −∞."""
    return math.inf if value == math.inf else math.log(value) if value > 0 else -math.inf
