"""Making a recursion's state, and letting it grow."""

from collections.abc import Sequence

import numpy as np

from cutover.base.errors import InvalidRun
from models.changes import THOUSAND, Change
from models.edges import Edges
from models.engines.batch import Integers, Records
from models.engines.recursion.order import station_order
from models.engines.recursion.servers import GROUP, NEVER
from models.engines.recursion.state import (
    BOOK,
    BOOK_AT,
    CHANGE_AT,
    CHANGE_DOWN,
    CHANGE_END,
    CHANGE_FAILS,
    CHANGE_NS,
    CHANGE_PACE,
    CHANGE_SERVERS,
    CHANGE_WORDS,
    CHUNK_ENTRIES,
    CHUNK_WORDS,
    CHUNKS,
    DOWN_AT,
    EDGE_NS,
    ENDS_NS,
    FIRST_EDGE,
    FREE_SLOT,
    HEAP,
    INTERVAL_NS,
    LAST_NS,
    LIST,
    LONGEST_SPAN,
    LONGEST_WINDOW_NS,
    MAY_FAIL,
    OPEN_SERVERS,
    PACE,
    RECORDED,
    RETIRED,
    RING,
    SLICE_NS,
    SLICES,
    SLOT_BITS,
    SLOT_BYTES,
    SPAN,
    UNTIL_NS,
    State,
)
from models.machine import FIRST_STATION, STATION_WORDS, Machine
from models.network import Network, NetworkStation

FIRST_SLOTS = 1 << 14

MOST_SLICES = 1 << 20
"""A day is cut into slices of 82 ms; into more only where think times may be shorter."""

_NONE = -1

Changes = tuple[tuple[Change, ...], ...]


