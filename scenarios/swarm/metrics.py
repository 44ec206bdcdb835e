"""What the target tells of itself: the CPU seconds its process has used, from its Prometheus metrics."""

import re

import gevent
from geventhttpclient.response import HTTPParseError

from cutover.base.errors import BadInput
from scenarios.swarm.exchanges import Get, StepFailed
from scenarios.swarm.wire import Wire
from scenarios.target import Target
from scenarios.target_size import size_of

CPU_SECONDS = re.compile(rb"^process_cpu_seconds_total\s+([0-9.eE+-]+)", re.MULTILINE)
ANSWER_WITHIN_S = 0.5
PATH = "/metrics"


class TargetMetrics:
    """The metrics page of a target, read over a connection of its own; `size` is what it held at first."""

    def __init__(self, target: Target, path: str) -> None:
        self._target, self._path = target, path
        self._wire = self._connected()
        self.size: dict[str, int] | None = None
        self._last_s = self._cpu_s()
        if self._last_s is None:
            rule = "holds no `process_cpu_seconds_total`, or did not answer in half a second"
            raise BadInput.single("--target-metrics", "path", path, rule, "correct the path, or leave the option out")

    def cpu_since_last_s(self) -> float | None:
        """Return the CPU seconds used since the last call that was answered, or None when this one was not."""
        now_s, before_s = self._cpu_s(), self._last_s
        self._last_s = before_s if now_s is None else now_s
        return None if now_s is None or before_s is None else now_s - before_s

    def _cpu_s(self) -> float | None:
        """Ask for the CPU seconds used so far; None when the target does not answer in half a second."""
        try:
            with gevent.Timeout(ANSWER_WITHIN_S):
                page = self._wire.exchange(Get(self._path)).body
                self.size = self.size or size_of(page)
                found = CPU_SECONDS.search(page)
                return float(found[1]) if found else None
        except (gevent.Timeout, OSError, HTTPParseError, StepFailed, ValueError):
            self._wire.close()
            self._wire = self._connected()
            return None

    def _connected(self) -> Wire:
        return Wire(self._target, {"User-Agent": "cutover-metrics"}, ANSWER_WITHIN_S)


def size_told(target: Target) -> dict[str, int] | None:
    """Return what the stand-in portal's own metrics tell of its size; None for any other target."""
    wire = Wire(target, {"User-Agent": "cutover-metrics"}, ANSWER_WITHIN_S)
    try:
        with gevent.Timeout(ANSWER_WITHIN_S):
            return size_of(wire.exchange(Get(PATH)).body)
    except (gevent.Timeout, OSError, HTTPParseError, StepFailed):
        return None
    finally:
        wire.close()
