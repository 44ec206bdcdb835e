"""The way of a session: from one operation of its program to the next station, and from one step to the next."""

import math

from models.draws import uniform
from models.engines.recursion.lists import add
from models.engines.recursion.state import (
    BEGINS_NS,
    ENDS_NS,
    FREE_SLOT,
    LIST,
    OPERATION,
    ORDINAL,
    PROVINCE,
    RECORDED,
    SLICE,
    SLICE_NS,
    SLOT_BITS,
    STEP,
    THINKING,
    UNTIL_NS,
    UNUSED,
    State,
)
from models.kernel import inlined, lean_kernel
from models.law_kernel import LawTable, sample_ns
from models.machine import (
    BANDWIDTH_KEY,
    BANDWIDTH_LAW,
    BRANCH_TABLE,
    BRANCHES,
    CHOICE,
    COUNT,
    DELAY,
    FAMILY,
    FOLLOWING_KEY,
    JUMP,
    KEY,
    KIND,
    LAW,
    LIMIT_NS,
    MEMBERS,
    NAME,
    NEXT,
    OPERATION_WORDS,
    PLACE,
    PROGRAM,
    SHARE_KEY,
    SHARE_TABLE,
    SHARES,
    STATION_WORDS,
    TABLE,
    THINK_KEY,
    THINK_LAW,
    TRANSFER,
    VISIT,
    pick,
)
from models.network import Outcome

OK, TIMED_OUT, UNFINISHED = int(Outcome.OK), int(Outcome.TIMED_OUT), int(Outcome.UNFINISHED)
_LONGEST_NS = 4_000_000_000_000_000_000


@inlined
def go_on(state: State, slot: int, operation: int, at_ns: int, outcome: int) -> None:
    """Go from an operation, reached at `at_ns`, to where time passes next; `outcome` other than OK ends the step."""
    words = state.words
    until_ns = words[UNTIL_NS]
    session, ordinal = state.slots[slot, 0], state.short[slot, ORDINAL]
    while outcome == OK and at_ns < until_ns:
        kind = words[operation + KIND]
        if kind == VISIT:
            state.short[slot, OPERATION] = operation
            if at_ns < words[ENDS_NS]:
                place = words[_station(state, slot, operation) + LIST]
                add(state, place, ((at_ns - words[BEGINS_NS]) << SLOT_BITS) | slot)
            else:
                _keep(state, slot, at_ns)
            return
        if kind == DELAY:
            at_ns += _drawn_ns(state.laws, words[operation + LAW], words[operation + KEY], session, ordinal)
            operation += OPERATION_WORDS
        elif kind == CHOICE:
            operation = _chosen(state, operation, session, ordinal)
        elif kind == JUMP:
            operation = words[operation + NEXT]
        elif kind == TRANSFER:
            at_ns += _transfer_ns(state, operation, session, ordinal)
            operation += OPERATION_WORDS
        else:
            break
    _end(state, slot, outcome, at_ns)


@lean_kernel
def _drawn_ns(laws: LawTable, law: int, key: int, entity: int, index: int) -> int:
    """Return a draw; a function of its own, so that it is compiled once."""
    return sample_ns(laws, law, key, entity, index)


@inlined
def _chosen(state: State, operation: int, session: int, ordinal: int) -> int:
    """Return the address of what a choice leads to."""
    words = state.words
    table, count = words[operation + TABLE], words[operation + COUNT]
    u = uniform(words[operation + KEY], session, ordinal)
    place = pick(state.reals, table, count, u)
    return int(words[table + 2 * place + 1] if place < count else words[operation + NEXT])


@inlined
def _transfer_ns(state: State, operation: int, session: int, ordinal: int) -> int:
    """Return how long a transfer takes: its size over the session's bandwidth."""
    words = state.words
    size = _drawn_ns(state.laws, words[operation + LAW], words[operation + KEY], session, ordinal)
    speed = max(1, _drawn_ns(state.laws, words[BANDWIDTH_LAW], words[BANDWIDTH_KEY], session, 0))
    return math.floor(min(size / speed * 8e9, _LONGEST_NS) + 0.5)


