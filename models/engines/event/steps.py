"""Citizens and bulk workers: sessions, steps, attempts, the door, reloads and returns, rounds."""

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.engines.event.attempts import drop_attempts, next_attempt, share_attempts
from models.engines.event.limits import set_limit
from models.engines.event.memory import (
    ARRIVAL_RANK,
    AT_OPERATION,
    ATTEMPT_AT,
    BODY,
    CHILD,
    CITIZEN,
    COMES,
    DOING,
    DRAW,
    IN_RECORDS,
    INSIDE,
    INTENDED,
    JOURNEY,
    NOW,
    OK,
    ORDINAL_BITS,
    PARENT,
    PLACE_OF,
    PROVINCE,
    RECORD_ROOM,
    RECORDS,
    REJECTED,
    RELOADS,
    RELOADS_SOON,
    RESTS,
    RETURNS_SOON,
    ROOM_OPERATION,
    RUNNING,
    SESSION,
    SIBLING,
    STEP,
    TAT,
    THINKS,
    TIMED_OUT,
    TIMER_RANK,
    VISIT_NUMBER,
    WAITS_FOR_BODIES,
    WORKER,
    WORST,
    Memory,
    ends,
    free_thread,
    new_thread,
    place_in_step,
)
from models.engines.event.pending import schedule, shared
from models.engines.event.pools import ask, give_back
from models.engines.event.stations import BEGUN
from models.kernel import inlined, lean_kernel
from models.law_kernel import LawTable, sample_ns
from models.machine import (
    AGAIN_CHANCE_KEY,
    AGAIN_LAW,
    AGAIN_PROBABILITY,
    AGAIN_TIMES,
    AGAIN_WAIT_KEY,
    BRANCH_TABLE,
    BRANCHES,
    BUCKET_NS,
    BURST,
    COME_BACK,
    FIRST_NUMBER,
    FOLLOWING_KEY,
    FROM_NS,
    JOB_COUNT,
    JOB_PROGRAM,
    JOB_TABLE,
    JOB_WORDS,
    JOURNEYS,
    LIMIT_NS,
    NAME,
    NONE,
    PAUSE_KEY,
    PAUSE_LAW,
    PROGRAM,
    RELOAD,
    ROOM,
    ROOM_LIMIT,
    ROUNDS,
    THINK_KEY,
    THINK_LAW,
    TO_NS,
    WATCH,
    WORKERS,
    pick,
)

Reals = NDArray[np.float64]

OUTSIDE, INSIDE_FREELY, INSIDE_ROOM = range(3)
_NO_WAIT = -1


@inlined
def begin_session(m: Memory, session: int, journey: int, province: int) -> int:
    """Begin a session now; return the thread to play, or 0."""
    citizen = new_thread(m, session, CITIZEN)
    m[citizen + PROVINCE] = province
    m[citizen + JOURNEY] = m[m[JOURNEYS] + journey]
    m[citizen + STEP] = m[citizen + JOURNEY]
    m[citizen + VISIT_NUMBER] = 1
    place_in_step(m, citizen, 1, 0, 0)
    return begin_visit(m, citizen)


@inlined
def begin_visit(m: Memory, citizen: int) -> int:
    """Begin a visit with its first step; return the thread to play, or 0."""
    m[citizen + INSIDE] = OUTSIDE if m[ROOM] or m[BUCKET_NS] else INSIDE_FREELY
    return begin_step(m, citizen)


@inlined
def begin_step(m: Memory, citizen: int) -> int:
    """Begin a step now; return the thread to play, or 0."""
    m[citizen + INTENDED] = m[NOW]
    m[citizen + RELOADS] = 0
    return begin_attempt(m, citizen)


@inlined
def begin_attempt(m: Memory, citizen: int) -> int:
    """Begin an attempt at a step; return the thread to play, or 0."""
    m[citizen + ATTEMPT_AT] = m[NOW]
    if m[citizen + INSIDE] == OUTSIDE:
        return _come_to_door(m, citizen)
    return _play_step(m, citizen)


@inlined
def _play_step(m: Memory, citizen: int) -> int:
    """Play the step's program in place, or watch an activity that does."""
    step = m[citizen + STEP]
    if m[step + WATCH] == NONE:
        m[citizen + AT_OPERATION] = m[step + PROGRAM]
        return citizen
    return _watch(m, citizen, step)


