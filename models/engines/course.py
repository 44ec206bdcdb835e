"""Which draws are an activity's own, and where its events stand among those of one instant."""

from collections.abc import Iterator
from itertools import count

from models.engines.moments import place

_ATTEMPT_SHIFT = 40


class Course:
    """A session's step, or a job's round, in one of its attempts.

    Attempts are numbered from 0 as retries and reloads of the step begin, wherever in it.
    """

    __slots__ = ("_attempts", "_base", "_ordinal", "_visit", "index", "province", "session")

    def __init__(
        self,
        session: int,
        province: int,
        visit: int,
        ordinal: int,
        attempt: int = 0,
        attempts: Iterator[int] | None = None,
    ) -> None:
        self.session = session
        self.province = province
        self.index = ordinal + (attempt << _ATTEMPT_SHIFT)
        """The index of its draws."""
        self._visit = visit
        self._ordinal = ordinal
        self._attempts = count(1) if attempts is None else attempts
        self._base = place(session, visit, ordinal, attempt)

    def at(self, operation: int) -> int:
        """Return the place of an operation's events; operation 0 is the citizen."""
        return self._base | operation

    def again(self) -> "Course":
        """Return the step's next attempt."""
        return Course(self.session, self.province, self._visit, self._ordinal, next(self._attempts), self._attempts)
