"""What the target tells of itself in its Prometheus metrics: the CPU seconds used, and how much it holds."""

import re

from cutover.base.errors import BadInput
from scenarios.swarm.conduct.metrics_page import MetricsPage
from scenarios.target_size import size_of

STARTED = re.compile(rb"^process_start_time_seconds\s+([0-9.eE+-]+)", re.MULTILINE)
CPU_SECONDS = re.compile(rb"^process_cpu_seconds_total\s+([0-9.eE+-]+)", re.MULTILINE)
SIBLINGS_S = 5.0
"""Processes of one server start within this of each other; assumed."""


class TargetCpu:
    """The CPU seconds that a target's metrics tell; raises BadInput when its page holds no such metric."""

    def __init__(self, page: MetricsPage) -> None:
        self._page = page
        self.size: dict[str, int] | None = None
        """How much the target held when it was first asked, where it tells."""
        self.restarts = 0
        """How often a process answered that started later than the one before, or, where none tells when, used less."""
        self._started_s: float | None = None
        self._last_s = self._cpu_s()
        if self._last_s is None:
            rule = "holds no `process_cpu_seconds_total`, or did not answer in half a second"
            remedy = "correct the path, or leave the option out"
            raise BadInput.single("--target-metrics", "path", page.path, rule, remedy)

    def since_last_s(self) -> float | None:
        """Return the CPU seconds used since the last call that was answered, or None when this one was not.

        None, too, when it is another process that answers.
        """
        restarts, before_s = self.restarts, self._last_s
        now_s = self._cpu_s()
        self._last_s = before_s if now_s is None else now_s
        if now_s is None or before_s is None or restarts != self.restarts:
            return None
        if now_s < before_s:
            self.restarts += self._started_s is None
            return None
        return now_s - before_s

    def _cpu_s(self) -> float | None:
        """Ask for the CPU seconds used so far; None when there is no such answer in time."""
        body = self._page.read()
        if body is None:
            return None
        self.size = self.size or size_of(body)
        self._look_who_answers(body)
        return _number(CPU_SECONDS, body)

    def _look_who_answers(self, body: bytes) -> None:
        """Tell a process that was started anew from a sibling, which the same start has made."""
        started_s = _number(STARTED, body)
        if started_s is None:
            return
        self.restarts += self._started_s is not None and started_s > self._started_s + SIBLINGS_S
        self._started_s = started_s


def size_told(page: MetricsPage) -> dict[str, int] | None:
    """Return what the stand-in portal's own metrics tell of its size; None for any other target."""
    body = page.read()
    page.close()
    return None if body is None else size_of(body)


def _number(metric: re.Pattern[bytes], body: bytes) -> float | None:
    """Return a metric's value; None where the page tells none, or no number."""
    found = metric.search(body)
    try:
        return float(found[1]) if found else None
    except ValueError:
        return None