@lean_kernel
def _watch(m: Memory, citizen: int, step: int) -> int:
    m[citizen + AT_OPERATION] = NONE
    m[citizen + DOING] = WAITS_FOR_BODIES
    m[citizen + RUNNING] = 1
    m[citizen + WORST] = OK
    set_limit(m, citizen, m[step + WATCH], m[citizen + ATTEMPT_AT], m[citizen + PLACE_OF])
    return new_body(m, citizen, m[step + PROGRAM], m[citizen + PLACE_OF], m[citizen + DRAW])


@lean_kernel
def new_body(m: Memory, parent: int, operation: int, place: int, draw: int) -> int:
    """Return a thread that plays a body for another one, in front of those that do already."""
    body = new_thread(m, m[parent + SESSION], BODY)
    share_attempts(m, parent, body)
    m[body + PROVINCE] = m[parent + PROVINCE]
    m[body + AT_OPERATION] = operation
    m[body + PLACE_OF] = place
    m[body + DRAW] = draw
    m[body + PARENT] = parent
    m[body + SIBLING] = m[parent + CHILD]
    m[parent + CHILD] = body
    return int(body)


@lean_kernel
def _come_to_door(m: Memory, citizen: int) -> int:
    """Ask to be let in: a bucket answers at once, at a room one may have to wait."""
    if m[ROOM] == NONE:
        now, every = m[NOW], m[BUCKET_NS]
        if m[TAT] > now + (m[BURST] - 1) * every:
            return ends(m, citizen, REJECTED)
        m[TAT] = max(m[TAT], now) + every
        m[citizen + INSIDE] = INSIDE_FREELY
        return _play_step(m, citizen)
    if shared(m):
        m[citizen + AT_OPERATION] = NONE
        schedule(m, citizen, COMES, ARRIVAL_RANK, m[NOW], ROOM_OPERATION)
        return 0
    return ask_for_room(m, citizen)


@lean_kernel
def ask_for_room(m: Memory, citizen: int) -> int:
    """Ask for a place in the room; return the thread to play, or 0."""
    m[citizen + AT_OPERATION] = NONE
    outcome = ask(m, citizen, m[ROOM], m[ROOM_LIMIT], ROOM_OPERATION)
    if outcome == BEGUN:
        return 0
    if outcome != OK:
        return ends(m, citizen, outcome)
    return enter_room(m, citizen)


@lean_kernel
def enter_room(m: Memory, citizen: int) -> int:
    """Be inside; who is so too late for the step does not play it."""
    m[citizen + INSIDE] = INSIDE_ROOM
    if m[NOW] > m[citizen + ATTEMPT_AT] + m[m[citizen + STEP] + LIMIT_NS]:
        return ends(m, citizen, TIMED_OUT)
    return _play_step(m, citizen)


@inlined
def attempt_over(m: Memory, f: Reals, laws: LawTable, citizen: int, outcome: int) -> None:
    """End an attempt: reload, or end the step as the citizen saw it, and think, come back or leave."""
    step, end = m[citizen + STEP], m[NOW]
    late = m[citizen + ATTEMPT_AT] + m[step + LIMIT_NS]
    if end > late:
        outcome, end = TIMED_OUT, late
    ordinal = m[citizen + DRAW] & ((1 << ORDINAL_BITS) - 1)
    if outcome != OK and m[RELOAD]:
        index = m[citizen + DRAW]
        wait = _again_ns(m, f, laws, m[RELOAD], m[citizen + SESSION], index, m[citizen + RELOADS])
        if wait != _NO_WAIT:
            m[citizen + RELOADS] += 1
            place_in_step(m, citizen, m[citizen + VISIT_NUMBER], ordinal, next_attempt(m, citizen))
            schedule(m, citizen, RELOADS_SOON, TIMER_RANK, m[NOW] + wait, 0)
            return
    _record(m, citizen, step, outcome, ordinal, end)
    drop_attempts(m, citizen)
    if outcome == OK and _think(m, f, laws, citizen, step, ordinal):
        return
    _end_visit(m, f, laws, citizen, ordinal, outcome)


@inlined
def _think(m: Memory, f: Reals, laws: LawTable, citizen: int, step: int, ordinal: int) -> bool:
    """Go on to the next step, if there is one."""
    session, branches = m[citizen + SESSION], m[step + BRANCHES]
    place = 0
    if branches > 1:
        u = uniform(m[step + FOLLOWING_KEY], session, ordinal)
        place = min(pick(f, m[step + BRANCH_TABLE], branches, u), branches - 1)
    following = m[m[step + BRANCH_TABLE] + 2 * place + 1]
    if following == NONE:
        return False
    m[citizen + STEP] = following
    place_in_step(m, citizen, m[citizen + VISIT_NUMBER], ordinal + 1, 0)
    think = sample_ns(laws, m[following + THINK_LAW], m[following + THINK_KEY], session, ordinal + 1)
    schedule(m, citizen, THINKS, TIMER_RANK, m[NOW] + think, 0)
    return True


