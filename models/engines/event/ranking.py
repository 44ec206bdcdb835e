"""A ranking of threads at one station: a pairing heap (Fredman et al. 1986) by rank, then key; anyone may leave it.

The links are those of lists: `AFTER` the next sibling, `BEFORE` the word that points to a thread, `CHILD` the first
child.
"""

from models.engines.event.memory import AFTER, BEFORE, CHILD, LAST_KEY, RANK, SESSION, Memory
from models.kernel import inlined, lean_kernel


@inlined
def enter(m: Memory, word: int, thread: int) -> None:
    """Put a thread, whose `RANK` is set, into the ranking whose first stands at a word."""
    m[thread + CHILD] = 0
    m[thread + AFTER] = 0
    _crown(m, word, _meld(m, m[word], thread))


@lean_kernel
def leave(m: Memory, word: int, thread: int) -> None:
    """Take a thread out."""
    below = _merged(m, m[thread + CHILD])
    m[thread + CHILD] = 0
    if m[word] == thread:
        _crown(m, word, below)
        return
    after = m[thread + AFTER]
    m[m[thread + BEFORE]] = after
    if after:
        m[after + BEFORE] = m[thread + BEFORE]
    _crown(m, word, _meld(m, m[word], below))


@inlined
def _crown(m: Memory, word: int, thread: int) -> None:
    m[word] = thread
    if thread:
        m[thread + BEFORE] = word
        m[thread + AFTER] = 0


@inlined
def _first(m: Memory, thread: int, other: int) -> bool:
    if m[thread + RANK] != m[other + RANK]:
        return bool(m[thread + RANK] < m[other + RANK])
    if m[thread + SESSION] != m[other + SESSION]:
        return bool(m[thread + SESSION] < m[other + SESSION])
    return bool(m[thread + LAST_KEY] < m[other + LAST_KEY])


@inlined
def _meld(m: Memory, thread: int, other: int) -> int:
    """Put the root that comes later below the other; return that."""
    if thread == 0:
        return other
    if other == 0:
        return thread
    if _first(m, other, thread):
        thread, other = other, thread
    child = m[thread + CHILD]
    m[other + AFTER] = child
    if child:
        m[child + BEFORE] = other + AFTER
    m[other + BEFORE] = thread + CHILD
    m[thread + CHILD] = other
    return thread


@lean_kernel
def _merged(m: Memory, thread: int) -> int:
    """Meld siblings in pairs from the left, then all from the right; return the root."""
    pairs = 0
    while thread:
        second = m[thread + AFTER]
        rest = m[second + AFTER] if second else 0
        winner = _meld(m, thread, second)
        m[winner + AFTER] = pairs
        pairs = winner
        thread = rest
    root = 0
    while pairs:
        rest = m[pairs + AFTER]
        root = _meld(m, root, pairs)
        pairs = rest
    return int(root)
