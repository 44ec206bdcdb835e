"""The course of a recursion: window by window, until something is needed that only Python can give.

A step that begins in a window ends in it or later, and the next one begins at least the least think time after that: so
all steps that begin in a window no longer than that are known when it opens. Within it, stations serve in an order in
which none leads back to one before it.
"""

from models.engines.batch import Integers, Shorts
from models.engines.recursion.books import carry
from models.engines.recursion.flow import begin, go_on, record
from models.engines.recursion.lists import take, touch
from models.engines.recursion.serving import serve, visited
from models.engines.recursion.state import (
    AT,
    BEGINS_NS,
    DRAINING,
    ENDS_NS,
    FREE_SLOT,
    LAST_NS,
    LAST_SESSION,
    LIST,
    LONGEST_SPAN,
    OPERATION,
    ORDINAL,
    PHASE,
    PROVINCE,
    RECORDED,
    SERVED,
    SERVING,
    SLICE,
    SLICE_NS,
    SLICES,
    SLOT_BITS,
    SLOT_MASK,
    SLOTS,
    SPAN,
    STEP,
    TAKEN,
    TAKING,
    THINKING,
    UNTIL_NS,
    State,
)
from models.kernel import inlined, lean_kernel
from models.law_kernel import sample_all_ns
from models.machine import JOURNEYS, KEY, LAW, PLACE, PROGRAM, STATION_WORDS

OVER, ARRIVALS, SLOTS_NEEDED, RECORDS_FULL, KEYS_NEEDED, DISORDER, BREATH = range(7)
"""What a kernel returns with: the run is over; it needs arrivals, slots, empty records, longer `keys`; arrivals are out
of order; it has run for a while."""

BREATH_VISITS = 500_000
BREATH_WINDOWS = 1_000_000

_FEW_VISITS, _MANY_VISITS = 2_000, 8_000


@lean_kernel
def advance(
    state: State, session: Integers, instant_ns: Integers, journey: Shorts, province: Shorts, last: bool
) -> int:
    """Go on with the batch of arrivals given, the `last` or not; return why it stopped, or that all is over."""
    words = state.words
    windows = visits = 0
    while words[SLICE] < words[SLICES]:
        why = OVER
        if words[PHASE] == TAKING:
            why = _take(state, session, instant_ns, journey, province, last)
        elif words[PHASE] == DRAINING:
            why = _drain(state)
        elif words[AT] < state.order.size:
            station = state.order[words[AT]]
            size = state.size[words[station + LIST]]
            if size:
                why = _room(state, size)
                if why == OVER:
                    serve(state, station)
                    words[SERVED] += size
                    visits += size
            if why == OVER:
                words[AT] += 1
        else:
            _open_next(state)
            windows += 1
        if why != OVER:
            return why
        if visits > BREATH_VISITS or windows > BREATH_WINDOWS:
            return BREATH
    return OVER


