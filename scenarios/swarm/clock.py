"""Scenario time on this machine's monotonic clock."""

import time

import gevent

from cutover.base.clock import SECOND_NS


class Clock:
    """Nanoseconds since the start of the run."""

    def __init__(self) -> None:
        self._origin_ns = time.perf_counter_ns()

    def now_ns(self) -> int:
        """Return the scenario time now."""
        return time.perf_counter_ns() - self._origin_ns

    def sleep_until(self, instant_ns: int) -> None:
        """Let other greenlets run until an instant; return at once when it has passed."""
        left_ns = instant_ns - self.now_ns()
        if left_ns > 0:
            gevent.sleep(left_ns / SECOND_NS)
