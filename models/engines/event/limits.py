"""Limits: waits, tries and watched steps that last too long.

All that have the same greatest length stand in one list in order of their start, hence of their deadline; only the
first is a special event. Nearly all end in time: leaving the list costs nothing but links, and a wake-up that comes
too early looks again when the one who is first now is due. Deadlines of one instant come in the order of their keys,
from a small heap.
"""

from models.engines.event.memory import (
    DEADLINE_AFTER,
    DEADLINE_AT,
    DEADLINE_BEFORE,
    DEADLINE_KEY,
    DEADLINE_OF,
    DEADLINE_RANK,
    DUE,
    GENERATION,
    IN_DUE,
    LIMIT_FIRST,
    LIMIT_LAST,
    LIMIT_LEAF,
    NEVER,
    SESSION,
    WAKE_UP,
    Memory,
)
from models.engines.event.special import LEAF_AT, LEAF_OF, set_special
from models.kernel import inlined, lean_kernel
from models.machine import LENGTH_NS

HAS_COME = -1
_DUE_WORDS = 4


@lean_kernel
def set_limit(m: Memory, thread: int, limit: int, begun: int, key: int) -> None:
    """Let a thread's deadline be the limit's length, and 1 ns, after an instant; `key` follows the session's."""
    at = begun + m[limit + LENGTH_NS] + 1
    m[thread + DEADLINE_AT] = at
    m[thread + DEADLINE_KEY] = key
    m[thread + DEADLINE_OF] = limit
    before = m[limit + LIMIT_LAST]
    while before and m[before + DEADLINE_AT] > at:  # who had to wait at the door began before others did
        before = m[before + DEADLINE_BEFORE]
    after = m[before + DEADLINE_AFTER] if before else m[limit + LIMIT_FIRST]
    m[thread + DEADLINE_BEFORE] = before
    m[thread + DEADLINE_AFTER] = after
    m[before + DEADLINE_AFTER if before else limit + LIMIT_FIRST] = thread
    m[after + DEADLINE_BEFORE if after else limit + LIMIT_LAST] = thread
    leaf = m[limit + LIMIT_LEAF]
    if at < m[leaf + LEAF_AT]:
        set_special(m, leaf, at, WAKE_UP, 0)


@inlined
def drop_limit(m: Memory, thread: int) -> None:
    """Forget a thread's deadline, if it has one."""
    if m[thread + DEADLINE_OF]:
        _drop(m, thread)


@lean_kernel
def _drop(m: Memory, thread: int) -> None:
    limit = m[thread + DEADLINE_OF]
    m[thread + DEADLINE_OF] = 0
    if limit == HAS_COME:
        m[thread + GENERATION] += 1
    else:
        _leave(m, thread, limit)


@inlined
def _leave(m: Memory, thread: int, limit: int) -> None:
    before, after = m[thread + DEADLINE_BEFORE], m[thread + DEADLINE_AFTER]
    m[before + DEADLINE_AFTER if before else limit + LIMIT_FIRST] = after
    m[after + DEADLINE_BEFORE if after else limit + LIMIT_LAST] = before


@lean_kernel
def wake(m: Memory, leaf: int, now: int) -> None:
    """Let the deadlines of a limit that are due come, and foresee the next."""
    limit = m[leaf + LEAF_OF]
    thread = m[limit + LIMIT_FIRST]
    while thread and m[thread + DEADLINE_AT] <= now:
        _leave(m, thread, limit)
        m[thread + DEADLINE_OF] = HAS_COME
        _push_due(m, thread)
        thread = m[limit + LIMIT_FIRST]
    set_special(m, leaf, m[thread + DEADLINE_AT] if thread else NEVER, WAKE_UP, 0)


@inlined
def _smaller(m: Memory, first: int, last: int, entry: int) -> bool:
    return bool(first < m[entry] or (first == m[entry] and last < m[entry + 1]))


@inlined
def _move(m: Memory, source: int, target: int) -> None:
    for word in range(_DUE_WORDS):
        m[target + word] = m[source + word]


@inlined
def _push_due(m: Memory, thread: int) -> None:
    first, last = DEADLINE_RANK | m[thread + SESSION], m[thread + DEADLINE_KEY]
    due, hole = m[DUE], m[IN_DUE]
    m[IN_DUE] = hole + 1
    while hole > 0 and _smaller(m, first, last, due + _DUE_WORDS * ((hole - 1) >> 1)):
        above = (hole - 1) >> 1
        _move(m, due + _DUE_WORDS * above, due + _DUE_WORDS * hole)
        hole = above
    entry = due + _DUE_WORDS * hole
    m[entry] = first
    m[entry + 1] = last
    m[entry + 2] = thread
    m[entry + 3] = m[thread + GENERATION]


@lean_kernel
def pop_due(m: Memory) -> int:
    """Take out the least deadline that has come; return its thread, or 0 where it has been met after all."""
    due, count = m[DUE], m[IN_DUE] - 1
    thread, generation = m[due + 2], m[due + 3]
    m[IN_DUE] = count
    last = due + _DUE_WORDS * count
    hole, below = 0, 1
    while below < count:
        place = due + _DUE_WORDS * below
        if below + 1 < count and _smaller(m, m[place + _DUE_WORDS], m[place + _DUE_WORDS + 1], place):
            below += 1
            place += _DUE_WORDS
        if not _smaller(m, m[place], m[place + 1], last):
            break
        _move(m, place, due + _DUE_WORDS * hole)
        hole = below
        below = 2 * hole + 1
    if count:
        _move(m, last, due + _DUE_WORDS * hole)
    if m[thread + GENERATION] != generation:
        return 0
    m[thread + DEADLINE_OF] = 0
    return int(thread)
