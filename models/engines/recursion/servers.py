"""The servers of a station: the times at which they are free, the least first, and what changes them.

Who comes at a, when the least free time is x, begins at max(a, x) and makes that server free when the service is over:
Kiefer & Wolfowitz 1955, "On the theory of queues with many servers".
"""

import numpy as np

from models.engines.batch import Integers
from models.engines.recursion.books import stayed
from models.engines.recursion.state import (
    AWAY,
    CHANGE_AT,
    CHANGE_END,
    CHANGE_NS,
    CHANGE_PACE,
    CHANGE_SERVERS,
    CHANGE_WORDS,
    HEAP,
    OPEN_SERVERS,
    PACE,
    RETIRED,
    State,
)
from models.kernel import inlined, lean_kernel

NEVER = 1 << 62

FEW, GROUP = 24, 4
"""Up to so many servers, their times ascend, a group of `NEVER` behind them; with more they are a heap."""

_ZERO, _ONE = np.uint64(0), np.uint64(1)


@inlined
def begins(state: State, own: Integers, at_ns: int) -> int:
    """Return when who comes at `at_ns` can begin, once all changes up to then are made.

    A server that is free at the instant of a change has begun what waits for it before.
    """
    words, free_ns = state.words, state.free_ns
    least = free_ns[own[HEAP]] if own[OPEN_SERVERS] > 0 else NEVER
    while own[CHANGE_AT] < own[CHANGE_END]:
        change_ns = words[own[CHANGE_AT] + CHANGE_NS]
        if change_ns > at_ns and change_ns >= least:
            break
        _change(state, own)
        least = free_ns[own[HEAP]] if own[OPEN_SERVERS] > 0 else NEVER
    return max(at_ns, least)


@inlined
def occupy(state: State, own: Integers, until_ns: int) -> None:
    """Make the server that is free first busy until then."""
    if own[OPEN_SERVERS] <= FEW:
        _shift(state.free_ns[own[HEAP] :], own[OPEN_SERVERS], until_ns)
    else:
        _sink(state.free_ns[own[HEAP] :], own[OPEN_SERVERS], until_ns)


@inlined
def _shift(times: Integers, size: int, until_ns: int) -> None:
    """Replace the first of few, which ascend, a group at a time: no step hangs on a comparison that surprises."""
    for begin in range(0, size, GROUP):
        for i in range(GROUP):
            at = np.uint64(begin + i)
            later = times[at + _ONE]
            times[at] = min(later, until_ns)
            until_ns = max(later, until_ns)


@inlined
def _sink(heap: Integers, size: int, until_ns: int) -> None:
    """Replace the top of a heap. Which child is less is added, not asked: half of all guesses would be wrong.

    Its places are unsigned: numba looks up those that may be negative in more time.
    """
    at, child, end = _ZERO, _ONE, np.uint64(size)
    while child + _ONE < end:
        child += np.uint64(heap[child + _ONE] < heap[child])
        least = heap[child]
        if least >= until_ns:
            break
        heap[at] = least
        at = child
        child = at + at + _ONE
    if child + _ONE == end and heap[child] < until_ns:
        heap[at] = heap[child]
        at = child
    heap[at] = until_ns


@inlined
def _rise(heap: Integers, size: int, until_ns: int) -> None:
    """Add to a heap of so many."""
    at = size
    while at > 0:
        above = (at - 1) // 2
        if heap[above] <= until_ns:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = until_ns


@lean_kernel
def _change(state: State, own: Integers) -> None:
    """Make the next change of a station.

    A server taken while it is busy goes on until it is free; should servers come back before, it is one of them.
    """
    words = state.words
    heap, retired, row = state.free_ns[own[HEAP] :], state.free_ns[own[RETIRED] :], own[CHANGE_AT]
    own[CHANGE_AT] += CHANGE_WORDS
    own[PACE] = words[row + CHANGE_PACE]
    while own[OPEN_SERVERS] > words[row + CHANGE_SERVERS]:
        free_at = heap[0]
        own[OPEN_SERVERS] -= 1
        size = own[OPEN_SERVERS]
        _sink(heap, size, heap[size])
        heap[size] = NEVER
        if free_at > words[row + CHANGE_NS]:
            retired[own[AWAY]] = free_at
            own[AWAY] += 1
            stayed(state, own, words[row + CHANGE_NS], free_at, 1)
    while own[OPEN_SERVERS] < words[row + CHANGE_SERVERS]:
        free_at = words[row + CHANGE_NS]
        if own[AWAY] > 0:
            own[AWAY] -= 1
            if retired[own[AWAY]] > free_at:
                stayed(state, own, free_at, retired[own[AWAY]], -1)
                free_at = retired[own[AWAY]]
        _rise(heap, own[OPEN_SERVERS], free_at)
        own[OPEN_SERVERS] += 1
    if own[OPEN_SERVERS] <= FEW:
        _ascend(heap, own[OPEN_SERVERS])


@inlined
def _ascend(times: Integers, size: int) -> None:
    """Sort a few times."""
    for i in range(1, size):
        until_ns, at = times[i], i
        while at > 0 and times[at - 1] > until_ns:
            times[at] = times[at - 1]
            at -= 1
        times[at] = until_ns


@lean_kernel
def change_on(state: State, own: Integers) -> None:
    """Make the changes that are left when nobody comes any more."""
    while own[CHANGE_AT] < own[CHANGE_END]:
        _change(state, own)
