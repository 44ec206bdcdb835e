"""Pending events of threads: a heap for the window that is open, and a calendar of windows for what comes later.

A thread has one pending event at most, so it carries the instant and the key. The heap holds (instant, thread); who
waits for a later window hangs in the list of that window, or in that of all windows out of sight, and costs nothing
until it opens.
"""

from models.engines.event.memory import (
    AFTER,
    AT,
    BARRIER,
    BUCKETS,
    CALENDAR,
    DOING,
    EDGE,
    FAR,
    FIRST_KEY,
    GONE,
    HEAP,
    IN_CALENDAR,
    IN_DUE,
    IN_HEAP,
    IN_THE_CALENDAR,
    IN_THE_HEAP,
    LAST_KEY,
    NEVER,
    NEXT_ARRIVAL,
    NOW,
    NOWHERE,
    PLACE_OF,
    SESSION,
    SPECIAL_AT,
    UNTIL,
    WHERE,
    WINDOW,
    WINDOW_BITS,
    WINDOW_END,
    Memory,
    free_thread,
    link,
    unlink,
)
from models.kernel import inlined, lean_kernel

_MOST_OPENED = 1024
_WIDER_BITS = 6
_ONE_WINDOW = 62


@inlined
def shared(m: Memory) -> bool:
    """Whether other events of this instant are pending."""
    now = m[NOW]
    return bool(m[m[HEAP]] == now or m[NEXT_ARRIVAL] == now or m[SPECIAL_AT] == now or m[IN_DUE] > 0)


@lean_kernel
def schedule(m: Memory, thread: int, doing: int, rank: int, at: int, operation: int) -> None:
    """Let a thread's event happen at an instant, of a class, keyed by its place and an operation's number."""
    m[thread + DOING] = doing
    m[thread + AT] = at
    m[thread + FIRST_KEY] = rank | m[thread + SESSION]
    m[thread + LAST_KEY] = m[thread + PLACE_OF] | operation
    if at < m[WINDOW_END]:
        _push(m, thread, at)
    else:
        _put_off(m, thread, at)


@inlined
def _put_off(m: Memory, thread: int, at: int) -> None:
    """Hang a thread into the calendar; what comes after the run is forgotten."""
    if at >= m[UNTIL]:
        m[thread + WHERE] = NOWHERE
        return
    window = at >> m[WINDOW_BITS]
    near = window < m[WINDOW] + BUCKETS
    link(m, thread, m[CALENDAR] + (window & (BUCKETS - 1)) if near else FAR)
    m[thread + WHERE] = IN_THE_CALENDAR
    m[IN_CALENDAR] += 1


@lean_kernel
def cancel(m: Memory, thread: int) -> None:
    """Free a thread, whose pending event, if any, must not happen; in the heap it stays until its instant."""
    if m[thread + WHERE] == IN_THE_HEAP:
        m[thread + DOING] = GONE
        return
    if m[thread + WHERE] == IN_THE_CALENDAR:
        unlink(m, thread)
        m[IN_CALENDAR] -= 1
    free_thread(m, thread)


@inlined
def _earlier(m: Memory, at: int, thread: int, other_at: int, other: int) -> bool:
    if at != other_at:
        return at < other_at
    return _smaller_key(m, thread, other)


@lean_kernel
def _smaller_key(m: Memory, thread: int, other: int) -> bool:
    if m[thread + FIRST_KEY] != m[other + FIRST_KEY]:
        return bool(m[thread + FIRST_KEY] < m[other + FIRST_KEY])
    return bool(m[thread + LAST_KEY] < m[other + LAST_KEY])


@inlined
def _push(m: Memory, thread: int, at: int) -> None:
    m[thread + WHERE] = IN_THE_HEAP
    heap, hole = m[HEAP], m[IN_HEAP]
    m[IN_HEAP] = hole + 1
    while hole > 0:
        above = (hole - 1) >> 1
        place = heap + 2 * above
        if not _earlier(m, at, thread, m[place], m[place + 1]):
            break
        m[heap + 2 * hole] = m[place]
        m[heap + 2 * hole + 1] = m[place + 1]
        hole = above
    m[heap + 2 * hole] = at
    m[heap + 2 * hole + 1] = thread


