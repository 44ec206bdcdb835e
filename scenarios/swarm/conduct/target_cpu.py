"""What the target tells of itself in its Prometheus metrics: the CPU seconds used, and how much it holds."""

import http.client
import re
import ssl

from cutover.base.errors import BadInput
from scenarios.target import Target
from scenarios.target_size import size_of

CPU_SECONDS = re.compile(rb"^process_cpu_seconds_total\s+([0-9.eE+-]+)", re.MULTILINE)
ANSWER_WITHIN_S = 0.5
HEADERS = {"User-Agent": "cutover-metrics"}
PATH = "/metrics"
"""Where the stand-in portal tells of itself."""


class TargetCpu:
    """The metrics page of a target, read over a connection of its own; a target that is slow to answer is not asked on.

    Raises BadInput when the page holds no such metric.
    """

    def __init__(self, target: Target, path: str) -> None:
        self._target, self._path = target, path
        self._connection = _connection(target)
        self.size: dict[str, int] | None = None
        """How much the target held when it was first asked, where it tells."""
        self._last_s = self._cpu_s()
        if self._last_s is None:
            rule = "holds no `process_cpu_seconds_total`, or did not answer in half a second"
            raise BadInput.single("--target-metrics", "path", path, rule, "correct the path, or leave the option out")

    def since_last_s(self) -> float | None:
        """Return the CPU seconds used since the last call that was answered, or None when this one was not."""
        now_s, before_s = self._cpu_s(), self._last_s
        self._last_s = before_s if now_s is None else now_s
        return None if now_s is None or before_s is None else now_s - before_s

    def _cpu_s(self) -> float | None:
        """Ask for the CPU seconds used so far; None when there is no such answer in time."""
        try:
            self._connection.request("GET", self._path, headers=HEADERS)
            body = self._connection.getresponse().read()
            self.size = self.size or size_of(body)
            found = CPU_SECONDS.search(body)
            return float(found[1]) if found else None
        except (OSError, http.client.HTTPException, ValueError):
            self._connection.close()
            self._connection = _connection(self._target)
            return None


def size_told(target: Target) -> dict[str, int] | None:
    """Return what the stand-in portal's own metrics tell of its size; None for any other target."""
    connection = _connection(target)
    try:
        connection.request("GET", PATH, headers=HEADERS)
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
