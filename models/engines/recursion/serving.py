"""A station's work of one window: who comes, in order, is refused, served or gives up, all of it known at once."""

from models.draws import uniform
from models.engines.batch import Integers
from models.engines.recursion.books import came, carry, gave_up, served
from models.engines.recursion.flow import go_on
from models.engines.recursion.lists import take_all
from models.engines.recursion.servers import begins, occupy
from models.engines.recursion.sorting import sort
from models.engines.recursion.state import (
    BEGINS_NS,
    BOOK_AT,
    CHANGE_DOWN,
    CHANGE_END,
    CHANGE_FAILS,
    CHANGE_NS,
    CHANGE_WORDS,
    DOWN,
    DOWN_AT,
    LIST,
    MAY_FAIL,
    OPERATION,
    ORDINAL,
    PACE,
    REJECTIONS,
    RING,
    RING_AT,
    SLOT_BITS,
    SLOT_MASK,
    UNTIL_NS,
    State,
)
from models.kernel import inlined, lean_kernel
from models.law_kernel import sample_ns
from models.machine import ENDLESS, FAILS_KEY, KEY, LAW, LENGTH_NS, LIMIT, OPERATION_WORDS, SPACE, STATION_WORDS
from models.network import Outcome

OK, REJECTED, FAILED = int(Outcome.OK), int(Outcome.REJECTED), int(Outcome.FAILED)
_THOUSAND = 1000
_LONGEST_NS = 4_000_000_000_000_000_000


@lean_kernel
def serve(state: State, station: int) -> None:
    """Let a station do its work of the present window, and send on who has been there."""
    words, short = state.words, state.short
    own = words[station : station + STATION_WORDS]
    size = int(state.size[own[LIST]])
    sort(state, size, take_all(state, own[LIST]))
    _draw(state, size)
    for i in range(size):
        entry = state.keys[i]
        slot = entry & SLOT_MASK
        at_ns = words[BEGINS_NS] + (entry >> SLOT_BITS)
        operation = short[slot, OPERATION]
        session, ordinal = state.slots[slot, 0], short[slot, ORDINAL]
        outcome, at_ns = visited(state, own, operation, session, ordinal, at_ns, state.spare[i])
        go_on(state, slot, operation + OPERATION_WORDS, at_ns, outcome)
    carry(own)


@inlined
def _draw(state: State, size: int) -> None:
    """Draw the service times of all who come: in a loop of their own, where nothing waits for anything."""
    words, short = state.words, state.short
    for i in range(size):
        slot = state.keys[i] & SLOT_MASK
        operation = short[slot, OPERATION]
        session, ordinal = state.slots[slot, 0], short[slot, ORDINAL]
        state.spare[i] = sample_ns(state.laws, words[operation + LAW], words[operation + KEY], session, ordinal)


@inlined
def visited(
    state: State, own: Integers, operation: int, session: int, ordinal: int, at_ns: int, service_ns: int
) -> tuple[int, int]:
    """Return how a visit ends, and when, of who comes at `at_ns`; nobody may come earlier after that."""
    came(state, own, at_ns)
    if _refused(state, own, at_ns):
        return FAILED if own[DOWN] else REJECTED, at_ns
    outcome, ends_ns = _served(state, own, operation, at_ns, begins(state, own, at_ns), service_ns)
    if outcome == OK and own[MAY_FAIL] and ends_ns < state.words[UNTIL_NS]:
        outcome = _checked(state, own, operation, session, ordinal, ends_ns)
    return outcome, ends_ns


@inlined
def _refused(state: State, own: Integers, at_ns: int) -> bool:
    """Whether a station is down, or its queue is full: as many as may wait have not left it."""
    words = state.words
    row = own[DOWN_AT]
    while row < own[CHANGE_END] and words[row + CHANGE_NS] <= at_ns:
        own[DOWN] = words[row + CHANGE_DOWN]
        row += CHANGE_WORDS
        own[DOWN_AT] = row
    refused = own[DOWN] != 0
    if not refused and own[SPACE] != ENDLESS:
        refused = begins(state, own, at_ns) > at_ns if own[SPACE] == 0 else state.ring[own[RING] + own[RING_AT]] > at_ns
    if refused:
        state.books[own[BOOK_AT], REJECTIONS] += 1
    return bool(refused)


@inlined
def _served(
    state: State, own: Integers, operation: int, at_ns: int, begins_ns: int, service_ns: int
) -> tuple[int, int]:
    """Return how the visit ends, and when, of who can begin at `begins_ns`."""
    words = state.words
    limit = words[operation + LIMIT]
    if (limit or own[SPACE] != ENDLESS) and begins_ns > at_ns:  # asked last: it surprises as often as anybody waits
        leaves_ns = begins_ns
        if limit:
            leaves_ns = min(begins_ns, at_ns + words[limit + LENGTH_NS] + 1)
        _wait(state, own, leaves_ns)
        if leaves_ns < begins_ns:
            gave_up(state, own, at_ns, leaves_ns)
            return REJECTED, leaves_ns
    if begins_ns >= words[UNTIL_NS]:
        served(state, own, at_ns, begins_ns, begins_ns)
        return OK, begins_ns
    if own[PACE] != _THOUSAND:
        service_ns = _paced(service_ns, own[PACE])
    ends_ns = begins_ns + service_ns
    occupy(state, own, ends_ns)
    served(state, own, at_ns, begins_ns, ends_ns)
    return OK, ends_ns


@inlined
def _wait(state: State, own: Integers, leaves_ns: int) -> None:
    """Take note of when one leaves the queue, in a ring as long as the queue may be."""
    space = own[SPACE]
    if space != ENDLESS and space > 0:
        at = own[RING_AT]
        state.ring[own[RING] + at] = leaves_ns
        own[RING_AT] = at + 1 if at + 1 < space else 0


@inlined
def _paced(service_ns: int, thousandths: int) -> int:
    """Return service · thousandths // 1000, without overflow up to what no run can reach."""
    whole, rest = service_ns // _THOUSAND, service_ns % _THOUSAND
    if whole > _LONGEST_NS // max(1, thousandths):
        return _LONGEST_NS
    return whole * thousandths + rest * thousandths // _THOUSAND


@lean_kernel
def _checked(state: State, own: Integers, operation: int, session: int, ordinal: int, ends_ns: int) -> int:
    """Return how a service that is over ends, by the probability of failure that holds then."""
    words = state.words
    row = own[DOWN_AT]
    while row < own[CHANGE_END] and words[row + CHANGE_NS] < ends_ns:
        row += CHANGE_WORDS
    fails = state.reals[row - CHANGE_WORDS + CHANGE_FAILS]
    return FAILED if uniform(words[operation + FAILS_KEY], session, ordinal) < fails else OK
