"""A run's window as arrays: one row per stretch of time, for estimates and for figures."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.buckets import HIGHEST_NS, MEDIAN_NS
from reports.counters import Counters
from reports.header import Window
from reports.run import Run
from reports.summary import OK

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
    def of(cls, run: Run, window: Window, most: int = MOST_ROWS) -> "Rows":
        """Lay rows over the run's histogram intervals that lie wholly inside a window."""
        interval_s, whole = run.header.interval_s, run.whole(window)
        intervals = round(whole.length_s / interval_s)
        group = max(1, math.ceil(intervals / most))
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


@dataclass(frozen=True)
class LatencySeries:
    """Durations of one step, or of all, by row of intended starts.

    `counts` int64[rows, values + 1] are ok steps by bucket, the last column those that were not ok (or whose
    end was never recorded); `values_s` float64[values + 1] the greatest value of each bucket, ascending, the
    last infinite; `middles_s` float64[values] the buckets' middles.
    """

    rows: Rows
    values_s: Floats
    middles_s: Floats
    counts: Ints

    @classmethod
    def of(cls, run: Run, kind: str, step: str | None, rows: Rows) -> "LatencySeries":
        """Read `response` or `service` of a step (None for all) from a run."""
        placed = [(rows.row(line.start_s), line) for line in run.lines(kind, step)]
        ok = [(row, line.histogram) for row, line in placed if row is not None and line.outcome == OK]
        buckets = np.unique(np.concatenate([part.buckets for _, part in ok] or [np.array([], np.int64)]))
        counts = np.zeros((rows.count, len(buckets) + 1), np.int64)
        for row, part in ok:
            counts[row, np.searchsorted(buckets, part.buckets)] += part.counts
        counts[:, -1] = _offered(run, step, rows) - counts[:, :-1].sum(axis=1)
        values_s = np.append(HIGHEST_NS[buckets] / 1e9, math.inf)
        return cls(rows, values_s, MEDIAN_NS[buckets] / 1e9, counts)

    @property
    def offered(self) -> Ints:
        """Steps offered, by row."""
        return np.asarray(self.counts.sum(axis=1), np.int64)

    @property
    def ok(self) -> Ints:
        """Steps that were ok, by row."""
        return np.asarray(self.counts[:, :-1].sum(axis=1), np.int64)

    @property
    def ok_sums_s(self) -> Floats:
        """Durations of the steps that were ok added up, by row, seconds."""
        return self.counts[:, :-1] @ self.middles_s


def played(run: Run) -> Window:
    """Return the scenario time that a run plays: from its first recorded interval to its planned end."""
    begins_s = run.counters[0].start_s if run.counters else 0.0
    return Window(from_s=min(begins_s, run.window.from_s), to_s=max(run.header.duration_s, begins_s))


def counters_in(run: Run, window: Window) -> tuple[Counters, ...]:
    """Return the counters of the intervals that lie wholly inside a window."""
    return tuple(line for line in run.counters if window.holds(line.start_s, line.length_s))


def row_sums(rows: Rows, parts: Iterable[tuple[float, float]]) -> Floats:
    """Add up (instant, amount) pairs by row."""
    sums = np.zeros(rows.count)
    for start_s, amount in parts:
        row = rows.row(start_s)
        if row is not None:
            sums[row] += amount
    return sums


def _offered(run: Run, step: str | None, rows: Rows) -> Ints:
    """Count the steps offered by row: those recorded, and those counted whose end was never recorded."""
    recorded = row_sums(rows, ((line.start_s, line.histogram.count) for line in run.lines("response", step)))
    counted = row_sums(
        rows,
        ((line.start_s, line.offered if step is None else line.offered_by_step.get(step, 0)) for line in run.counters),
    )
    return np.maximum(recorded, counted).astype(np.int64)
