"""The counters of a run as columns: what a day is judged and drawn from, without an object for each of its seconds.

Lines of one interval add up, as `reports.counters` has it. How steps ended is added up over the steps, and of send lags
those are kept that were late.
"""

from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.buckets import index_of
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import decode
from reports.lines import decoded
from reports.outcomes import BLOCKED, OK, SKIPPED
from reports.workers import LAG_P99_S

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

LATE_NS = LAG_P99_S * 1e9
"""Send lags below it are of no account to whoever judges a run."""

_CLOSE = 1e-9
_TIMES = ("t", "length_s")
_COUNTS = ("planned", "started", "come_backs", "reloads", "clipped", "sent")
_SECONDS = ("cpu", "target_cpu_s")
_ENDED = ("all_ended", "ok", "untold")
_KINDS = dict.fromkeys((*_TIMES, *_SECONDS), np.float64) | dict.fromkeys((*_COUNTS, *_ENDED), np.int64)


class _Lag(msgspec.Struct, gc=False):
    max: float
    histogram: str


class _Load(msgspec.Struct, gc=False):
    utilisation: float
    backlog: float
    servers: float | None = None


class _Line(msgspec.Struct, gc=False):
    t: float
    length_s: float
    planned: int
    started: int
    offered: dict[str, int]
    ended: dict[str, int]
    sent: int = 0
    lag_ns: _Lag | None = None
    clipped: int = 0
    cpu: float | None = None
    target_cpu_s: float | None = None
    stations: dict[str, _Load] = {}
    come_backs: int = 0
    reloads: int = 0


@dataclass(frozen=True, eq=False)
class Loads:
    """A station's load by interval, float64[n] each: NaN where it was not observed, or nobody knows the servers."""

    utilisation: Floats
    backlog: Floats
    servers: Floats


@dataclass(frozen=True, eq=False)
class Intervals:
    """A place for each interval, by time: `start_s` and `length_s`, float64[n], and counts, int64[n].

    `ended` are the steps that ended there, `ok` those of them that were ok, `untold` those that were skipped or
    blocked; `sent` those whose send lag is told. `cpu` and `target_cpu_s`, float64[n], are NaN where nobody looked.
    `offered_by_step` int64[n] are steps by intended start. `late` are the send lags of lines with one above LATE_NS,
    each beside its place.
    """

    start_s: Floats
    length_s: Floats
    planned: Ints
    started: Ints
    come_backs: Ints
    reloads: Ints
    clipped: Ints
    sent: Ints
    ended: Ints
    ok: Ints
    untold: Ints
    offered: Ints
    cpu: Floats
    target_cpu_s: Floats
    offered_by_step: Mapping[str, Ints]
    stations: Mapping[str, Loads]
    late: Sequence[tuple[int, Histogram]]

    @classmethod
    def read(cls, path: Path, slowly: Callable[[], Iterable[Counters]]) -> Self:
        """Read `counters.jsonl`; all of it `slowly`, which tells what is wrong, where a line is not as we write it."""
        columns = _Columns()
        try:
            for lines in decoded(path, _Line):
                columns.add(lines, [_late(line.lag_ns) for line in lines])
        except ValueError:
            return cls.of(slowly())
        return cls(**columns.joined())

    @classmethod
    def of(cls, counters: Iterable[Counters]) -> Self:
        """Make columns of counters."""
        columns = _Columns()
        counters = tuple(counters)
        columns.add([_line(each) for each in counters], [each.lag if each.sent else None for each in counters])
        return cls(**columns.joined())

    def __len__(self) -> int:
        return len(self.start_s)

    @property
    def end_s(self) -> Floats:
        """Where each ends, seconds."""
        return self.start_s + self.length_s

    def held(self, window: Window) -> Bools:
        """Tell of each whether it lies wholly inside a window, bool[n]."""
        return (self.start_s >= window.from_s - _CLOSE) & (self.end_s <= window.to_s + _CLOSE)

    def send_lags(self, window: Window) -> Histogram:
        """Return the send lags of a window, exact above LATE_NS: lines of which none was later count as on time."""
        held = self.held(window)
        found = Histogram.total(lag for place, lag in self.late if held[place])
        others = int(self.sent[held].sum()) - found.count
        return found + Histogram.of({index_of(0): others} if others else {})


