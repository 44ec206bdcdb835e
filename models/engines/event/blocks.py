"""Blocks: bodies as threads of their own, tries, timeouts, and how the end of one thread becomes that of another."""

import math

import numpy as np
from numpy.typing import NDArray

from models.engines.event.attempts import drop_attempts, next_attempt
from models.engines.event.limits import drop_limit, set_limit
from models.engines.event.memory import (
    ARRIVAL_RANK,
    AT_OPERATION,
    ATTEMPT_MASK,
    ATTEMPT_SHIFT,
    BACKS_OFF,
    BODY,
    CHILD,
    CITIZEN,
    DOING,
    DRAW,
    FAILED,
    GRANTED,
    NOW,
    OK,
    ORDINAL_BITS,
    OUTCOME,
    PARENT,
    PLACE_OF,
    QUEUES,
    QUEUES_FOR_TOKEN,
    ROLE,
    RUNNING,
    SERVED_NOW,
    SESSION,
    SHARES_NOW,
    SIBLING,
    STARTS_BODY,
    STATION,
    TIMED_OUT,
    TIMER_RANK,
    TRY,
    WAITS_FOR_BODIES,
    WORST,
    Memory,
    ends,
    free_thread,
)
from models.engines.event.pending import cancel, schedule
from models.engines.event.pools import give_back
from models.engines.event.stations import give_up, leave_line, stop_service
from models.engines.event.steps import after_round, attempt_over, new_body
from models.kernel import inlined, lean_kernel
from models.law_kernel import LawTable, sample_ns
from models.machine import (
    CANCEL,
    COUNT,
    END,
    FACTOR,
    KEY,
    KIND,
    LAW,
    LIMIT,
    NONE,
    NUMBER,
    OPERATION_WORDS,
    OUTER,
    PLACE,
    TABLE,
    TRIES,
)

Reals = NDArray[np.float64]

_LONGEST_NS = 4e18
_ATTEMPTS = ATTEMPT_MASK << ATTEMPT_SHIFT


@lean_kernel
def begin_block(m: Memory, thread: int) -> int:
    """Begin the first try of the block that a thread has come to; return the thread to play, or 0."""
    m[thread + TRY] = 0
    return begin_try(m, thread, m[thread + DRAW] >> ORDINAL_BITS)


@lean_kernel
def begin_try(m: Memory, thread: int, attempt: int) -> int:
    """Begin a try, as an attempt: all bodies at once; return the thread to play, or 0."""
    block = m[thread + AT_OPERATION]
    place = (m[thread + PLACE_OF] & ~_ATTEMPTS) | ((attempt & ATTEMPT_MASK) << ATTEMPT_SHIFT)
    draw = (m[thread + DRAW] & ((1 << ORDINAL_BITS) - 1)) | (attempt << ORDINAL_BITS)
    m[thread + DOING] = WAITS_FOR_BODIES
    m[thread + WORST] = OK
    m[thread + RUNNING] = 0
    bodies, limit = m[block + COUNT], m[block + LIMIT]
    if bodies == 1 and limit == 0:
        m[thread + RUNNING] = 1
        return new_body(m, thread, m[m[block + TABLE]], place, draw)
    for nth in range(bodies - 1, -1, -1):  # the first in front, in which order they may have to be stopped
        operation = m[m[block + TABLE] + nth]
        if m[operation + KIND] != END:
            m[thread + RUNNING] += 1
            body = new_body(m, thread, operation, place, draw)
            schedule(m, body, STARTS_BODY, ARRIVAL_RANK, m[NOW], m[operation + NUMBER])
    if m[thread + RUNNING] == 0:
        m[thread + AT_OPERATION] += OPERATION_WORDS
        return thread
    if limit:
        set_limit(m, thread, limit, m[NOW], place | m[block + NUMBER])
    return 0


@lean_kernel
def begin_next_try(m: Memory, laws: LawTable, thread: int) -> int:
    """Take the next attempt's number, and pause before it; return the thread to play, or 0."""
    block, attempt = m[thread + AT_OPERATION], next_attempt(m, thread)
    m[thread + TRY] += 1
    m[thread + RUNNING] = attempt
    if m[block + LAW] < 0:
        return begin_try(m, thread, attempt)
    index = (m[thread + DRAW] & ((1 << ORDINAL_BITS) - 1)) | (attempt << ORDINAL_BITS)
    pause = sample_ns(laws, m[block + LAW], m[block + KEY], m[thread + SESSION], index)
    factor = np.int64(m[m[block + FACTOR] + m[thread + TRY] - 1]).view(np.float64)
    pause = math.floor(min(pause * factor, _LONGEST_NS) + 0.5)
    own = m[thread + PLACE_OF]
    m[thread + PLACE_OF] = (own & ~_ATTEMPTS) | ((attempt & ATTEMPT_MASK) << ATTEMPT_SHIFT)
    schedule(m, thread, BACKS_OFF, TIMER_RANK, m[NOW] + pause, m[block + NUMBER])
    m[thread + PLACE_OF] = own
    return 0


