"""A histogram of durations: the buckets that hold something, and how much."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from models.statistics.rank import rank
from reports.buckets import COUNT, HIGHEST_NS, MEDIAN_NS

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Histogram:
    """Counts by bucket: `buckets` int64[k], ascending, and `counts` int64[k], each above 0.

    See `reports.buckets` for the buckets' values in nanoseconds.
    """

    buckets: Integers
    counts: Integers

    @classmethod
    def of(cls, counts: Mapping[int, int]) -> "Histogram":
        """Make a histogram from a mapping of bucket to count."""
        buckets = np.fromiter(counts.keys(), np.int64, len(counts))
        numbers = np.fromiter(counts.values(), np.int64, len(counts))
        order = np.argsort(buckets)
        return cls(buckets[order], numbers[order])

    @classmethod
    def of_dense(cls, dense: Integers) -> "Histogram":
        """Make a histogram from the counts of all buckets, int64[COUNT]."""
        buckets = np.flatnonzero(dense != 0)  # seven times as quick as without the comparison
        return cls(buckets, dense[buckets])

    @classmethod
    def total(cls, parts: Iterable["Histogram"]) -> "Histogram":
        """Add up any number of histograms; of none, make the empty one."""
        dense = np.zeros(COUNT, np.int64)
        for part in parts:
            part.add_to(dense)
        return cls.of_dense(dense)

    def add_to(self, dense: Integers) -> None:
        """Add the counts to those of all buckets, int64[COUNT]."""
        dense[self.buckets] += self.counts

    def __add__(self, other: "Histogram") -> "Histogram":
        return Histogram.total((self, other))

    __hash__ = None  # type: ignore[assignment] # arrays have no hash

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        return np.array_equal(self.buckets, other.buckets) and np.array_equal(self.counts, other.counts)

    @property
    def count(self) -> int:
        """The number of samples."""
        return int(self.counts.sum())

    @property
    def max_ns(self) -> int:
        """The greatest value of the highest bucket in use, nanoseconds; ValueError when empty."""
        self._refuse_empty("greatest value")
        return int(HIGHEST_NS[self.buckets[-1]])

    @property
    def mean_ns(self) -> float:
        """The mean, nanoseconds, each sample counted at the middle of its bucket; ValueError when empty."""
        self._refuse_empty("mean")
        return float(np.dot(self.counts, MEDIAN_NS[self.buckets].astype(np.float64))) / self.count

    def quantile(self, q: float, samples: int | None = None) -> float:
        """Return the q-quantile, nanoseconds: the greatest value of the bucket that holds rank ⌈q·n⌉.

        `samples` is n when there are more of them than this histogram holds; those missing rank above all
        that it holds, and the answer is infinite when the rank is one of theirs. Raises ValueError when n is
        0.
        """
        wanted = rank(q, self.count if samples is None else samples)
        position = int(np.searchsorted(np.cumsum(self.counts), wanted))
        return math.inf if position == len(self.counts) else int(HIGHEST_NS[self.buckets[position]])

    def _refuse_empty(self, what: str) -> None:
        if not len(self.counts):
            raise ValueError(f"an empty histogram has no {what}")


class Packed(Histogram):
    """A histogram that takes little memory: buckets as 16 bits, counts as 32 where they fit, both widened when read."""

    def __init__(self, buckets: npt.NDArray[np.uint16], counts: npt.NDArray[np.uint32] | Integers) -> None:
        vars(self).update(packed=(buckets, counts), samples=int(counts.sum(dtype=np.int64)))

    @classmethod
    def of(cls, buckets: Integers, counts: Integers) -> "Packed":  # type: ignore[override] # columns, not a mapping
        """Pack buckets, ascending, and their counts."""
        is_small = not counts.size or int(counts.max()) < 2**32
        return cls(buckets.astype(np.uint16), counts.astype(np.uint32) if is_small else counts)

    def add_to(self, dense: Integers) -> None:
        """Add the counts to those of all buckets, int64[COUNT]."""
        buckets, counts = vars(self)["packed"]
        dense[buckets] += counts

    @property
    def buckets(self) -> Integers:
        """The buckets, int64[k]."""
        return vars(self)["packed"][0].astype(np.int64)  # type: ignore[no-any-return]

    @property
    def counts(self) -> Integers:
        """The counts, int64[k]."""
        return vars(self)["packed"][1].astype(np.int64)  # type: ignore[no-any-return]

    @property
    def count(self) -> int:
        """The number of samples."""
        return int(vars(self)["samples"])
