"""A line of those who wait: the smallest priority goes first, then who came first."""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count
from typing import Generic, TypeVar

Waiting = TypeVar("Waiting")


class Line(Generic[Waiting]):
    """A queue that anyone may leave; who has left is passed over when their turn comes."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Waiting]] = []
        self._there: set[Waiting] = set()
        self._ticket = count()

    def __len__(self) -> int:
        return len(self._there)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._there)

    def __contains__(self, one: object) -> bool:
        return one in self._there

    def join(self, one: Waiting, priority: int = 0) -> None:
        """Stand behind all of the same or a smaller priority."""
        self._there.add(one)
        heappush(self._heap, (priority, next(self._ticket), one))

    def next(self) -> Waiting:
        """Take out whose turn it is; IndexError when nobody waits."""
        while True:
            one = heappop(self._heap)[2]
            if one in self._there:
                self._there.remove(one)
                return one

    def leave(self, one: Waiting) -> None:
        """Leave without having been served."""
        self._there.remove(one)
