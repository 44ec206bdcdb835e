"""Special events, which belong to no thread: each source has a leaf with its next instant in a tree of winners.

A leaf is set again and again (a shared server's next end moves with every arrival): that is a way up the tree, and
leaves nothing stale behind.
"""

from models.engines.event.memory import LEAVES, NEVER, SPECIAL_AT, SPECIALS, TREE, Memory
from models.kernel import inlined, lean_kernel

LEAF_WORDS = 8
LEAF_AT, LEAF_FIRST, LEAF_LAST, LEAF_KIND, LEAF_OF = range(5)
LIMIT_LEAF_KIND, CHANGE_LEAF_KIND, LOOK_LEAF_KIND, GROWTH_LEAF_KIND, SHARING_LEAF_KIND = range(5)


@inlined
def next_special(m: Memory) -> int:
    """Return the leaf of the least special event."""
    return int(m[m[TREE] + 1])


@lean_kernel
def set_special(m: Memory, leaf: int, at: int, first: int, last: int) -> None:
    """Let a leaf's next event be at an instant, with a key; `NEVER` for none."""
    m[leaf + LEAF_AT] = at
    m[leaf + LEAF_FIRST] = first
    m[leaf + LEAF_LAST] = last
    tree, leaves = m[TREE], m[LEAVES]
    node = (leaves + (leaf - m[SPECIALS]) // LEAF_WORDS) >> 1
    while node:
        left, right = _winner(m, 2 * node), _winner(m, 2 * node + 1)
        m[tree + node] = right if _before(m, right, left) else left
        node >>= 1
    m[SPECIAL_AT] = m[m[tree + 1] + LEAF_AT]


@inlined
def _winner(m: Memory, node: int) -> int:
    """Return the leaf that wins below a node of the tree; the leaves themselves are the nodes from `LEAVES` on."""
    leaves = m[LEAVES]
    return int(m[SPECIALS] + LEAF_WORDS * (node - leaves) if node >= leaves else m[m[TREE] + node])


@inlined
def _before(m: Memory, leaf: int, other: int) -> bool:
    if m[leaf + LEAF_AT] != m[other + LEAF_AT]:
        return bool(m[leaf + LEAF_AT] < m[other + LEAF_AT])
    if m[leaf + LEAF_FIRST] != m[other + LEAF_FIRST]:
        return bool(m[leaf + LEAF_FIRST] < m[other + LEAF_FIRST])
    return bool(m[leaf + LEAF_LAST] < m[other + LEAF_LAST])


@lean_kernel
def grow_tree(m: Memory) -> None:
    """Let nothing special be pending."""
    for leaf in range(m[LEAVES]):
        m[m[SPECIALS] + LEAF_WORDS * leaf + LEAF_AT] = NEVER
    for node in range(m[LEAVES] - 1, 0, -1):
        m[m[TREE] + node] = _winner(m, 2 * node)
    m[SPECIAL_AT] = NEVER
