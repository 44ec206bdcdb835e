"""The edges of a run's intervals."""

from typing import NamedTuple


class Edges(NamedTuple):
    """When intervals end: the first, from 0 on, at `first_ns`, each later one `interval_ns` after that before it.

    >>> edges = Edges(interval_ns=10, first_ns=30)
    >>> [edges.interval_at(at_ns) for at_ns in (0, 29, 30, 39, 40)]
    [0, 0, 1, 1, 2]
    >>> edges.up_to(45)
    [0, 30, 40, 45]
    """

    interval_ns: int
    first_ns: int

    def interval_at(self, at_ns: int) -> int:
        """Return which interval an instant is in."""
        return 0 if at_ns < self.first_ns else 1 + (at_ns - self.first_ns) // self.interval_ns

    def up_to(self, until_ns: int) -> list[int]:
        """Return when each interval begins up to an end, and that end."""
        return [0, *range(self.first_ns, until_ns, self.interval_ns), until_ns]


def edges_of(interval_ns: int, first_ns: int | None) -> Edges:
    """Return the edges of intervals, of which the first is as long as the others if it is not told."""
    return Edges(interval_ns, interval_ns if first_ns is None else first_ns)
