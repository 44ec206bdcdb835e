"""Sorting a station's entries of a window: by time, then by session, the order in which they come to it."""

from models.engines.recursion.state import BEGINS_NS, ENDS_NS, SLOT_BITS, SLOT_MASK, State
from models.kernel import inlined, lean_kernel

_FEW = 24
_CROWD = 24


@inlined
def _before(state: State, one: int, other: int) -> bool:
    """Whether an entry comes before another."""
    if one >> SLOT_BITS != other >> SLOT_BITS:
        return one < other
    return bool(state.slots[one & SLOT_MASK, 0] < state.slots[other & SLOT_MASK, 0])


@inlined
def sort(state: State, size: int, ascend: bool) -> None:
    """Sort the first entries of `keys`; told whether they ascend already, but for those of the same instant."""
    if not ascend and size > _FEW and not _spread(state, size):
        _merge(state, size)
        return
    _insert(state, size)


@inlined
def _insert(state: State, size: int) -> None:
    """Sort by insertion: fast where nothing is far from its place."""
    keys = state.keys
    for i in range(1, size):
        entry = keys[i]
        at = i
        while at > 0 and _before(state, entry, keys[at - 1]):
            keys[at] = keys[at - 1]
            at -= 1
        keys[at] = entry


@inlined
def _spread(state: State, size: int) -> bool:
    """Put entries roughly in order, by slices of the window; False, and nothing done, where many share a slice."""
    keys, spare, fall = state.keys, state.spare, state.fall
    slices, shift = 1, SLOT_BITS
    while slices < size:
        slices *= 2
    while (state.words[ENDS_NS] - state.words[BEGINS_NS]) >> (shift - SLOT_BITS) > slices:
        shift += 1
    for i in range(slices + 2):
        fall[i] = 0
    most = 0
    for i in range(size):
        at = (keys[i] >> shift) + 1
        fall[at] += 1
        most = max(most, fall[at])
    if most > _CROWD:
        return False
    for i in range(slices + 1):
        fall[i + 1] += fall[i]
    for i in range(size):
        at = keys[i] >> shift
        spare[fall[at]] = keys[i]
        fall[at] += 1
    for i in range(size):
        keys[i] = spare[i]
    return True


@lean_kernel
def _merge(state: State, size: int) -> None:
    """Sort by merging runs that double: for windows in which many come at nearly the same time."""
    keys, spare = state.keys, state.spare
    width = 1
    while width < size:
        for low in range(0, size, 2 * width):
            middle, high = min(low + width, size), min(low + 2 * width, size)
            left, right = low, middle
            for at in range(low, high):
                if right >= high or (left < middle and not _before(state, keys[right], keys[left])):
                    spare[at] = keys[left]
                    left += 1
                else:
                    spare[at] = keys[right]
                    right += 1
        for i in range(size):
            keys[i] = spare[i]
        width *= 2