@inlined
def end_thread(m: Memory, f: Reals, laws: LawTable, thread: int) -> int:
    """End a thread's program with its outcome, and whatever ends with it; return the thread to play, or 0."""
    if m[thread + AT_OPERATION] != NONE and m[m[thread + AT_OPERATION] + OUTER] != NONE:
        _let_go(m, thread)
    if m[thread + ROLE] == CITIZEN:
        attempt_over(m, f, laws, thread, m[thread + OUTCOME])
        return 0
    if m[thread + ROLE] == BODY:
        return _end_body(m, laws, thread)
    after_round(m, laws, thread)
    return 0


@lean_kernel
def _end_body(m: Memory, laws: LawTable, body: int) -> int:
    """End a body, and its try where it was the last of it."""
    parent, outcome = m[body + PARENT], m[body + OUTCOME]
    if parent:
        _forget(m, parent, body)
    drop_attempts(m, body)
    free_thread(m, body)
    if parent == NONE:
        return 0
    m[parent + RUNNING] -= 1
    m[parent + WORST] = max(m[parent + WORST], outcome)
    if m[parent + RUNNING] > 0:
        return 0
    drop_limit(m, parent)
    return _after_try(m, laws, parent, m[parent + WORST])


@lean_kernel
def _after_try(m: Memory, laws: LawTable, thread: int, outcome: int) -> int:
    """Go on after a try of a block, or after a watched attempt at a step."""
    block = m[thread + AT_OPERATION]
    if block == NONE:
        return ends(m, thread, outcome)
    if outcome == OK:
        m[thread + AT_OPERATION] = block + OPERATION_WORDS
        return thread
    if m[thread + TRY] + 1 < m[block + TRIES]:
        return begin_next_try(m, laws, thread)
    return ends(m, thread, outcome)


@lean_kernel
def too_late(m: Memory, f: Reals, laws: LawTable, thread: int) -> int:
    """Let a try, or a watched attempt at a step, be over since it has lasted too long."""
    if m[thread + AT_OPERATION] == NONE:
        _leave_alone(m, thread)
        return ends(m, thread, TIMED_OUT)
    if m[m[thread + AT_OPERATION] + CANCEL]:
        _stop_bodies(m, f, thread)
    else:
        _leave_alone(m, thread)
    return _after_try(m, laws, thread, FAILED)


@inlined
def _leave_alone(m: Memory, thread: int) -> None:
    """Let bodies go on, for nobody."""
    body = m[thread + CHILD]
    m[thread + CHILD] = 0
    while body:
        m[body + PARENT] = 0
        body = m[body + SIBLING]


@inlined
def _forget(m: Memory, parent: int, body: int) -> None:
    """Take a body out of the list of those that its thread waits for."""
    word = parent + CHILD
    while m[word] != body:
        word = m[word] + SIBLING
    m[word] = m[body + SIBLING]


@lean_kernel
def _let_go(m: Memory, thread: int) -> None:
    """Give back the tokens that are held around the operation that a thread is at, innermost first."""
    hold = m[m[thread + AT_OPERATION] + OUTER]
    while hold:
        give_back(m, m[hold + PLACE])
        hold = m[hold + OUTER]


@lean_kernel
def _stop_bodies(m: Memory, f: Reals, thread: int) -> None:
    """Stop all bodies of a thread at once, in their order, each from the innermost on."""
    while m[thread + CHILD]:
        body = m[thread + CHILD]
        while m[body + DOING] == WAITS_FOR_BODIES and m[body + CHILD]:
            body = m[body + CHILD]
        parent = m[body + PARENT]
        m[parent + CHILD] = m[body + SIBLING]
        _stop(m, f, body)


@inlined
def _stop(m: Memory, f: Reals, body: int) -> None:
    """Stop a body that waits for no other."""
    doing = m[body + DOING]
    if doing == QUEUES:
        give_up(m, body)
    elif doing == QUEUES_FOR_TOKEN:
        leave_line(m, body)
    elif doing == SERVED_NOW or doing == SHARES_NOW:  # noqa: SIM109 - compiled
        stop_service(m, f, body)
    elif doing == GRANTED:
        give_back(m, m[body + STATION])
    elif doing == WAITS_FOR_BODIES:
        drop_limit(m, body)
    _let_go(m, body)
    drop_attempts(m, body)
    cancel(m, body)