class _Columns:
    """Lines as they come, column by column."""

    def __init__(self) -> None:
        self._size = 0
        self._plain: dict[str, list[NDArray[Any]]] = {name: [] for name in (*_TIMES, *_COUNTS, *_SECONDS, *_ENDED)}
        self._offered: dict[tuple[str, ...], tuple[array[int], array[int]]] = {}
        self._stations: dict[str, list[tuple[int, float, float, float]]] = defaultdict(list)
        self._lags: list[tuple[int, Histogram]] = []

    def add(self, lines: Sequence[_Line], lags: Sequence[Histogram | None]) -> None:
        """Add lines, and of each the send lags, where any of them was late."""
        for name in (*_TIMES, *_COUNTS, *_SECONDS):
            kind = np.int64 if name in _COUNTS else np.float64
            self._plain[name].append(np.array(list(map(attrgetter(name), lines)), kind))  # None is NaN
        ended = [line.ended for line in lines]
        how = {
            "all_ended": [sum(by.values()) for by in ended],
            "ok": [by.get(OK, 0) for by in ended],
            "untold": [by.get(SKIPPED, 0) + by.get(BLOCKED, 0) for by in ended],
        }
        for name, numbers in how.items():
            self._plain[name].append(np.array(numbers, np.int64))
        for row, (line, lag) in enumerate(zip(lines, lags, strict=True), self._size):
            self._add_offered(row, line.offered)
            for name, load in line.stations.items():
                servers = np.nan if load.servers is None else load.servers
                self._stations[name].append((row, load.utilisation, load.backlog, servers))
            if lag is not None and lag.max_ns > LATE_NS:
                self._lags.append((row, lag))
        self._size += len(lines)

    def _add_offered(self, row: int, offered: Mapping[str, int]) -> None:
        steps = tuple(offered)
        if steps not in self._offered:
            self._offered[steps] = array("q"), array("q")
        rows, counts = self._offered[steps]
        rows.append(row)
        counts.extend(offered.values())

    def joined(self) -> dict[str, Any]:
        """Return the columns, lines of one interval added up, by time."""
        plain = {name: np.concatenate([np.zeros(0, _KINDS[name]), *parts]) for name, parts in self._plain.items()}
        start_s, length_s = plain.pop("t"), plain.pop("length_s")
        order = np.lexsort((length_s, start_s))
        start_s, length_s = start_s[order], length_s[order]
        is_first = np.ones(len(order), np.bool_)
        is_first[1:] = (np.diff(start_s) != 0) | (np.diff(length_s) != 0)
        places = np.empty(len(order), np.int64)
        places[order] = np.cumsum(is_first) - 1
        size = int(is_first.sum())
        by_step = self._joined_offered(places, size)
        found: dict[str, Any] = {"start_s": start_s[is_first], "length_s": length_s[is_first]}
        found |= {name: _known_sums(places, plain.pop(name), size) for name in _SECONDS}
        found |= {name.removeprefix("all_"): _sums(places, column, size) for name, column in plain.items()}
        found["offered"] = np.sum(list(by_step.values()), axis=0) if by_step else np.zeros(size, np.int64)
        found["offered_by_step"] = by_step
        found["stations"] = {name: _loads(places, rows, size) for name, rows in self._stations.items()}
        found["late"] = [(int(places[row]), lag) for row, lag in self._lags]
        return found

    def _joined_offered(self, places: Ints, size: int) -> dict[str, Ints]:
        found: dict[str, Ints] = {}
        for steps, (rows, counts) in self._offered.items():
            at = places[np.array(rows, np.int64)]
            for step, column in zip(steps, np.array(counts, np.int64).reshape(len(rows), -1).T, strict=True):
                np.add.at(found.setdefault(step, np.zeros(size, np.int64)), at, column)
        return found


def _late(lag: _Lag | None) -> Histogram | None:
    return decode(lag.histogram) if lag is not None and lag.max > LATE_NS else None


def _line(each: Counters) -> _Line:
    return _Line(
        t=each.start_s,
        length_s=each.length_s,
        planned=each.planned,
        started=each.started,
        offered=dict(each.offered_by_step),
        ended=each.ended_how(),
        sent=each.sent,
        clipped=each.clipped,
        cpu=each.cpu,
        target_cpu_s=each.target_cpu_s,
        stations={name: _Load(load.utilisation, load.backlog, load.servers) for name, load in each.stations.items()},
        come_backs=each.come_backs,
        reloads=each.reloads,
    )


def _sums(places: Ints, values: Ints, size: int) -> Ints:
    sums = np.zeros(size, np.int64)
    np.add.at(sums, places, values)
    return sums


def _known_sums(places: Ints, values: Floats, size: int) -> Floats:
    """Add up what is known of each place; NaN where nothing is."""
    known = ~np.isnan(values)
    sums = np.bincount(places[known], values[known], size)
    return np.where(np.bincount(places[known], minlength=size) > 0, sums, np.nan)


def _loads(places: Ints, rows: Sequence[tuple[int, float, float, float]], size: int) -> Loads:
    """Return a station's columns; of several lines of an interval the last one tells."""
    at, *columns = np.array(rows, np.float64).T
    found = []
    for values in columns:
        column = np.full(size, np.nan)
        column[places[at.astype(np.int64)]] = values
        found.append(column)
    return Loads(*found)
