"""The state of a circuit breaker: closed, open, or letting one call through to try."""

from models.network import Breaker


class BreakerState:
    """Counts the calls that failed in a row; what it refuses, and what ends without service, tells it nothing."""

    def __init__(self, spec: Breaker) -> None:
        self._spec = spec
        self._failures = 0
        self._opened_ns: int | None = None
        self._trying = False

    def refuses(self, now_ns: int) -> bool:
        """Whether a call must fail at once."""
        if self._opened_ns is None:
            return False
        return self._trying or now_ns < self._opened_ns + self._spec.open_ns

    def let_through(self) -> bool:
        """Take note of a call that was not refused; return whether it is the one that tries."""
        self._trying = self._opened_ns is not None
        return self._trying

    def ended(self, now_ns: int, trial: bool, failed: bool) -> None:
        """Take note of a call's end: the trial closes it or opens it again, others count while it is closed."""
        if trial:
            self._trying = False
            self._opened_ns = now_ns if failed else None
        elif self._opened_ns is None:
            self._failures = self._failures + 1 if failed else 0
            if self._failures < self._spec.failures:
                return
            self._opened_ns = now_ns
        self._failures = 0

    def unserved(self, trial: bool) -> None:
        """Take note of a call that ended without service; was it the trial, the next call tries."""
        if trial:
            self._trying = False
