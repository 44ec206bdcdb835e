"""The loop: take the least of what is pending, let it happen, and play the thread that goes on, if one does."""

import math

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.engines.event.blocks import begin_block, begin_try, end_thread, too_late
from models.engines.event.books import advance, close_interval
from models.engines.event.changes import change, grow, look
from models.engines.event.limits import pop_due, wake
from models.engines.event.memory import (
    ALL_THREADS,
    ARRIVAL_RANK,
    AT_OPERATION,
    BACKS_OFF,
    BARRIER,
    BOOKS_ROOM,
    CAME_BACK,
    COMES,
    CURSOR,
    DOING,
    DRAW,
    EDGE,
    EVENTS,
    FIRST,
    FIRST_KEY,
    GRANTED,
    HEAP,
    IN_BOOKS,
    IN_DUE,
    IN_RECORDS,
    IN_USE,
    LAST_KEY,
    NEVER,
    NEXT_ARRIVAL,
    NEXT_SESSION,
    NOTHING,
    NOW,
    NOWHERE,
    OK,
    PAUSES,
    QUEUES,
    RECORD_ROOM,
    REJECTED,
    RELOADED,
    RELOADS_SOON,
    RESTS,
    RETURNS_SOON,
    RUNNING,
    SERVED_NOW,
    SESSION,
    SPECIAL_AT,
    STARTS_BODY,
    THINKS,
    TIMER_RANK,
    UNTIL,
    VISIT_SHIFT,
    WAITS_FOR_BODIES,
    WAKE_UP,
    WHERE,
    Memory,
    ends,
    free_thread,
)
from models.engines.event.pending import open_windows, pop, schedule, shared
from models.engines.event.pools import ask, give_back
from models.engines.event.sharing import advance_virtually, part
from models.engines.event.special import (
    CHANGE_LEAF_KIND,
    GROWTH_LEAF_KIND,
    LEAF_FIRST,
    LEAF_KIND,
    LEAF_LAST,
    LEAF_OF,
    LIMIT_LEAF_KIND,
    LOOK_LEAF_KIND,
    next_special,
)
from models.engines.event.stations import BEGUN, arrive, give_up, leave_line, outcome_of, release, station_of
from models.engines.event.steps import (
    ask_for_room,
    begin_attempt,
    begin_round,
    begin_session,
    begin_step,
    begin_visit,
    enter_room,
)
from models.kernel import inlined, lean_kernel
from models.law_kernel import LawTable, sample_ns
from models.machine import (
    BANDWIDTH_KEY,
    BANDWIDTH_LAW,
    CHOICE,
    COUNT,
    DELAY,
    END,
    HOLD,
    JUMP,
    KEY,
    KIND,
    LAW,
    LIMIT,
    NEXT,
    NONE,
    NUMBER,
    OPERATION_WORDS,
    PLACE,
    RELEASE_HOLD,
    TABLE,
    TRANSFER,
    VISIT,
    pick,
)

Integers = NDArray[np.int64]
Shorts = NDArray[np.int32]
Reals = NDArray[np.float64]

OVER, PAUSED, NEEDS_ARRIVALS, NEEDS_THREADS, RECORDS_FULL, BOOKS_FULL = range(6)
"""Why `run` has returned."""

SPARE_THREADS = 640
"""No event takes more threads than this: a block's 255 bodies, and what stands in those that start in place."""

_LONGEST_NS = 4e18
_FROM_HEAP, _FROM_ARRIVALS, _FROM_SPECIALS, _FROM_DEADLINES = range(4)


@lean_kernel
def run(
    m: Memory,
    f: Reals,
    laws: LawTable,
    session: Integers,
    instant: Integers,
    journey: Shorts,
    province: Shorts,
    after: int,
    events: int,
) -> int:
    """Let at most so many events happen; return why it stopped.

    The arrays hold the arrivals that are known, from `CURSOR` on; `after` is the instant of the one that follows
    them, or `NEVER`.
    """
    while events > 0:
        reason = _must_stop(m, session.size, after)
        if reason != PAUSED:
            return reason
        at, source = _least(m)
        if at >= m[BARRIER]:
            reason = _cross(m)
            if reason != PAUSED:
                return reason
            continue
        events -= 1
        m[EVENTS] += 1
        m[NOW] = at
        if source == _FROM_HEAP:
            thread = _happen(m, f, pop(m))
        elif source == _FROM_ARRIVALS:
            cursor = m[CURSOR]
            m[CURSOR] = cursor + 1
            _see_next_arrival(m, session, instant, after)
            thread = begin_session(m, session[cursor], journey[cursor], province[cursor])
        else:
            thread = _happen_otherwise(m, f, laws, source)
        while thread:
            thread = _play(m, f, laws, thread) if thread > 0 else end_thread(m, f, laws, -thread)
    return PAUSED


