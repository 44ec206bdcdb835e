"""Scenario time on this machine's monotonic clock."""

from time import perf_counter_ns
from typing import Protocol


class Clock(Protocol):
    """Nanoseconds since the start of the run."""

    def now_ns(self) -> int:
        """Return the scenario time now."""


class MonotonicClock:
    """Scenario time on CLOCK_MONOTONIC, which `perf_counter_ns` reads on Linux; `origin_ns` is its start there."""

    def __init__(self, origin_ns: int) -> None:
        self.origin_ns = origin_ns

    def now_ns(self) -> int:
        """Return the scenario time now, below 0 before the start."""
        return perf_counter_ns() - self.origin_ns
