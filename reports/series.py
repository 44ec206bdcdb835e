"""A run's window as arrays: one row per stretch of time, for estimates and for figures."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from reports.buckets import COUNT, HIGHEST_NS, MEDIAN_NS
from reports.header import Window
from reports.histogram import Histogram
from reports.outcomes import LEFT_OUT, OK
from reports.ranked import never_recorded
from reports.run import Run

MOST_ROWS = 240
"""Longer runs have neighbouring intervals added up until at most so many rows are left."""

_CLOSE = 1e-9

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Equal stretches of time, each of whole intervals of the run: `count` rows from `from_s` on."""

    from_s: float
    length_s: float
    count: int
    to_s: float

    @classmethod
    def of(cls, run: Run, window: Window, most: int | None = MOST_ROWS) -> "Rows":
        """Lay at most so many rows, or one each (None), over the run's histogram intervals inside a window."""
        interval_s, whole = run.header.interval_s, run.whole(window)
        intervals = round(whole.length_s / interval_s)
        group = 1 if most is None else max(1, math.ceil(intervals / most))
        return cls(whole.from_s, group * interval_s, math.ceil(intervals / group), whole.to_s)

    def row(self, start_s: float) -> int | None:
        """Return the row that an instant falls into; None outside of all."""
        if not self.from_s - _CLOSE <= start_s < self.to_s - _CLOSE:
            return None
        return math.floor((start_s - self.from_s) / self.length_s + _CLOSE)

    @property
    def starts_s(self) -> Floats:
        """Where each row begins, seconds."""
        return self.from_s + self.length_s * np.arange(self.count, dtype=np.float64)

    @property
    def lengths_s(self) -> Floats:
        """How long each row is, seconds; the last may be shorter."""
        lengths_s: Floats = np.minimum(self.length_s, self.to_s - self.starts_s)
        return lengths_s

    @property
    def duration_s(self) -> float:
        """The time that all rows cover, seconds."""
        return self.to_s - self.from_s


class Stretches(Protocol):
    """Rows of any lengths, in order; an instant may lie in none of them."""

    @property
    def count(self) -> int:
        """How many there are."""

    @property
    def from_s(self) -> float:
        """Where the first begins."""

    @property
    def to_s(self) -> float:
        """Where the last ends."""

    @property
    def lengths_s(self) -> Floats:
        """How long each is."""

    def row(self, start_s: float) -> int | None:
        """Return the row of an instant."""


