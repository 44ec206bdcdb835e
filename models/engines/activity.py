"""An activity: a generator of events that is played, as a SimPy process is, but begins, ends and stops at once."""

from collections.abc import Callable, Generator
from typing import Any

from simpy.events import Event

from models.network import Outcome

Play = Generator[Event, Any, Outcome]
"""What plays an operation, a body or a step: it yields events and returns the outcome."""


class Activity:
    """Plays a generator in place, up to its first event; tells `ended` its outcome when it returns."""

    def __init__(self, play: Play, ended: Callable[[Outcome], None]) -> None:
        self._play = play
        self._ended = ended
        self._awaited: Event | None = None
        self._go_on(None)

    def stop(self) -> None:
        """Stop where it is; what it holds is given back by the `with` blocks that it is in, innermost first.

        When a run has ended Python stops its generators in any order, so the event may know nothing of it.
        """
        if self._awaited is not None and self._resume in (self._awaited.callbacks or ()):
            self._awaited.callbacks.remove(self._resume)
        self._awaited = None
        self._play.close()

    def _resume(self, event: Event) -> None:
        self._go_on(event.value)

    def _go_on(self, value: object) -> None:
        self._awaited = None
        try:
            event = self._play.send(value)
            while event.processed:
                event = self._play.send(event.value)
        except StopIteration as end:
            self._ended(end.value)
            return
        event.callbacks.append(self._resume)
        self._awaited = event
