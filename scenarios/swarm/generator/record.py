"""The record of a generator: what happens is noted as bare numbers and counted many at once, some times a second."""

from array import array
from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import SECOND_NS
from models.tally import fill_buckets
from reports.buckets import COUNT, HALF_BITS, HIGHEST_NS, HIGHEST_TRACKABLE_NS
from scenarios.swarm.generator.outcomes import OUTCOMES, SKIPPED

Integers = NDArray[np.int64]

KINDS = ("response", "service", "connect", "tls", "first_byte", "total")
"""Of a step its response and service; of each exchange in it how long connecting, the TLS handshake, the first byte
and all of it took, the latter two from the exchange's beginning."""

RESPONSE, SERVICE, CONNECT, TLS, FIRST_BYTE, TOTAL = range(len(KINDS))
_NOTHING: Integers = np.zeros(0, np.int64)


class Counts:
    """Counts by code, added up: sparse, so that memory is that of what differs."""

    def __init__(self) -> None:
        self._codes: list[Integers] = []
        self._counts: list[Integers] = []

    def add(self, codes: Integers) -> None:
        """Count codes, each once."""
        if codes.size:
            found, counts = np.unique(codes, return_counts=True)
            self._codes.append(found)
            self._counts.append(counts)

    def take(self) -> tuple[Integers, Integers]:
        """Return the codes there were, ascending, and how often each; forget them."""
        if not self._codes:
            return _NOTHING, _NOTHING
        codes, places = np.unique(np.concatenate(self._codes), return_inverse=True)
        counts = np.zeros(codes.size, np.int64)
        np.add.at(counts, places, np.concatenate(self._counts))
        self._codes, self._counts = [], []
        return codes, counts


