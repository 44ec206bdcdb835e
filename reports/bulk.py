"""Many steps at once, as compiled engines tell them, counted by tag while intervals are open.

Where many share a tag they are counted into dense histograms of 260 KB each, elsewhere into sparse ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.engines.batch import Records
from models.network import Outcome
from models.tally import fill_codes, fill_intervals, fill_tags, tally
from reports.buckets import COUNT, HALF_BITS, HIGHEST_TRACKABLE_NS
from reports.histogram import Histogram

Integers = NDArray[np.int64]
Key = tuple[str, str, int]
"""Step, outcome and the index of an interval."""

_WORDS = tuple(outcome.name.lower() for outcome in Outcome)


DENSE = 1024
"""Records of a tag, on average, above which a dense row is worth its memory."""


class Durations:
    """Histograms of the durations of open intervals: a row of COUNT buckets for tags in much use, or sparse ones."""

    def __init__(self) -> None:
        self._sparse = defaultdict[Key, list[Histogram]](list)
        self._rows: dict[Key, int] = {}
        self._free: list[int] = []
        self._counts: NDArray[np.int64] = np.zeros((0, COUNT), np.int64)

    def add(self, names: Sequence[str], records: Records, interval_ns: int) -> None:
        """Count the response times of records by step, outcome and interval of the intended start."""
        tags, first = _tags(names, records, _intervals(records.intended_ns, interval_ns))
        spent_ns, present = records.end_ns - records.intended_ns, _present(tags)
        keys = {}
        for tag in present:
            interval, step, outcome = _split(tag, len(names))
            keys[tag] = names[step], _WORDS[outcome], first + interval
        if tags.size < DENSE * len(present):
            self._add_sparse(spent_ns, tags, keys)
            return
        rows = np.zeros(tags.max() + 1, np.int64)
        for tag in present:
            rows[tag] = self._row(keys[tag])
        tally(spent_ns, tags, rows, self._counts, HALF_BITS, HIGHEST_TRACKABLE_NS)

    def drain(self, ended: Callable[[int], bool]) -> Iterator[tuple[Key, Histogram]]:
        """Yield and forget the histograms of the intervals that have ended."""
        for key in [key for key in dict.fromkeys((*self._rows, *self._sparse)) if ended(key[2])]:
            parts = self._sparse.pop(key, [])
            row = self._rows.pop(key, None)
            if row is not None:
                parts.append(Histogram.of_dense(self._counts[row]))
                self._counts[row] = 0
                self._free.append(row)
            yield key, parts[0] if len(parts) == 1 else Histogram.total(parts)

    def _add_sparse(self, spent_ns: Integers, tags: Integers, keys: dict[int, Key]) -> None:
        codes = np.empty(tags.size, np.int64)
        fill_codes(spent_ns, tags, COUNT, HALF_BITS, HIGHEST_TRACKABLE_NS, codes)
        found, counts = np.unique(codes, return_counts=True)
        of_tags = found // COUNT
        starts = np.flatnonzero(np.diff(of_tags, prepend=-1))
        for begin, end in pairwise([*starts.tolist(), found.size]):
            tag = int(of_tags[begin])
            self._sparse[keys[tag]].append(Histogram(found[begin:end] - tag * COUNT, counts[begin:end]))

    def _row(self, key: Key) -> int:
        if key not in self._rows:
            if not self._free:
                self._free = list(range(len(self._counts), len(self._counts) + 64))
                self._counts = np.concatenate([self._counts, np.zeros((64, COUNT), np.int64)])
            self._rows[key] = self._free.pop()
        return self._rows[key]


def counted(
    names: Sequence[str], records: Records, instants_ns: Integers, length_ns: int
) -> Iterator[tuple[int, str, str, int]]:
    """Yield how many records have an instant in each interval: (its index, step, outcome, count), counts above 0."""
    tags, first = _tags(names, records, _intervals(instants_ns, length_ns))
    counts = np.bincount(tags)
    for tag in np.flatnonzero(counts).tolist():
        interval, step, outcome = _split(tag, len(names))
        yield first + interval, names[step], _WORDS[outcome], int(counts[tag])


def spread(instants_ns: Integers, length_ns: int) -> Iterator[tuple[int, int]]:
    """Yield how many instants lie in each interval: (its index, count), counts above 0."""
    if not instants_ns.size:
        return
    intervals = _intervals(instants_ns, length_ns)
    first = int(intervals.min())
    counts = np.bincount(intervals - first)
    for index in np.flatnonzero(counts).tolist():
        yield first + index, int(counts[index])


def _intervals(instants_ns: Integers, length_ns: int) -> Integers:
    """Return the index of each instant's interval."""
    intervals = np.empty(instants_ns.size, np.int64)
    fill_intervals(np.ascontiguousarray(instants_ns), length_ns, intervals)
    return intervals


def _tags(names: Sequence[str], records: Records, intervals: Integers) -> tuple[Integers, int]:
    """Return each record's tag, from 0, packed of interval, step and outcome; and the first interval."""
    first = int(intervals.min())
    tags = np.empty(intervals.size, np.int64)
    fill_tags(intervals, first, records.step, len(names), records.outcome, len(_WORDS), tags)
    return tags, first


def _split(tag: int, steps: int) -> tuple[int, int, int]:
    rest, outcome = divmod(tag, len(_WORDS))
    interval, step = divmod(rest, steps)
    return interval, step, outcome


def _present(tags: Integers) -> list[int]:
    present: list[int] = np.flatnonzero(np.bincount(tags)).tolist()
    return present
