"""The watch over a target: its CPU, read at the end of each second of a run, in a greenlet of its own."""

import time
from collections.abc import Callable

import gevent

from cutover.base.clock import SECOND_NS
from scenarios.swarm.conduct.target_cpu import TargetCpu


class TargetWatch:
    """One run's readings of its target; `restarted` is told the run time, seconds, at which it was found anew."""

    def __init__(self, cpu: TargetCpu, restarted: Callable[[float], None]) -> None:
        self._cpu, self._restarted = cpu, restarted
        self._used_s: dict[int, float | None] = {}
        self.seen_s = 0
        """So many seconds of the run have been read."""

    @property
    def size(self) -> dict[str, int] | None:
        """How much the target held before the run, where it tells."""
        return self._cpu.size

    def watch(self, origin_ns: int, is_over: Callable[[], bool]) -> None:
        """Read the target from the origin of the run, on the monotonic clock, until the run is over."""
        while not is_over():
            ends_ns = origin_ns + (self.seen_s + 1) * SECOND_NS
            gevent.sleep(max(0.0, (ends_ns - time.monotonic_ns()) / SECOND_NS))
            restarts = self._cpu.restarts
            self._used_s[self.seen_s] = self._cpu.since_last_s()
            self.seen_s += 1
            if self._cpu.restarts > restarts:
                self._restarted(float(self.seen_s))

    def used_s(self, second: int) -> float | None:
        """Return, and forget, the CPU seconds used in a second of the run; None where they are not known."""
        return self._used_s.pop(second, None)
