"""Many steps at once, as compiled engines tell them, counted by tag while intervals are open.

Where many share a tag they are counted into dense histograms of 260 KB each, elsewhere into sparse ones.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.engines.batch import Records
from models.network import Outcome
from models.tally import COLUMNS, count_steps, fill_buckets, tally
from reports.buckets import COUNT, HALF_BITS, HIGHEST_TRACKABLE_NS
from reports.histogram import Histogram

Integers = NDArray[np.int64]
Key = tuple[str, str, int]
"""Step, outcome and the index of an interval."""

_WORDS = tuple(outcome.name.lower() for outcome in Outcome)


DENSE = 1024
"""Records of a tag, on average, above which a dense row is worth its memory."""


class Counted(NamedTuple):
    """What records add to the counters of one interval and step."""

    interval: int
    step: str
    offered: int
    started: int
    clipped: int
    outcomes: dict[str, int]


class Tagged(NamedTuple):
    """Each record's tag, int64[records], and the intervals, steps and outcomes that tags stand for."""

    tags: Integers
    keys: dict[int, Key]


def counted(names: Sequence[str], records: Records, length_ns: int) -> tuple[tuple[Counted, ...], Tagged]:
    """Return what records add to the counters of each interval and step, where that is anything, and their tags."""
    first, last = int(records.intended_ns.min()) // length_ns, int(records.end_ns.max()) // length_ns
    counts = np.zeros((last - first + 1, len(names), COLUMNS), np.int64)
    tags, found = np.empty(records.step.size, np.int64), np.zeros(counts.size // COLUMNS * len(_WORDS), np.int64)
    of_records = records.step, len(names), records.outcome, len(_WORDS), records.ordinal
    spans = records.intended_ns, records.end_ns, HIGHEST_TRACKABLE_NS
    count_steps(*of_records, *spans, length_ns, first, counts.reshape(-1), tags, found)
    keys = {}
    for tag in np.flatnonzero(found).tolist():
        row, outcome = divmod(tag, len(_WORDS))
        interval, step = divmod(row, len(names))
        keys[tag] = names[step], _WORDS[outcome], first + interval
    rows = []
    for interval, step in np.argwhere(counts.any(axis=2)).tolist():
        offered, started, clipped, *ended = counts[interval, step].tolist()
        outcomes = {word: count for word, count in zip(_WORDS, ended, strict=False) if count}
        rows.append(Counted(first + interval, names[step], offered, started, clipped, outcomes))
    return tuple(rows), Tagged(tags, keys)


class Durations:
    """Histograms of the durations of open intervals: a row of COUNT buckets for tags in much use, or sparse ones."""

    def __init__(self) -> None:
        self._sparse = defaultdict[Key, list[Histogram]](list)
        self._rows: dict[Key, int] = {}
        self._free: list[int] = []
        self._counts: NDArray[np.int64] = np.zeros((0, COUNT), np.int64)

    def add(self, records: Records, tagged: Tagged, times: int) -> None:
        """Count the response times of records by their tags, whose intervals are a part in `times` of those here."""
        tags, buckets = tagged.tags, np.empty(tagged.tags.size, np.int64)
        fill_buckets(records.intended_ns, records.end_ns, HALF_BITS, HIGHEST_TRACKABLE_NS, buckets)
        keys = {tag: (step, outcome, part // times) for tag, (step, outcome, part) in tagged.keys.items()}
        if tags.size < DENSE * len(keys):
            self._add_sparse(tags * COUNT + buckets, keys)
            return
        rows = np.zeros(1 + max(keys), np.int64)
        for tag, key in keys.items():
            rows[tag] = self._row(key)
        tally(buckets, tags, rows, self._counts.reshape(-1), COUNT)

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

    def _add_sparse(self, codes: Integers, keys: dict[int, Key]) -> None:
        """Count codes, each its tag·COUNT + bucket."""
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