@inlined
def pop(m: Memory) -> int:
    """Take the thread of the least event out of the heap, which is not empty."""
    heap, count = m[HEAP], m[IN_HEAP] - 1
    least = m[heap + 1]
    m[IN_HEAP] = count
    at, thread = m[heap + 2 * count], m[heap + 2 * count + 1]
    m[heap + 2 * count] = NEVER
    if count == 0:
        return int(least)
    hole, below = 0, 1
    while below < count:
        place = heap + 2 * below
        second = m[place + 2] < m[place]  # behind the last stands NEVER
        if m[place + 2] == m[place]:
            second = below + 1 < count and _smaller_key(m, m[place + 3], m[place + 1])
        below += second  # added, not asked: half of all guesses would be wrong
        place = heap + 2 * below
        if not _earlier(m, m[place], m[place + 1], at, thread):
            break
        m[heap + 2 * hole] = m[place]
        m[heap + 2 * hole + 1] = m[place + 1]
        hole = below
        below = 2 * hole + 1
    m[heap + 2 * hole] = at
    m[heap + 2 * hole + 1] = thread
    return int(least)


@lean_kernel
def open_windows(m: Memory) -> None:
    """Open windows until the next event of all lies in one that is open; where many are empty, make them wider."""
    opened = 0
    while True:
        at = min(m[m[HEAP]], m[NEXT_ARRIVAL], m[SPECIAL_AT], m[UNTIL])
        if at < m[WINDOW_END]:
            break
        if m[IN_CALENDAR] == 0:
            m[WINDOW] = at >> m[WINDOW_BITS]
        elif opened == _MOST_OPENED:
            opened = 0
            resize_windows(m, min(m[WINDOW_BITS] + _WIDER_BITS, _ONE_WINDOW))
            continue
        else:
            opened += 1
            m[WINDOW] += 1
            if m[WINDOW] & (BUCKETS - 1) == 0:
                _look_far(m)
            bucket = m[CALENDAR] + (m[WINDOW] & (BUCKETS - 1))
            thread = m[bucket]
            m[bucket] = 0
            while thread:
                m[IN_CALENDAR] -= 1
                _push(m, thread, m[thread + AT])
                thread = m[thread + AFTER]
        m[WINDOW_END] = (m[WINDOW] + 1) << m[WINDOW_BITS]
    m[BARRIER] = min(m[WINDOW_END], m[EDGE], m[UNTIL])


@lean_kernel
def _look_far(m: Memory) -> None:
    """Hang who is now in sight from the list of those out of sight into their windows."""
    thread = m[FAR]
    while thread:
        after = m[thread + AFTER]
        window = m[thread + AT] >> m[WINDOW_BITS]
        if window < m[WINDOW] + BUCKETS:
            unlink(m, thread)
            link(m, thread, m[CALENDAR] + (window & (BUCKETS - 1)))
        thread = after


@lean_kernel
def resize_windows(m: Memory, bits: int) -> None:
    """Let windows be 2^bits ns wide."""
    chain, left, bucket = m[FAR], m[IN_CALENDAR], m[CALENDAR]  # the chain: all of the calendar, linked by AFTER alone
    thread = chain
    while thread:
        left -= 1
        thread = m[thread + AFTER]
    while left > 0:
        while m[bucket]:
            thread = m[bucket]
            unlink(m, thread)
            m[thread + AFTER] = chain
            chain = thread
            left -= 1
        bucket += 1
    m[FAR] = 0
    m[IN_CALENDAR] = 0
    m[WINDOW_BITS] = bits
    m[WINDOW] = m[NOW] >> bits
    m[WINDOW_END] = (m[WINDOW] + 1) << bits
    m[BARRIER] = min(m[WINDOW_END], m[EDGE], m[UNTIL])
    while chain:
        thread = chain
        chain = m[thread + AFTER]
        if m[thread + AT] < m[WINDOW_END]:
            _push(m, thread, m[thread + AT])
        else:
            _put_off(m, thread, m[thread + AT])