@inlined
def _open_next(state: State) -> None:
    """Open the next window: longer after one that had few visits, shorter after many, so that all stays near."""
    words = state.words
    words[SLICE] += words[SPAN]
    if words[SERVED] < _FEW_VISITS:
        words[SPAN] = min(2 * words[SPAN], words[LONGEST_SPAN])
    elif words[SERVED] > _MANY_VISITS:
        words[SPAN] = max(1, words[SPAN] // 2)
    words[BEGINS_NS] = words[SLICE] * words[SLICE_NS]
    words[ENDS_NS] = min(words[BEGINS_NS] + words[SPAN] * words[SLICE_NS], words[UNTIL_NS])
    words[PHASE] = TAKING
    words[AT] = words[SERVED] = 0


@inlined
def _room(state: State, size: int) -> int:
    """Return what is missing for a station to serve so many."""
    if state.keys.size < size:
        return KEYS_NEEDED
    if state.records.step.size - state.words[RECORDED] < size:
        return RECORDS_FULL
    return OVER


@inlined
def _ready(state: State, session: int, at_ns: int) -> int:
    """Return what hinders a session from beginning: that it comes too late, or that its end could not be recorded."""
    words = state.words
    if at_ns < words[LAST_NS] or (at_ns == words[LAST_NS] and session < words[LAST_SESSION]):
        return DISORDER
    if words[RECORDED] == state.records.step.size:
        return RECORDS_FULL
    words[LAST_NS], words[LAST_SESSION] = at_ns, session
    return OVER


@lean_kernel
def pass_through(state: State, session: Integers, instant_ns: Integers, last: bool) -> int:
    """Do what `advance` does where every session is the same one visit: who comes first is first, and is gone."""
    words, until_ns = state.words, state.words[UNTIL_NS]
    step = words[words[JOURNEYS]]
    operation = words[step + PROGRAM]
    law, key = words[operation + LAW], words[operation + KEY]
    own = words[words[operation + PLACE] : words[operation + PLACE] + STATION_WORDS]
    while words[TAKEN] < session.size:
        first = words[TAKEN]
        room = min(state.spare.size, state.records.step.size - words[RECORDED])
        if room == 0:
            return RECORDS_FULL
        beyond = min(session.size, first + room)
        if not _in_order(state, session, instant_ns, first, beyond):
            return DISORDER
        sample_all_ns(state.laws, law, key, session[first:beyond], 0, state.spare)
        for i in range(first, beyond):
            at_ns = instant_ns[i]
            if at_ns >= until_ns:
                return OVER
            outcome, ends_ns = visited(state, own, operation, session[i], 0, at_ns, state.spare[i - first])
            record(state, step, session[i], 0, at_ns, outcome, ends_ns)
        words[TAKEN] = beyond
        carry(own)
    return OVER if last else ARRIVALS


@inlined
def _in_order(state: State, session: Integers, instant_ns: Integers, first: int, beyond: int) -> bool:
    """Whether these sessions come in order; if not, the first that does not is the one taken next."""
    words = state.words
    last_ns, last_session = words[LAST_NS], words[LAST_SESSION]
    for i in range(first, beyond):
        if instant_ns[i] < last_ns or (instant_ns[i] == last_ns and session[i] < last_session):
            words[TAKEN] = i
            return False
        last_ns, last_session = instant_ns[i], session[i]
    words[LAST_NS], words[LAST_SESSION] = last_ns, last_session
    return True


@inlined
def _take(state: State, session: Integers, instant_ns: Integers, journey: Shorts, province: Shorts, last: bool) -> int:
    """Let the sessions of this window begin."""
    words, slots, short = state.words, state.slots, state.short
    while words[TAKEN] < session.size:
        at = words[TAKEN]
        at_ns = instant_ns[at]
        if at_ns >= words[ENDS_NS]:
            break
        why = _ready(state, session[at], at_ns)
        if why != OVER:
            return why
        slot = words[FREE_SLOT]
        if slot >= 0:
            words[FREE_SLOT] = slots[slot, 0]
        elif words[SLOTS] < slots.shape[0]:
            slot = words[SLOTS]
            words[SLOTS] += 1
        else:
            return SLOTS_NEEDED
        words[TAKEN] += 1
        slots[slot, 0] = session[at]
        short[slot, ORDINAL], short[slot, PROVINCE] = 0, province[at]
        short[slot, STEP] = words[words[JOURNEYS] + journey[at]]
        go_on(state, slot, begin(state, slot, at_ns), at_ns, 0)
    if words[TAKEN] == session.size and not last:
        return ARRIVALS
    words[PHASE] = DRAINING
    return OVER


@inlined
def _drain(state: State) -> int:
    """Let the calendar's sessions go on that are due in this window."""
    words = state.words
    while words[AT] < min(words[SPAN], words[SLICES] - words[SLICE]):
        place = words[SLICE] + words[AT]
        touch(state, place)
        while state.size[place]:
            if words[RECORDED] == state.records.step.size:
                return RECORDS_FULL
            entry = take(state, place)
            slot, at_ns = entry & SLOT_MASK, words[BEGINS_NS] + words[AT] * words[SLICE_NS] + (entry >> SLOT_BITS)
            operation = state.short[slot, OPERATION]
            if operation == THINKING:
                operation = begin(state, slot, at_ns)
            go_on(state, slot, operation, at_ns, 0)
        words[AT] += 1
    words[PHASE], words[AT] = SERVING, 0
    return OVER