class Record:
    """Notes of steps and exchanges, counted by second, step, outcome and bucket.

    All times are nanoseconds since scenario start. What is noted between two `fold`s takes 24 to 48 bytes each; what
    has been folded, the buckets that differ. A tag is step·outcomes + outcome.
    """

    def __init__(self, steps: tuple[str, ...]) -> None:
        self.steps = steps
        self._begun = array("q")
        self._ended = array("q")
        self._exchanged = array("q")
        self._counts = {kind: Counts() for kind in range(len(KINDS))}
        self._offered, self._lags, self._outcomes, self._clipped = Counts(), Counts(), Counts(), Counts()
        self._events = {name: Counter[int]() for name in ("planned", "started", "reloads", "come_backs")}
        self.begun = self._begun.extend
        """Note a step whose intended start has come and that is being sent: `(step, intended, sent)`."""
        self.ended = self._ended.extend
        """Note a step that has ended: `(tag, intended, sent, end)`."""
        self.exchanged = self._exchanged.extend
        """Note an exchange of a step that has ended: `(tag, intended, connect, tls, first byte, total)`, durations."""

    def skipped(self, step: int, intended_ns: int, now_ns: int) -> None:
        """Note a step that is not sent at all: it was offered, and has a response up to now."""
        self._offered.add(np.array([intended_ns // SECOND_NS * len(self.steps) + step], np.int64))
        self._ended.extend((step * len(OUTCOMES) + SKIPPED, intended_ns, intended_ns, now_ns))

    def count(self, what: str, instant_ns: int) -> None:
        """Count a session that was `planned` or `started`, a `reloads` or a `come_backs` that began, at an instant."""
        self._events[what][instant_ns // SECOND_NS] += 1

    def fold(self) -> None:
        """Count what has been noted."""
        self._fold_begun()
        self._fold_ended()
        self._fold_exchanged()

    def _fold_begun(self) -> None:
        steps, intended, sent = _columns(self._begun, 3)
        if steps.size:
            self._offered.add(intended // SECOND_NS * len(self.steps) + steps)
            self._lags.add(sent // SECOND_NS * COUNT + _buckets(intended, sent))

    def _fold_ended(self) -> None:
        tags, intended, sent, end = _columns(self._ended, 4)
        if not tags.size:
            return
        rows = self._rows(tags, intended)
        self._counts[RESPONSE].add(rows + _buckets(intended, end))
        was_sent = tags % len(OUTCOMES) != SKIPPED
        self._counts[SERVICE].add((rows + _buckets(sent, end))[was_sent])
        self._outcomes.add(end // SECOND_NS * self._tags + tags)
        took = end - intended
        self._clipped.add((end // SECOND_NS)[(took < 0) | (took > HIGHEST_TRACKABLE_NS)])

    def _fold_exchanged(self) -> None:
        tags, intended, connect, tls, first, total = _columns(self._exchanged, 6)
        if not tags.size:
            return
        rows, zero = self._rows(tags, intended), np.zeros_like(tags)
        for kind, took in ((CONNECT, connect), (TLS, tls), (FIRST_BYTE, first), (TOTAL, total)):
            known = slice(None) if kind == TOTAL else took > 0
            self._counts[kind].add((rows + _buckets(zero, took))[known])

    @property
    def _tags(self) -> int:
        return len(self.steps) * len(OUTCOMES)

    def _rows(self, tags: Integers, intended: Integers) -> Integers:
        """Return the code of each tag's first bucket in the second of its intended start."""
        rows: Integers = (intended // SECOND_NS * self._tags + tags) * COUNT
        return rows

    def drain(self) -> tuple[list[list[Any]], list[dict[str, Any]]]:
        """Return and forget all that was noted, as a message holds it: lines and counters, see `seconds.py`."""
        self.fold()
        return [line for kind in range(len(KINDS)) for line in self.lines(kind)], self.counters()

    def lines(self, kind: int) -> list[list[Any]]:
        """Return and forget the lines of one kind, of what has been folded."""
        lines = []
        for row, buckets, counts in _by_row(*self._counts[kind].take(), COUNT):
            second, tag = divmod(row, self._tags)
            step, outcome = divmod(tag, len(OUTCOMES))
            lines.append([self.steps[step], OUTCOMES[outcome], KINDS[kind], second, _bytes(buckets), _bytes(counts)])
        return lines

    def counters(self) -> list[dict[str, Any]]:
        """Return and forget the counters, of what has been folded."""
        by_second: dict[int, dict[str, Any]] = {}
        for second, steps, counts in _by_row(*self._offered.take(), len(self.steps)):
            named = (self.steps[step] for step in steps.tolist())
            _of(by_second, second)["offered"] = dict(zip(named, counts.tolist(), strict=True))
        for second, tags, counts in _by_row(*self._outcomes.take(), self._tags):
            outcomes = _of(by_second, second)["outcomes"] = {}
            for tag, count in zip(tags.tolist(), counts.tolist(), strict=True):
                step, outcome = divmod(tag, len(OUTCOMES))
                outcomes.setdefault(self.steps[step], {})[OUTCOMES[outcome]] = count
        for second, buckets, counts in _by_row(*self._lags.take(), COUNT):
            _of(by_second, second)["lag"] = [_bytes(buckets), _bytes(counts)]
        for second, _, counts in _by_row(*self._clipped.take(), 1):
            _of(by_second, second)["clipped"] = int(counts.sum())
        for name, found in self._events.items():
            for second, count in found.items():
                _of(by_second, second)[name] = count
            found.clear()
        return [by_second[second] for second in sorted(by_second)]


def lag_quantile_ns(counters: list[dict[str, Any]], second: int, q: float) -> int:
    """Return a quantile of the send lags of a second in drained counters, 0 where nothing was sent."""
    for each in counters:
        if each["t"] == second and "lag" in each:
            buckets, counts = (np.frombuffer(part, "<i4") for part in each["lag"])
            place = np.searchsorted(np.cumsum(counts), np.ceil(q * counts.sum()))
            return int(HIGHEST_NS[buckets[place]])
    return 0


def _columns(noted: "array[int]", width: int) -> Integers:
    """Return and forget what was noted, int64[width, n]."""
    columns = np.array(noted, np.int64).reshape(-1, width).T.copy()
    del noted[:]
    return columns


def _buckets(begins: Integers, ends: Integers) -> Integers:
    buckets = np.empty(begins.size, np.int64)
    fill_buckets(begins, ends, HALF_BITS, HIGHEST_TRACKABLE_NS, buckets)
    return buckets


def _by_row(codes: Integers, counts: Integers, width: int) -> list[tuple[int, Integers, Integers]]:
    """Return codes of row·width + place by row: the row, its places and their counts."""
    if not codes.size:
        return []
    rows, places = np.divmod(codes, width)
    starts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 1))
    parts = zip(np.split(places, starts[1:]), np.split(counts, starts[1:]), strict=True)
    return [(row, *part) for row, part in zip(rows[starts].tolist(), parts, strict=True)]


def _bytes(numbers: Integers) -> bytes:
    return numbers.astype("<i4").tobytes()


def _of(by_second: dict[int, dict[str, Any]], second: int) -> dict[str, Any]:
    return by_second.setdefault(second, {"t": second})
