"""The agenda: what is to be done at which instant, exactly then, whatever else there is to do."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Protocol

from scenarios.swarm.generator.clock import Clock

AT_ONCE = 64
"""Entries done in one go before answers that have come are looked at again."""

Deed = Callable[[], None]


class Alarm(Protocol):
    """Wakes an agenda."""

    def ring_at(self, instant_ns: int | None) -> None:
        """Ring once at a scenario instant, at once when it has passed, or never; what was set before is forgotten."""


class Agenda:
    """Deeds by instant; those of one instant in the order in which they were entered.

    A thinking citizen is one entry of a heap, and one alarm serves all of them, so that ten thousands cost nothing
    while they think. `late_ns` is the greatest delay of a deed since it was last set to 0: the loop's lag.
    """

    def __init__(self, clock: Clock, alarm: Alarm) -> None:
        self._clock, self._alarm = clock, alarm
        self._heap: list[tuple[int, int, Deed]] = []
        self._entered = 0
        self._rings_ns: int | None = None
        self._working = False
        self.late_ns = 0

    def __len__(self) -> int:
        return len(self._heap)

    @property
    def next_ns(self) -> int:
        """The instant of the next deed; IndexError without one."""
        return self._heap[0][0]

    def at(self, instant_ns: int, deed: Deed) -> None:
        """Enter a deed for an instant."""
        self._entered += 1
        heappush(self._heap, (instant_ns, self._entered, deed))
        if not self._working and (self._rings_ns is None or instant_ns < self._rings_ns):
            self._ring_at(instant_ns)

    def work(self) -> None:
        """Do what is due; called by the alarm."""
        heap, now_ns = self._heap, self._clock.now_ns()
        if heap and now_ns - heap[0][0] > self.late_ns:
            self.late_ns = now_ns - heap[0][0]
        self._working, self._rings_ns = True, None
        done = 0
        try:
            while heap and heap[0][0] <= now_ns and done < AT_ONCE:
                heappop(heap)[2]()
                done += 1
        finally:
            self._working = False
            self._ring_at(heap[0][0] if heap else None)

    def clear(self) -> None:
        """Forget everything."""
        self._heap.clear()
        self._ring_at(None)

    def _ring_at(self, instant_ns: int | None) -> None:
        self._rings_ns = instant_ns
        self._alarm.ring_at(instant_ns)