@inlined
def _must_stop(m: Memory, arrivals: int, after: int) -> int:
    """Return why the loop cannot let another event happen, or `PAUSED`."""
    if m[CURSOR] == arrivals and after != NEVER:
        return NEEDS_ARRIVALS
    if m[IN_USE] + SPARE_THREADS > m[ALL_THREADS]:
        return NEEDS_THREADS
    return RECORDS_FULL if m[IN_RECORDS] == RECORD_ROOM else PAUSED


@inlined
def _least(m: Memory) -> tuple[int, int]:
    """Return the instant of the least pending event, and where it is."""
    at, source = m[m[HEAP]], _FROM_HEAP
    if m[NEXT_ARRIVAL] <= at and (m[NEXT_ARRIVAL] < at or _arrival_first(m)):
        at, source = m[NEXT_ARRIVAL], _FROM_ARRIVALS
    if m[SPECIAL_AT] <= at and (m[SPECIAL_AT] < at or _special_first(m, source)):
        at, source = m[SPECIAL_AT], _FROM_SPECIALS
    if m[IN_DUE] > 0 and not _wakes(m):
        at, source = m[NOW], _FROM_DEADLINES
    return at, source


@lean_kernel
def _wakes(m: Memory) -> bool:
    """Whether more deadlines of this instant are to come."""
    return bool(m[SPECIAL_AT] == m[NOW] and m[next_special(m) + LEAF_FIRST] == WAKE_UP)


@lean_kernel
def _cross(m: Memory) -> int:
    """Open windows and close intervals up to the next event; return `PAUSED` to go on, or why not to."""
    open_windows(m)
    at = min(m[m[HEAP]], m[NEXT_ARRIVAL], m[SPECIAL_AT])
    if m[EDGE] <= min(at, m[UNTIL]):
        if m[IN_BOOKS] == m[BOOKS_ROOM]:
            return BOOKS_FULL
        close_interval(m, m[EDGE])
        return PAUSED
    return OVER if at >= m[UNTIL] else PAUSED


@inlined
def _see_next_arrival(m: Memory, session: Integers, instant: Integers, after: int) -> None:
    cursor = m[CURSOR]
    if cursor < session.size:
        m[NEXT_ARRIVAL] = instant[cursor]
        m[NEXT_SESSION] = session[cursor]
    else:
        m[NEXT_ARRIVAL] = after


@lean_kernel
def see_first_arrival(m: Memory, session: Integers, instant: Integers, after: int) -> None:
    """Look at the first of a new batch of arrivals."""
    m[CURSOR] = 0
    _see_next_arrival(m, session, instant, after)


@lean_kernel
def _arrival_first(m: Memory) -> bool:
    """Whether the next arrival comes before the first of the heap, at the same instant."""
    first, thread = ARRIVAL_RANK | m[NEXT_SESSION], m[m[HEAP] + 1]
    if first != m[thread + FIRST_KEY]:
        return bool(first < m[thread + FIRST_KEY])
    return bool(m[thread + LAST_KEY] > (1 << VISIT_SHIFT))


@lean_kernel
def _special_first(m: Memory, source: int) -> bool:
    """Whether the next special event comes before the heap's first, or the next arrival, at the same instant."""
    leaf, thread = next_special(m), m[m[HEAP] + 1]
    if source == _FROM_ARRIVALS:
        return True  # no special event is of the class of arrivals, which is the last
    if m[leaf + LEAF_FIRST] != m[thread + FIRST_KEY]:
        return bool(m[leaf + LEAF_FIRST] < m[thread + FIRST_KEY])
    return bool(m[leaf + LEAF_LAST] < m[thread + LAST_KEY])


@inlined
def _happen(m: Memory, f: Reals, thread: int) -> int:
    """Let a thread's event happen; return the thread to play, minus one that ends, or 0."""
    m[thread + WHERE] = NOWHERE
    doing = m[thread + DOING]
    if doing == SERVED_NOW:
        return _after_operation(m, thread, release(m, f, thread))
    if doing == PAUSES:
        return _after_operation(m, thread, OK)
    if doing == THINKS:
        return begin_step(m, thread)
    return _happen_rarely(m, thread, doing)


@lean_kernel
def _happen_rarely(m: Memory, thread: int, doing: int) -> int:
    if doing == COMES or doing == GRANTED:  # noqa: SIM109 - compiled
        if m[thread + AT_OPERATION] == NONE:
            return ask_for_room(m, thread) if doing == COMES else enter_room(m, thread)
        return int(thread) if doing == COMES else _after_operation(m, thread, OK)
    if doing == STARTS_BODY:
        return thread
    if doing == BACKS_OFF:
        return begin_try(m, thread, m[thread + RUNNING])
    if doing == RELOADS_SOON:
        m[RELOADED] += 1
        return begin_attempt(m, thread)
    if doing == RETURNS_SOON:
        m[CAME_BACK] += 1
        return begin_visit(m, thread)
    if doing == RESTS:
        return begin_round(m, thread)
    free_thread(m, thread)  # it was stopped
    return 0


