"""Activities side by side, and somebody who waits until all have ended or a time has passed."""

from collections.abc import Sequence
from typing import Self

from models.engines.activity import Activity, Play
from models.engines.moments import IntegerTime, Moment, Signal
from models.network import Outcome


class Watch(Signal):
    """Begins activities in place; happens when all have ended, with the worst outcome, or failed when the time is over.

    They then go on unwatched, or stop (`cancel`). Leaving its `with` block before it happened stops them.
    """

    def __init__(self, env: IntegerTime, plays: Sequence[Play], cancel: bool = False) -> None:
        super().__init__(env)
        self._time = env
        self._cancel = cancel
        self._left = len(plays)
        self._worst = Outcome.OK
        self._deadline: Moment | None = None
        self._activities = [Activity(play, self._ended) for play in plays]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.callbacks is not None:
            self._stop()
            if self._deadline is not None:
                self._deadline.drop()

    def limit(self, priority: int, delay_ns: int) -> None:
        """Happen at this time from now at the latest."""
        if self.callbacks is not None:
            self._deadline = Moment(self._time, priority, delay_ns)
            self._deadline.callbacks.append(self._too_late)

    def _ended(self, outcome: Outcome) -> None:
        self._left -= 1
        self._worst = max(self._worst, outcome)
        if not self._left and self.callbacks is not None:
            if self._deadline is not None:
                self._deadline.drop()
            self.happen(self._worst)

    def _too_late(self, _: object) -> None:
        if self._cancel:
            self._stop()
        self.happen(Outcome.FAILED)

    def _stop(self) -> None:
        for activity in self._activities:
            activity.stop()
