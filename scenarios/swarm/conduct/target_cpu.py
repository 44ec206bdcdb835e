"""What the target tells of itself in its Prometheus metrics: the CPU seconds used, and how much it holds."""

import http.client
import re
import ssl
from collections.abc import Mapping

from cutover.base.errors import BadInput
from scenarios.target import Target
from scenarios.target_size import size_of

STARTED = re.compile(rb"^process_start_time_seconds\s+([0-9.eE+-]+)", re.MULTILINE)
CPU_SECONDS = re.compile(rb"^process_cpu_seconds_total\s+([0-9.eE+-]+)", re.MULTILINE)
ANSWER_WITHIN_S = 0.5
SIBLINGS_S = 5.0
"""Processes of one server start within this of each other; assumed."""

Headers = Mapping[str, str]
"""What identifies the run that asks, as in its other requests."""

PATH = "/metrics"
"""Where the stand-in portal tells of itself."""


class TargetCpu:
    """The metrics page of a target, read over a connection of its own; a target that is slow to answer is not asked on.

    Raises BadInput when the page holds no such metric.
    """

    def __init__(self, target: Target, path: str, headers: Headers) -> None:
        self._target, self._path, self._headers = target, path, headers
        self._connection = _connection(target)
        self.size: dict[str, int] | None = None
        """How much the target held when it was first asked, where it tells."""
        self.restarts = 0
        """How often a process answered that started later than the one before, or, where none tells when, used less."""
        self._started_s: float | None = None
        self._last_s = self._cpu_s()
        if self._last_s is None:
            rule = "holds no `process_cpu_seconds_total`, or did not answer in half a second"
            raise BadInput.single("--target-metrics", "path", path, rule, "correct the path, or leave the option out")

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
        try:
            self._connection.request("GET", self._path, headers=self._headers)
            body = self._connection.getresponse().read()
            self.size = self.size or size_of(body)
            self._look_who_answers(body)
            found = CPU_SECONDS.search(body)
            return float(found[1]) if found else None
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            self._connection = _connection(self._target)
            return None

    def _look_who_answers(self, body: bytes) -> None:
        """Tell a process that was started anew from a sibling, which the same start has made."""
        told = STARTED.search(body)
        if told is None:
            return
        started_s = float(told[1])
        self.restarts += self._started_s is not None and started_s > self._started_s + SIBLINGS_S
        self._started_s = started_s


def size_told(target: Target, headers: Headers) -> dict[str, int] | None:
    """Return what the stand-in portal's own metrics tell of its size; None for any other target."""
    connection = _connection(target)
    try:
        connection.request("GET", PATH, headers=headers)
        return size_of(connection.getresponse().read())
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _connection(target: Target) -> http.client.HTTPConnection:
    if target.scheme == "http":
        return http.client.HTTPConnection(target.host, target.port, timeout=ANSWER_WITHIN_S)
    trust = ssl.create_default_context(cafile=target.authority)
    return http.client.HTTPSConnection(target.host, target.port, timeout=ANSWER_WITHIN_S, context=trust)