@inlined
def _after_operation(m: Memory, thread: int, outcome: int) -> int:
    """Go on behind the operation that a thread is at, where it was ok."""
    if outcome != OK:
        return ends(m, thread, outcome)
    m[thread + AT_OPERATION] += OPERATION_WORDS
    return thread


@lean_kernel
def _deadline(m: Memory, f: Reals, laws: LawTable) -> int:
    """Let the first of the deadlines that have come be missed; return the thread to play, minus one that ends, or 0."""
    thread = pop_due(m)
    if thread == NONE:
        return 0
    if m[thread + DOING] == WAITS_FOR_BODIES:
        return too_late(m, f, laws, thread)
    if m[thread + DOING] == QUEUES:
        give_up(m, thread)
    else:
        leave_line(m, thread)
    return ends(m, thread, REJECTED)


@lean_kernel
def _happen_otherwise(m: Memory, f: Reals, laws: LawTable, source: int) -> int:
    """Let a deadline or a special event come; return the thread to play, minus one that ends, or 0."""
    if source == _FROM_DEADLINES:
        return _deadline(m, f, laws)
    leaf = next_special(m)
    kind = m[leaf + LEAF_KIND]
    if kind == LIMIT_LEAF_KIND:
        wake(m, leaf, m[NOW])
    elif kind == CHANGE_LEAF_KIND:
        change(m, f)
    elif kind == LOOK_LEAF_KIND:
        look(m, f, leaf)
    elif kind == GROWTH_LEAF_KIND:
        grow(m, f, leaf)
    else:
        return _end_sharing(m, f, m[leaf + LEAF_OF])
    return 0


@lean_kernel
def _end_sharing(m: Memory, f: Reals, station: int) -> int:
    thread = m[station + FIRST]
    advance_virtually(m, f, station)
    advance(m, station)
    outcome = outcome_of(m, f, thread, station)
    part(m, f, thread, station)
    return _after_operation(m, thread, outcome)


@inlined
def _come(m: Memory, f: Reals, laws: LawTable, thread: int, operation: int) -> int:
    """Let a thread come to a station or a pool; return the thread to play, minus one that ends, or 0."""
    if m[operation + KIND] == VISIT:
        outcome = arrive(m, f, laws, thread, station_of(m, f, thread, operation))
    else:
        outcome = ask(m, thread, m[operation + PLACE], m[operation + LIMIT], m[operation + NUMBER])
    return 0 if outcome == BEGUN else _after_operation(m, thread, outcome)


@inlined
def _play(m: Memory, f: Reals, laws: LawTable, thread: int) -> int:
    """Play the operation that a thread is at; return the thread to play on, minus one that ends, or 0."""
    operation = m[thread + AT_OPERATION]
    kind = m[operation + KIND]
    if kind == VISIT or kind == HOLD:  # noqa: SIM109 - compiled: a tuple would be searched
        if m[thread + DOING] != COMES and shared(m):
            schedule(m, thread, COMES, ARRIVAL_RANK, m[NOW], m[operation + NUMBER])
            return 0
        m[thread + DOING] = NOTHING
        return _come(m, f, laws, thread, operation)
    if kind == END:
        return ends(m, thread, OK)
    if kind == DELAY or kind == TRANSFER:  # noqa: SIM109 - as above
        time = sample_ns(laws, m[operation + LAW], m[operation + KEY], m[thread + SESSION], m[thread + DRAW])
        if kind == TRANSFER:
            time = _transfer_ns(m, laws, thread, time)
        schedule(m, thread, PAUSES, TIMER_RANK, m[NOW] + time, m[operation + NUMBER])
        return 0
    return _play_rarely(m, f, thread, operation, kind)


@lean_kernel
def _play_rarely(m: Memory, f: Reals, thread: int, operation: int, kind: int) -> int:
    if kind == CHOICE:
        u = uniform(m[operation + KEY], m[thread + SESSION], m[thread + DRAW])
        chosen = pick(f, m[operation + TABLE], m[operation + COUNT], u)
        none = chosen == m[operation + COUNT]
        m[thread + AT_OPERATION] = m[operation + NEXT if none else m[operation + TABLE] + 2 * chosen + 1]
    elif kind == JUMP:
        m[thread + AT_OPERATION] = m[operation + NEXT]
    elif kind == RELEASE_HOLD:
        m[thread + AT_OPERATION] = operation + OPERATION_WORDS
        give_back(m, m[operation + PLACE])
    else:
        return begin_block(m, thread)
    return thread


@lean_kernel
def _transfer_ns(m: Memory, laws: LawTable, thread: int, size: int) -> int:
    """Return how long a size takes over the session's bandwidth: megabytes over Mbit/s, both times 1e9."""
    speed = max(1, sample_ns(laws, m[BANDWIDTH_LAW], m[BANDWIDTH_KEY], m[thread + SESSION], 0))
    return math.floor(min(size / speed * 8e9, _LONGEST_NS) + 0.5)