@inlined
def _station(state: State, slot: int, operation: int) -> int:
    """Return the address of the station of a visit: for a family, that of the session's member."""
    words = state.words
    family = words[operation + FAMILY]
    if family == 0:
        return int(words[operation + PLACE])
    members = words[family + MEMBERS]
    if words[family + SHARES] == 0:
        member = state.short[slot, PROVINCE] % members
    else:
        u = uniform(words[family + SHARE_KEY], state.slots[slot, 0], 0)
        member = min(members - 1, pick(state.reals, words[family + SHARE_TABLE], words[family + SHARES], u))
    return int(words[operation + PLACE] + STATION_WORDS * member)


@inlined
def _keep(state: State, slot: int, at_ns: int) -> None:
    """Put a session on the calendar, for a window after this one."""
    words = state.words
    since_ns = at_ns - words[BEGINS_NS]
    ahead = since_ns // words[SLICE_NS]
    add(state, words[SLICE] + ahead, ((since_ns - ahead * words[SLICE_NS]) << SLOT_BITS) | slot)


@inlined
def _end(state: State, slot: int, outcome: int, at_ns: int) -> None:
    """End a step; go on to the next one or leave."""
    step = state.short[slot, STEP]
    session, ordinal, intended_ns = state.slots[slot, 0], state.short[slot, ORDINAL], state.slots[slot, 1]
    outcome, at_ns = record(state, step, session, ordinal, intended_ns, outcome, at_ns)
    if outcome == OK:
        step = _following(state, slot, step)
        if step:
            _think(state, slot, step, at_ns)
            return
    _leave(state, slot)


@inlined
def record(
    state: State, step: int, session: int, ordinal: int, intended_ns: int, outcome: int, at_ns: int
) -> tuple[int, int]:
    """Record how a step ended, and when, as the citizen saw it, who left at the deadline; return both."""
    words, records = state.words, state.records
    until_ns, deadline_ns = words[UNTIL_NS], intended_ns + words[step + LIMIT_NS]
    if at_ns >= until_ns:
        outcome, at_ns = UNFINISHED, until_ns
    if at_ns > deadline_ns:
        outcome, at_ns = TIMED_OUT, deadline_ns
    at = words[RECORDED]
    words[RECORDED] += 1
    records.step[at] = words[step + NAME]
    records.outcome[at] = outcome
    records.session[at] = session
    records.ordinal[at] = ordinal
    records.intended_ns[at] = intended_ns
    records.end_ns[at] = at_ns
    return outcome, at_ns


@inlined
def _following(state: State, slot: int, step: int) -> int:
    """Return the address of the step after this one, 0 where the session ends."""
    words = state.words
    table, last = words[step + BRANCH_TABLE], words[step + BRANCHES] - 1
    if last == 0:
        return int(words[table + 1])
    u = uniform(words[step + FOLLOWING_KEY], state.slots[slot, 0], state.short[slot, ORDINAL])
    return int(words[table + 2 * pick(state.reals, table, last, u) + 1])


@inlined
def _think(state: State, slot: int, step: int, now_ns: int) -> None:
    """Think before a step; who would think until the run is over is no longer part of it."""
    words, short = state.words, state.short
    ordinal = short[slot, ORDINAL] + 1
    at_ns = now_ns + _drawn_ns(
        state.laws, words[step + THINK_LAW], words[step + THINK_KEY], state.slots[slot, 0], ordinal
    )
    if at_ns >= words[UNTIL_NS]:
        _leave(state, slot)
        return
    short[slot, STEP], short[slot, ORDINAL], short[slot, OPERATION] = step, ordinal, THINKING
    _keep(state, slot, at_ns)


@inlined
def begin(state: State, slot: int, at_ns: int) -> int:
    """Begin a session's step; return the address of its first operation."""
    state.slots[slot, 1] = at_ns
    return int(state.words[state.short[slot, STEP] + PROGRAM])


@inlined
def _leave(state: State, slot: int) -> None:
    """Give a session's slot back."""
    state.short[slot, OPERATION] = UNUSED
    state.slots[slot, 0] = state.words[FREE_SLOT]
    state.words[FREE_SLOT] = slot