def make(network: Network, machine: Machine, changes: Changes, longest_ns: int, until_ns: int, edges: Edges) -> State:
    """Return the state before anything has happened.

    `changes` are those of each station before the end; windows are at most `longest_ns`.
    """
    longest_ns = min(longest_ns, LONGEST_WINDOW_NS)
    slice_ns = max(1, min(longest_ns, -(-until_ns // MOST_SLICES)))
    count, slices, rows = len(network.stations), -(-until_ns // slice_ns), len(edges.up_to(until_ns)) - 1
    tables = [_table(station, own) for station, own in zip(network.stations, changes, strict=True)]
    words = np.concatenate([machine.words, *(table.ravel() for table in tables)])
    header = {SLICE_NS: slice_ns, SLICES: slices, SPAN: 1, LONGEST_SPAN: longest_ns // slice_ns}
    header |= {UNTIL_NS: until_ns, ENDS_NS: min(slice_ns, until_ns)}
    header |= {INTERVAL_NS: edges.interval_ns, FIRST_EDGE: edges.first_ns}
    _fill(words, 0, header | {FREE_SLOT: _NONE, CHUNKS: 1, LAST_NS: _NONE})
    free_ns, rings, at = 0, 0, machine.words.size
    for index, (station, table) in enumerate(zip(network.stations, tables, strict=True)):
        most = max(1, int(table[:, CHANGE_SERVERS].max()))
        row = {
            LIST: slices + index,
            OPEN_SERVERS: station.servers,
            HEAP: free_ns,
            RETIRED: free_ns + most + GROUP,
            RING: rings,
        }
        row |= {CHANGE_AT: at + CHANGE_WORDS, DOWN_AT: at + CHANGE_WORDS, CHANGE_END: at + table.size, PACE: THOUSAND}
        row |= {MAY_FAIL: int(table[:, CHANGE_FAILS].any()), BOOK: rows * index, BOOK_AT: rows * index}
        _fill(words, _address(words, index), row | {EDGE_NS: min(edges.first_ns, until_ns)})
        free_ns += 2 * most + GROUP
        rings += station.queue or 0
        at += table.size
    slots = np.empty((FIRST_SLOTS, SLOT_BYTES // 8), np.int64)
    return State(
        words=words,
        reals=words.view(np.float64),
        laws=machine.laws,
        order=np.array([_address(words, index) for index in station_order(network)], np.int64),
        free_ns=_free_ns(words, network, free_ns),
        ring=np.full(rings or 1, _NONE, np.int64),
        books=np.zeros((rows * count, 8), np.int64),
        slots=slots,
        short=slots.view(np.int32),
        chunks=np.empty((_chunks(FIRST_SLOTS, slices + count), CHUNK_WORDS), np.int64),
        last=np.zeros(slices + count, np.int32),
        size=np.zeros(slices + count, np.int32),
        keys=np.empty(0, np.int64),
        spare=np.empty(0, np.int64),
        fall=np.empty(0, np.int32),
        records=_records(0),
    )


def more_slots(state: State) -> State:
    """Return the state with room for twice as many sessions in progress; raises InvalidRun beyond 134 million."""
    held = state.slots.shape[0]
    if 2 * held > 1 << SLOT_BITS:
        raise InvalidRun(f"more than {held:,} sessions are in progress at once; the engine can hold no more")
    slots = np.empty((2 * held, SLOT_BYTES // 8), np.int64)
    slots[:held] = state.slots
    chunks = np.empty((_chunks(2 * held, state.last.size), CHUNK_WORDS), np.int64)
    used = int(state.words[CHUNKS])
    chunks[:used] = state.chunks[:used]
    return state._replace(slots=slots, short=slots.view(np.int32), chunks=chunks)


def longer_keys(state: State, size: int) -> State:
    """Return the state with room to sort so many entries of one station."""
    size = 1 << (size - 1).bit_length()
    keys, spare = np.empty(size, np.int64), np.empty(size, np.int64)
    return state._replace(keys=keys, spare=spare, fall=np.empty(size + 2, np.int32))


def empty_records(state: State, size: int) -> State:
    """Return the state with empty records: as many as before, or new ones where that is fewer than `size`."""
    state.words[RECORDED] = 0
    return state if state.records.step.size >= size else state._replace(records=_records(size))


def _records(size: int) -> Records:
    """Return room for so many records; all are of a session's first visit."""
    session, ordinal, intended_ns, end_ns = (np.empty(size, np.int64) for _ in range(4))
    step, outcome = np.empty(size, np.int32), np.empty(size, np.int8)
    return Records(step, outcome, session, ordinal, np.ones(size, np.int64), intended_ns, end_ns)


def _table(station: NetworkStation, changes: Sequence[Change]) -> Integers:
    """Return a station's changes as rows, after one of what holds before them."""
    table = np.zeros((1 + len(changes), CHANGE_WORDS), np.int64)
    for row, change in zip(table, [Change(_NONE, station.servers), *changes], strict=True):
        fails = 1.0 - (1.0 - station.fails) * (1.0 - change.fails)
        row[CHANGE_NS] = change.at_ns
        row[CHANGE_SERVERS] = change.open
        row[CHANGE_PACE] = change.thousandths
        row[CHANGE_FAILS] = np.float64(fails).view(np.int64)
        row[CHANGE_DOWN] = change.down
    return table


def _free_ns(words: Integers, network: Network, size: int) -> Integers:
    """Return when servers are free: those that are open at once."""
    free_ns = np.full(size, NEVER, np.int64)
    for index, station in enumerate(network.stations):
        begin = words[_address(words, index) + HEAP]
        free_ns[begin : begin + station.servers] = _NONE
    return free_ns


def _fill(words: Integers, address: int, values: dict[int, int]) -> None:
    for column, value in values.items():
        words[address + column] = value


def _address(words: Integers, station: int) -> int:
    return int(words[FIRST_STATION]) + STATION_WORDS * station


def _chunks(slots: int, lists: int) -> int:
    """Return how many chunks hold the entries of so many slots whatever lists they are in; number 0 is none."""
    return 1 + slots // CHUNK_ENTRIES + min(slots, lists)
