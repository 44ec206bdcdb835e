"""A station's books, kept customer by customer, and the history that they add up to.

A time spent from x to y in the intervals i to j adds (end of i − x) to row i and −(end of j − y) to row j; the rows
between hold it whole, as the counts tell who was there. So each visit touches two rows, however long it takes.
What servers that were taken stay on is told by how it differs from row to row.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from models.changes import Change, open_ns
from models.edges import Edges
from models.engines.batch import Integers
from models.engines.ledger import history_of
from models.engines.recursion.state import (
    ABANDONMENTS,
    ARRIVALS,
    BACKLOG_NS,
    BOOK,
    BOOK_AT,
    BUSY_NS,
    DEPARTURES,
    EDGE_NS,
    FIRST_EDGE,
    IN_SERVICE,
    INTERVAL_NS,
    REJECTIONS,
    SERVED_HIGH,
    SERVED_NS,
    STARTS,
    STAYED_NS,
    UNTIL_NS,
    WAITED_HIGH,
    WAITED_NS,
    WAITING,
    State,
)
from models.history import Interval, StationHistory, Visits
from models.kernel import inlined, lean_kernel
from models.network import NetworkStation

_LOW = 32


@inlined
def came(state: State, own: Integers, at_ns: int) -> None:
    """Count who comes to a station; they come in order of time."""
    words = state.words
    while at_ns >= own[EDGE_NS]:
        own[BOOK_AT] += 1
        own[EDGE_NS] = min(own[EDGE_NS] + words[INTERVAL_NS], words[UNTIL_NS])
    state.books[np.uint64(own[BOOK_AT]), ARRIVALS] += 1


@inlined
def served(state: State, own: Integers, at_ns: int, begins_ns: int, ends_ns: int) -> None:
    """Count a visit that begins and ends; or, where it does not begin before the end, one that waits."""
    if ends_ns >= own[EDGE_NS]:
        _served_later(state, own, at_ns, begins_ns, ends_ns)
        return
    row = np.uint64(own[BOOK_AT])
    state.books[row, STARTS] += 1
    state.books[row, DEPARTURES] += 1
    state.books[row, BUSY_NS] += ends_ns - begins_ns
    own[SERVED_NS] += ends_ns - begins_ns
    state.books[row, BACKLOG_NS] += begins_ns - at_ns
    own[WAITED_NS] += begins_ns - at_ns


@lean_kernel
def _served_later(state: State, own: Integers, at_ns: int, begins_ns: int, ends_ns: int) -> None:
    """Count a visit that ends in a later interval than that in which it came."""
    words = state.words
    if not _waited(state, own, at_ns, begins_ns, STARTS):
        return
    until_ns = words[UNTIL_NS]
    own[SERVED_NS] += min(ends_ns, until_ns) - begins_ns
    _open(state, own, begins_ns, BUSY_NS)
    if ends_ns < until_ns:
        _close(state, own, ends_ns, BUSY_NS, DEPARTURES)
    else:
        own[IN_SERVICE] += 1


@lean_kernel
def gave_up(state: State, own: Integers, at_ns: int, leaves_ns: int) -> None:
    """Count one who leaves the queue without service."""
    _waited(state, own, at_ns, leaves_ns, ABANDONMENTS)


@lean_kernel
def _waited(state: State, own: Integers, at_ns: int, leaves_ns: int, count: int) -> bool:
    """Count a wait, and its end if that comes; return whether it does."""
    words = state.words
    until_ns = words[UNTIL_NS]
    own[WAITED_NS] += min(leaves_ns, until_ns) - at_ns
    _open(state, own, at_ns, BACKLOG_NS)
    if leaves_ns >= until_ns:
        own[WAITING] += 1
        return False
    _close(state, own, leaves_ns, BACKLOG_NS, count)
    return True


@inlined
def _open(state: State, own: Integers, at_ns: int, times: int) -> None:
    row = _row(state, at_ns)
    state.books[own[BOOK] + row, times] += min(_end_of(state, row), state.words[UNTIL_NS]) - at_ns


@inlined
def _close(state: State, own: Integers, at_ns: int, times: int, count: int) -> None:
    row = _row(state, at_ns)
    state.books[own[BOOK] + row, times] -= min(_end_of(state, row), state.words[UNTIL_NS]) - at_ns
    state.books[own[BOOK] + row, count] += 1


@inlined
def _row(state: State, at_ns: int) -> int:
    """Return which interval an instant is in, as `Edges.interval_at`."""
    first_ns = state.words[FIRST_EDGE]
    return 0 if at_ns < first_ns else int(1 + (at_ns - first_ns) // state.words[INTERVAL_NS])


@inlined
def _end_of(state: State, row: int) -> int:
    """Return when an interval ends, though the run may end before."""
    return int(state.words[FIRST_EDGE] + row * state.words[INTERVAL_NS])


@lean_kernel
def stayed(state: State, own: Integers, from_ns: int, to_ns: int, times: int) -> None:
    """Count the time for which a server that was taken serves on; with `times` −1, that it came back for."""
    _stays_from(state, own, from_ns, times)
    _stays_from(state, own, min(to_ns, state.words[UNTIL_NS]), -times)


@inlined
def _stays_from(state: State, own: Integers, from_ns: int, times: int) -> None:
    """Count the time from an instant on, in full intervals: part of its row, and the rest of a whole in the next."""
    interval_ns, until_ns = state.words[INTERVAL_NS], state.words[UNTIL_NS]
    row = _row(state, from_ns)
    ends_ns = _end_of(state, row)
    if row == 0 or ends_ns - interval_ns < until_ns:
        state.books[own[BOOK] + row, STAYED_NS] += times * (ends_ns - from_ns)
    if ends_ns < until_ns:
        state.books[own[BOOK] + row + 1, STAYED_NS] += times * (interval_ns - (ends_ns - from_ns))


@inlined
def carry(own: Integers) -> None:
    """Keep the sums of a station within their words; what a window adds to them is far below what a word can hold."""
    for low, high in ((WAITED_NS, WAITED_HIGH), (SERVED_NS, SERVED_HIGH)):
        own[high] += own[low] >> _LOW
        own[low] &= (1 << _LOW) - 1


def history(
    state: State, own: Integers, spec: NetworkStation, changes: Sequence[Change], edges: Edges
) -> StationHistory:
    """Return what a station did, from its words, books and changes."""
    edges_ns = edges.up_to(int(state.words[UNTIL_NS]))
    first, rows = int(own[BOOK]), len(edges_ns) - 1
    visits = Visits(
        waited_ns=_sum(own, WAITED_NS, WAITED_HIGH),
        served_ns=_sum(own, SERVED_NS, SERVED_HIGH),
        waiting=int(own[WAITING]),
        in_service=int(own[IN_SERVICE]),
    )
    opened_ns = open_ns(spec.servers, changes, edges_ns)
    return history_of(spec, _intervals(state.books[first : first + rows], edges_ns, opened_ns), visits)


def _intervals(book: Integers, edges_ns: list[int], opened_ns: list[int]) -> tuple[Interval, ...]:
    stayed_ns = np.cumsum(book[:, STAYED_NS]).tolist()
    busy, waiting = _carried(book[:, STARTS] - book[:, DEPARTURES]), _carried(_joined(book))
    columns = book.tolist()
    made = []
    for row, (begins_ns, ends_ns) in enumerate(pairwise(edges_ns)):
        own, length_ns = columns[row], ends_ns - begins_ns
        made.append(
            Interval(
                begins_ns,
                length_ns,
                opened_ns[row] + stayed_ns[row],
                (own[BUSY_NS] + busy[row] * length_ns) % 2**64,  # a row's word may have gone round
                (own[BACKLOG_NS] + waiting[row] * length_ns) % 2**64,
                own[ARRIVALS],
                own[STARTS],
                own[DEPARTURES],
                own[REJECTIONS],
                own[ABANDONMENTS],
            )
        )
    return tuple(made)


def _joined(book: Integers) -> Integers:
    """Return by how much each interval changes how many wait."""
    return np.asarray(book[:, ARRIVALS] - book[:, REJECTIONS] - book[:, STARTS] - book[:, ABANDONMENTS])


def _carried(changes: Integers) -> list[int]:
    """Return how many are there when each interval begins."""
    before: list[int] = np.concatenate([[0], np.cumsum(changes)[:-1]]).tolist()
    return before


def _sum(own: Integers, low: int, high: int) -> int:
    return (int(own[high]) << _LOW) + int(own[low])