@inlined
def _record(m: Memory, citizen: int, step: int, outcome: int, ordinal: int, end: int) -> None:
    row = m[RECORDS] + m[IN_RECORDS]
    m[IN_RECORDS] += 1
    m[row] = m[step + NAME]
    m[row + RECORD_ROOM] = outcome
    m[row + 2 * RECORD_ROOM] = m[citizen + SESSION]
    m[row + 3 * RECORD_ROOM] = ordinal
    m[row + 4 * RECORD_ROOM] = m[citizen + VISIT_NUMBER]
    m[row + 5 * RECORD_ROOM] = m[citizen + INTENDED]
    m[row + 6 * RECORD_ROOM] = end


@inlined
def _end_visit(m: Memory, f: Reals, laws: LawTable, citizen: int, ordinal: int, outcome: int) -> None:
    """Leave, or come back later."""
    if m[citizen + INSIDE] == INSIDE_ROOM:
        give_back(m, m[ROOM])
    if outcome != OK and m[COME_BACK]:
        visit = m[citizen + VISIT_NUMBER]
        wait = _again_ns(m, f, laws, m[COME_BACK], m[citizen + SESSION], visit, visit - 1)
        if wait != _NO_WAIT:
            m[citizen + VISIT_NUMBER] = visit + 1
            m[citizen + STEP] = m[citizen + JOURNEY]
            place_in_step(m, citizen, visit + 1, ordinal + 1, 0)
            schedule(m, citizen, RETURNS_SOON, TIMER_RANK, m[NOW] + wait, 0)
            return
    free_thread(m, citizen)


@lean_kernel
def _again_ns(m: Memory, f: Reals, laws: LawTable, again: int, session: int, index: int, done: int) -> int:
    """Return the pause before a citizen who has tried again `done` times does so, or `_NO_WAIT`."""
    if done >= m[again + AGAIN_TIMES]:
        return _NO_WAIT
    if uniform(m[again + AGAIN_CHANCE_KEY], session, index) >= f[again + AGAIN_PROBABILITY]:
        return _NO_WAIT
    return sample_ns(laws, m[again + AGAIN_LAW], m[again + AGAIN_WAIT_KEY], session, index)


@lean_kernel
def employ(m: Memory) -> None:
    """Let the workers of all bulk jobs begin when it is time."""
    for number in range(m[JOB_COUNT]):
        job = m[JOB_TABLE] + JOB_WORDS * number
        if m[job + ROUNDS] == 0:
            continue
        for each in range(m[job + WORKERS]):
            worker = new_thread(m, m[job + FIRST_NUMBER] + each, WORKER)
            m[worker + PROVINCE] = each
            m[worker + STEP] = job
            place_in_step(m, worker, 1, 0, 0)
            schedule(m, worker, RESTS, TIMER_RANK, m[job + FROM_NS], 0)


@lean_kernel
def begin_round(m: Memory, worker: int) -> int:
    """Begin a worker's round, if it is not too late; return the thread to play, or 0."""
    job = m[worker + STEP]
    if m[NOW] >= m[job + TO_NS]:
        free_thread(m, worker)
        return 0
    m[worker + AT_OPERATION] = m[job + JOB_PROGRAM]
    return int(worker)


@lean_kernel
def after_round(m: Memory, laws: LawTable, worker: int) -> None:
    """Rest before the next round, if there is one; a rest lasts 1 ns at least."""
    job, done = m[worker + STEP], m[worker + DRAW] & ((1 << ORDINAL_BITS) - 1)
    drop_attempts(m, worker)
    if m[job + ROUNDS] >= 0 and done + 1 >= m[job + ROUNDS]:
        free_thread(m, worker)
        return
    rest = 1
    if m[job + PAUSE_LAW] >= 0:
        rest = max(1, sample_ns(laws, m[job + PAUSE_LAW], m[job + PAUSE_KEY], m[worker + SESSION], done))
    place_in_step(m, worker, 1, done + 1, 0)
    schedule(m, worker, RESTS, TIMER_RANK, m[NOW] + rest, 0)
