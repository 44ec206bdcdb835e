"""The `event` engine: the network lowered to a machine, and a compiled loop that interprets it, event by event.

It does to the nanosecond what the reference does (docs/network.md): the same records, the same histories. Memory
grows with the threads that are under way at once, a session that thinks included: 368 bytes each, in steps of twice
as many.
"""

from collections.abc import Iterator
from operator import add

import numpy as np
from numpy.typing import NDArray

from cutover.base.errors import InvalidRun
from models.changes import THOUSAND
from models.edges import Edges, edges_of
from models.engines.batch import Arrivals, Batch, Records
from models.engines.event import memory as at
from models.engines.event.books import PIECE_NS, close_interval
from models.engines.event.changes import (
    DECIDED,
    GROWTH_LEAF,
    LOOK,
    LOOK_LEAF,
    ORDERS,
    ORDERS_ROOM,
    foresee_change,
)
from models.engines.event.loop import (
    BOOKS_FULL,
    NEEDS_ARRIVALS,
    NEEDS_THREADS,
    OVER,
    RECORDS_FULL,
    run,
    see_first_arrival,
)
from models.engines.event.pending import resize_windows
from models.engines.event.special import (
    CHANGE_LEAF_KIND,
    GROWTH_LEAF_KIND,
    LEAF_KIND,
    LEAF_OF,
    LEAF_WORDS,
    LIMIT_LEAF_KIND,
    LOOK_LEAF_KIND,
    SHARING_LEAF_KIND,
    grow_tree,
    set_special,
)
from models.engines.event.steps import employ
from models.engines.ledger import history_of
from models.engines.observer import BulkObserver
from models.history import History, Interval, Returns, Visits
from models.journeys import Walk
from models.machine import (
    BREAKS_AT,
    COOLDOWN_NS,
    DISCIPLINE,
    FAILS,
    FIRST_STATION,
    INDEX,
    JOB_COUNT,
    JOB_TABLE,
    JOB_WORDS,
    LIMIT_COUNT,
    LIMIT_NS,
    LIMIT_WORDS,
    LIMITS,
    SCALED,
    SCALER_COUNT,
    SCALER_WORDS,
    SCALERS,
    SERVERS,
    SHARING,
    START_UP_NS,
    STATION_WORDS,
    WINDOW_NS,
    WORKERS,
    lower,
)
from models.network import Network, Outcome

_AT_ONCE = 100_000  # events, at 2 µs each at most
_FIT_EVERY = 20_000
_FIRST_THREADS = 2048
_ONE_WINDOW = 62
_FEW = 64
_EVENTS_A_WINDOW = 64.0
_BOOKS_WORDS = 1 << 15


def simulate(
    network: Network,
    arrivals: Arrivals,
    walk: Walk,
    until_ns: int,
    observer: BulkObserver,
    interval_ns: int = 1_000_000_000,
    first_ns: int | None = None,
) -> History:
    """Simulate the sessions that arrive before `until_ns`, telling the observer; return the histories.

    Draws are those of the walk's seed and replication. What happens at `until_ns` itself is no longer part.
    Raises InvalidRun if a law of queues does not hold exactly, which no sound run breaks, or if arrivals are
    not sorted.
    """
    return Engine(network, walk, until_ns, observer, edges_of(interval_ns, first_ns)).play(arrivals)


