"""Scenario time for greenlets: CLOCK_MONOTONIC from an origin, as all generators of a run have it."""

import time

import gevent

from cutover.base.clock import SECOND_NS


class GreenletClock:
    """Nanoseconds since the start of the run; `origin_ns` is its start on CLOCK_MONOTONIC."""

    def __init__(self, origin_ns: int) -> None:
        self._origin_ns = origin_ns

    def now_ns(self) -> int:
        """Return the scenario time now, below 0 before the start."""
        return time.perf_counter_ns() - self._origin_ns

    def sleep_until(self, instant_ns: int) -> None:
        """Let other greenlets run until an instant; return at once when it has passed."""
        left_ns = instant_ns - self.now_ns()
        if left_ns > 0:
            gevent.sleep(left_ns / SECOND_NS)