@dataclass(frozen=True)
class LatencySeries:
    """Durations of one step, or of all, by row of intended starts; which steps count is told by `reports.ranked`.

    `ok_counts` int64[rows, values] are ok steps by bucket, `at_least_counts` int64[rows, values] those without an
    answer by the bucket of the time waited, `left_out` int64[rows] those answered wrongly. `values_s` float64[values]
    is the greatest value of each bucket, ascending, `middles_s` float64[values] its middle. `lengths_s` float64[rows]
    is how long each row is.
    """

    lengths_s: Floats
    values_s: Floats
    middles_s: Floats
    ok_counts: Ints
    at_least_counts: Ints
    left_out: Ints

    @classmethod
    def of(cls, run: Run, kind: str, step: str | None, rows: Stretches) -> "LatencySeries":
        """Read `response` or `service` of a step (None for all) from a run."""
        left_out = np.zeros(rows.count, np.int64)
        held = defaultdict[tuple[int, bool], list[Histogram]](list)
        for line in run.lines(kind, step):
            row = rows.row(line.start_s)
            if row is None:
                continue
            if line.outcome in LEFT_OUT:
                left_out[row] += line.histogram.count
            else:
                held[row, line.outcome == OK].append(line.histogram)
        for start_s, histogram in never_recorded(run, step, Window(from_s=rows.from_s, to_s=rows.to_s)):
            row = rows.row(start_s)
            if row is not None:
                held[row, False].append(histogram)
        sums = {place: parts[0] if len(parts) == 1 else Histogram.total(parts) for place, parts in held.items()}
        used = np.zeros(COUNT, np.bool_)
        for part in sums.values():
            used[part.buckets] = True
        buckets, columns = np.flatnonzero(used), np.cumsum(used) - 1
        ok, at_least = (np.zeros((rows.count, len(buckets)), np.int64) for _ in range(2))
        for (row, is_ok), part in sums.items():
            (ok if is_ok else at_least)[row, columns[part.buckets]] = part.counts
        return cls(rows.lengths_s, HIGHEST_NS[buckets] / 1e9, MEDIAN_NS[buckets] / 1e9, ok, at_least, left_out)

    @classmethod
    def joined(cls, parts: Sequence["LatencySeries"]) -> "LatencySeries":
        """Return the rows of several series one after the other."""
        if len(parts) == 1:
            return parts[0]
        values_s = np.unique(np.concatenate([part.values_s for part in parts]))
        middles_s = np.zeros(len(values_s))
        ok: list[Ints] = []
        at_least: list[Ints] = []
        for part in parts:
            columns = np.searchsorted(values_s, part.values_s)
            middles_s[columns] = part.middles_s
            for counts, spread in ((part.ok_counts, ok), (part.at_least_counts, at_least)):
                spread.append(np.zeros((len(counts), len(values_s)), np.int64))
                spread[-1][:, columns] = counts
        lengths_s, left_out = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("lengths_s", "left_out")
        )
        return cls(lengths_s, values_s, middles_s, np.concatenate(ok), np.concatenate(at_least), left_out)

    def rows(self, first: int, end: int) -> "LatencySeries":
        """Return some of the rows, with the values that they hold."""
        if (first, end) == (0, len(self.lengths_s)):
            return self
        ok, at_least = self.ok_counts[first:end], self.at_least_counts[first:end]
        used = ok.any(axis=0) | at_least.any(axis=0)
        found = ok[:, used], at_least[:, used], self.left_out[first:end]
        return LatencySeries(self.lengths_s[first:end], self.values_s[used], self.middles_s[used], *found)

    def grouped(self, size: int) -> "LatencySeries":
        """Add up so many neighbouring rows each; the last group may hold fewer."""
        starts = np.arange(0, len(self.lengths_s), size)
        sums = [
            np.add.reduceat(each, starts, axis=0)
            for each in (self.lengths_s, self.ok_counts, self.at_least_counts, self.left_out)
        ]
        lengths_s, ok, at_least, left_out = sums
        return LatencySeries(lengths_s, self.values_s, self.middles_s, ok, at_least, left_out)

    @property
    def counts(self) -> Ints:
        """Steps that count by row and bucket, those without an answer at the time waited."""
        return self.ok_counts + self.at_least_counts

    @property
    def ok(self) -> Ints:
        """Steps that were ok, by row."""
        return np.asarray(self.ok_counts.sum(axis=1), np.int64)

    @property
    def counted(self) -> Ints:
        """Steps that count, by row."""
        return np.asarray(self.ok + self.at_least_counts.sum(axis=1), np.int64)

    @property
    def offered(self) -> Ints:
        """Steps offered, by row."""
        return np.asarray(self.counted + self.left_out, np.int64)

    @property
    def ok_sums_s(self) -> Floats:
        """Durations of the steps that were ok added up, by row, seconds."""
        return self.ok_counts @ self.middles_s


def played(run: Run) -> Window:
    """Return the scenario time that a run plays: from its first recorded interval to its planned end."""
    begins_s = float(run.intervals.start_s[0]) if len(run.intervals) else 0.0
    return Window(from_s=min(begins_s, run.window.from_s), to_s=max(run.header.duration_s, begins_s))


def row_sums(rows: Rows, starts_s: Floats, amounts: Floats | Ints) -> Floats:
    """Add up amounts, [n], by the rows that their instants, float64[n], fall into."""
    inside = (starts_s >= rows.from_s - _CLOSE) & (starts_s < rows.to_s - _CLOSE)
    at = np.floor((starts_s[inside] - rows.from_s) / rows.length_s + _CLOSE).astype(np.int64)
    return np.bincount(at, amounts[inside], rows.count)[: rows.count].astype(np.float64)