class Engine:
    """One simulation: its memory, and what is handed over when a part of it is full."""

    def __init__(self, network: Network, walk: Walk, until_ns: int, observer: BulkObserver, edges: Edges) -> None:
        machine = lower(network, walk, until_ns)
        self._network, self._observer = network, observer
        self._until_ns, self._edges = until_ns, edges
        self._laws, self._names = machine.laws, machine.names
        self._intervals: list[list[Interval]] = [[] for _ in network.stations]
        self._returns: list[Returns] = []
        self._written_ns = 0
        self._stations = [int(machine.words[FIRST_STATION]) + STATION_WORDS * i for i in range(len(network.stations))]
        self._m, self._threads_at = self._laid_out(machine.words)
        self._f = self._m.view(np.float64)
        self._open_stations()
        self._set_specials()
        self._grow(max(_FIRST_THREADS, 2 * self._workers()))
        employ(self._m)

    def play(self, arrivals: Arrivals) -> History:
        """Play all arrivals, up to the end; return the histories."""
        m = self._m
        batches = _checked(arrivals)
        batch, following = _NOBODY, next(batches, None)
        reason = NEEDS_ARRIVALS
        while reason != OVER:
            if reason == NEEDS_ARRIVALS:
                batch, following = following or _NOBODY, next(batches, None)
                see_first_arrival(m, batch.session, batch.instant_ns, self._after(following))
            elif reason == NEEDS_THREADS:
                self._grow(2 * int(m[at.ALL_THREADS]))
                m = self._m
            elif reason == RECORDS_FULL:
                self._tell()
            elif reason == BOOKS_FULL:
                self._write_books()
            if m[at.EVENTS] >= _FIT_EVERY:
                self._fit_windows()
            reason = run(m, self._f, self._laws, *batch, self._after(following), _AT_ONCE)
        return self._over()

    def _laid_out(self, words: NDArray[np.int64]) -> tuple[NDArray[np.int64], int]:
        """Put behind the machine's words all that has a fixed size; return the memory, and where threads begin."""
        scalers = int(words[SCALER_COUNT])
        shared = sum(words[station + DISCIPLINE] == SHARING for station in self._stations)
        leaves = max(2, int(words[LIMIT_COUNT]) + 1 + 2 * scalers + int(shared))
        orders = [self._orders(words, scaler) for scaler in range(scalers)]
        interval = at.BOOK_WORDS * (len(self._stations) + 1)
        rows = max(1, _BOOKS_WORDS // interval)
        sizes = (
            (at.SPECIALS, leaves * LEAF_WORDS),
            (at.TREE, leaves),
            (at.CALENDAR, at.BUCKETS),
            (at.RECORDS, at.RECORD_ROOM * at.RECORD_WORDS),
            (at.BOOKS, rows * interval),
        )
        places, end = [], _rounded(words.size)
        for _, size in (*sizes, *enumerate(orders)):
            places.append(end)
            end += _rounded(size)
        m = np.zeros(end, np.int64)
        m[: words.size] = words
        for (word, _), place in zip(sizes, places, strict=False):
            m[word] = place
        for scaler, (place, room) in enumerate(zip(places[len(sizes) :], orders, strict=True)):
            row = int(words[SCALERS]) + SCALER_WORDS * scaler
            m[row + ORDERS], m[row + ORDERS_ROOM] = place, room
        m[at.LEAVES], m[at.BOOKS_ROOM] = leaves, rows
        m[at.UNTIL], m[at.INTERVAL], m[at.FIRST_EDGE] = self._until_ns, *self._edges
        m[at.EDGE] = min(PIECE_NS, self._edges.first_ns)
        m[at.WINDOW_BITS], m[at.WINDOW_END] = _ONE_WINDOW, at.NEVER
        m[at.BARRIER] = min(self._until_ns, m[at.EDGE])
        m[at.NEXT_ARRIVAL] = at.NEVER
        return m, end

    def _orders(self, words: NDArray[np.int64], scaler: int) -> int:
        """Return how many orders of an autoscaler may be under way at once."""
        row = int(words[SCALERS]) + SCALER_WORDS * scaler
        return int(words[row + START_UP_NS] // max(words[row + WINDOW_NS], words[row + COOLDOWN_NS])) + 2

    def _open_stations(self) -> None:
        m = self._m
        for station, spec in zip(self._stations, self._network.stations, strict=True):
            m[station + at.LAST_WORD] = station + at.FIRST
            m[station + at.NUMBER_OF_SERVERS] = m[station + at.SCALED_TO] = m[station + SERVERS]
            m[station + at.IS_SCALED] = spec.scaler is not None
            m[station + at.PACE] = THOUSAND
            m[station + at.FAILS_NOW] = m[station + FAILS]
            m[station + at.GUARDED] = m[station + BREAKS_AT]
            self._f[station + at.LEFT] = 1.0

    def _set_specials(self) -> None:
        """Give each source of special events its leaf."""
        m, leaf = self._m, int(self._m[at.SPECIALS])
        grow_tree(m)
        for number in range(int(m[LIMIT_COUNT])):
            limit = int(m[LIMITS]) + LIMIT_WORDS * number
            m[limit + at.LIMIT_LEAF] = leaf
            leaf = self._leaf(leaf, LIMIT_LEAF_KIND, limit)
        for station in self._stations:
            if m[station + DISCIPLINE] == SHARING:
                m[station + at.LEAF] = leaf
                leaf = self._leaf(leaf, SHARING_LEAF_KIND, station)
        for number in range(int(m[SCALER_COUNT])):
            leaf = self._employ_scaler(int(m[SCALERS]) + SCALER_WORDS * number, leaf)
        m[at.CHANGE_LEAF] = leaf
        self._leaf(leaf, CHANGE_LEAF_KIND, 0)
        foresee_change(m)

    def _leaf(self, leaf: int, kind: int, of: int) -> int:
        self._m[leaf + LEAF_KIND], self._m[leaf + LEAF_OF] = kind, of
        return leaf + LEAF_WORDS

    def _employ_scaler(self, scaler: int, leaf: int) -> int:
        m = self._m
        m[scaler + LOOK_LEAF], m[scaler + GROWTH_LEAF] = leaf, leaf + LEAF_WORDS
        m[scaler + DECIDED] = -m[scaler + COOLDOWN_NS]
        key = at.CHANGE_RANK | int(m[m[scaler + SCALED] + INDEX])
        self._leaf(leaf, LOOK_LEAF_KIND, scaler)
        set_special(m, leaf, int(m[scaler + WINDOW_NS]), key, LOOK)
        return self._leaf(leaf + LEAF_WORDS, GROWTH_LEAF_KIND, scaler)

    def _workers(self) -> int:
        m = self._m
        return sum(int(m[m[JOB_TABLE] + JOB_WORDS * job + WORKERS]) for job in range(int(m[JOB_COUNT])))

    def _grow(self, threads: int) -> None:
        """Have room for so many threads; those that there are keep their addresses."""
        old, before, begin = self._m, int(self._m[at.ALL_THREADS]), self._threads_at
        heap = begin + threads * at.THREAD_WORDS
        due = heap + _rounded(2 * threads + 2)
        m = np.zeros(due + 4 * threads, np.int64)
        known = begin + before * at.THREAD_WORDS
        m[:known] = old[:known]
        new = np.arange(known, heap, at.THREAD_WORDS)
        m[new + at.AFTER] = np.append(new[1:], m[at.FREE])
        m[at.FREE] = new[0]
        if before:
            for word, place, size in ((at.HEAP, heap, 2 * before), (at.DUE, due, 4 * before)):
                m[place : place + size] = old[old[word] : old[word] + size]
        m[heap + 2 * m[at.IN_HEAP]] = at.NEVER
        m[at.HEAP], m[at.DUE], m[at.ALL_THREADS] = heap, due, threads
        self._m, self._f = m, m.view(np.float64)

    def _after(self, following: Batch | None) -> int:
        return at.NEVER if following is None else int(following.instant_ns[0])

    def _fit_windows(self) -> None:
        """Choose windows that hold some events each; few pending ones need no calendar."""
        m = self._m
        elapsed_ns, events = int(m[at.NOW] - m[at.BEGUN]), int(m[at.EVENTS])
        m[at.BEGUN], m[at.EVENTS] = m[at.NOW], 0
        if m[at.IN_HEAP] + m[at.IN_CALENDAR] <= _FEW or elapsed_ns == 0:
            bits = _ONE_WINDOW
        else:
            bits = max(0, int(_EVENTS_A_WINDOW * elapsed_ns / events).bit_length() - 1)
        if abs(bits - int(m[at.WINDOW_BITS])) > 1:
            resize_windows(m, bits)

    def _tell(self) -> None:
        """Hand the records over."""
        m, count = self._m, int(self._m[at.IN_RECORDS])
        place = int(m[at.RECORDS])
        columns = m[place : place + at.RECORD_WORDS * at.RECORD_ROOM].reshape(at.RECORD_WORDS, -1)[:, :count]
        step, outcome, *others = columns
        self._observer.steps(self._names, Records(step.astype(np.int32), outcome.astype(np.int8), *others))
        m[at.IN_RECORDS] = 0

    def _write_books(self) -> None:
        """Keep the intervals that are closed, as integers without an end."""
        m, count = self._m, int(self._m[at.IN_BOOKS])
        place, each = int(m[at.BOOKS]), len(self._stations) + 1
        rows = m[place : place + count * each * at.BOOK_WORDS].reshape(count, each, at.BOOK_WORDS)
        for row in rows.tolist():
            self._write_row(row)
        m[at.IN_BOOKS] = 0

    def _write_row(self, row: list[list[int]]) -> None:
        """Keep what was counted since the row before, an interval or a piece of the first one."""
        *stations, (reloads, come_backs, ends_ns, *_) = row
        begins_ns, self._written_ns = self._written_ns, ends_ns
        if 0 < begins_ns < self._edges.first_ns:
            for intervals, own in zip(self._intervals, stations, strict=True):
                intervals[0] = Interval(0, ends_ns, *map(add, intervals[0][2:], own))
            self._returns[0] = Returns(*map(add, self._returns[0], (reloads, come_backs)))
            return
        for intervals, own in zip(self._intervals, stations, strict=True):
            intervals.append(Interval(begins_ns, ends_ns - begins_ns, *own))
        self._returns.append(Returns(reloads, come_backs))

    def _over(self) -> History:
        """End the open steps, close the books, check the laws."""
        m = self._m
        self._tell()
        self._end_open_steps()
        self._write_books()
        if self._written_ns < self._until_ns:
            close_interval(m, self._until_ns)
            self._write_books()
        stations = zip(self._network.stations, self._intervals, self._stations, strict=True)
        history = History(
            self._edges,
            tuple(history_of(spec, tuple(rows), self._visits(station)) for spec, rows, station in stations),
            tuple(self._returns) if self._network.citizens.may_return else (),
        )
        history.assert_laws()
        return history

    def _visits(self, station: int) -> Visits:
        """Return what visits add up to; sums are modulo 2^64, less the instants at which those under way began."""
        m, until_ns = self._m, self._until_ns
        busy, waiting = int(m[station + at.BUSY]), int(m[station + at.WAITING])
        if m[station + DISCIPLINE] == SHARING:
            busy, waiting = busy + waiting, 0
        waited_ns, served_ns = (
            (int(m[station + column]) + count * until_ns) % (1 << 64)
            for column, count in ((at.WAITED, waiting), (at.SERVED, busy))
        )
        return Visits(waited_ns, served_ns, waiting, busy)

    def _end_open_steps(self) -> None:
        """Tell of steps that are open when the run ends: out of time, or unfinished."""
        m, until_ns = self._m, self._until_ns
        end = self._threads_at + int(m[at.ALL_THREADS]) * at.THREAD_WORDS
        threads = m[self._threads_at : end].reshape(-1, at.THREAD_WORDS)
        idle = (at.NOTHING, at.GONE, at.THINKS, at.RETURNS_SOON)
        open_ = threads[(threads[:, at.ROLE] == at.CITIZEN) & ~np.isin(threads[:, at.DOING], idle)]
        step = open_[:, at.STEP]
        late = open_[:, at.ATTEMPT_AT] + m[step + LIMIT_NS]
        timed_out = (open_[:, at.DOING] != at.RELOADS_SOON) & (until_ns > late)
        records = Records(
            m[step].astype(np.int32),
            np.where(timed_out, Outcome.TIMED_OUT, Outcome.UNFINISHED).astype(np.int8),
            open_[:, at.SESSION],
            open_[:, at.DRAW] & ((1 << at.ORDINAL_BITS) - 1),
            open_[:, at.VISIT_NUMBER],
            open_[:, at.INTENDED],
            np.where(timed_out, late, until_ns),
        )
        if step.size:
            self._observer.steps(self._names, records)


_NOBODY = Batch(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))


def _checked(arrivals: Arrivals) -> Iterator[Batch]:
    """Yield the batches that are not empty; raise InvalidRun where arrivals are not sorted."""
    last: tuple[int, int] | None = None
    for batch in arrivals:
        if batch.session.size == 0:
            continue
        session, instant, journey, province = (
            np.ascontiguousarray(column, kind)
            for column, kind in zip(batch, (np.int64, np.int64, np.int32, np.int32), strict=True)
        )
        early = (instant[1:] < instant[:-1]) | ((instant[1:] == instant[:-1]) & (session[1:] < session[:-1]))
        wrong = int(np.argmax(early)) + 1 if early.any() else -1
        if last is not None and (int(instant[0]), int(session[0])) < last:
            wrong = 0
        if wrong >= 0:
            raise InvalidRun(
                f"session {session[wrong]} arrives at {instant[wrong]} ns, before the one that precedes it"
            )
        last = int(instant[-1]), int(session[-1])
        yield Batch(session, instant, journey, province)


def _rounded(size: int) -> int:
    """Round up to a cache line."""
    return -(-size // 8) * 8
