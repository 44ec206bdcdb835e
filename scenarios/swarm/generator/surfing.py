"""What players need of the wire: a browser for each visit. `scenarios.swarm.browser` has it, tests have their own."""

from collections.abc import Callable
from typing import Any, Protocol

from scenarios.sessions import Session
from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.exchanged import Exchanged

Then = Callable[[Answer], None]
Broken = Callable[[Exception], None]
Observe = Callable[[Exchanged], None]


class Surf(Protocol):
    """One citizen's browser."""

    sent_bytes: int
    received_bytes: int

    def ask(self, ask: Any, then: Then, broken: Broken) -> None:
        """Send; call exactly one of `then` and `broken`, once, never before this returns."""

    def blocked_by(self, answer: Answer) -> str | None:
        """Return what shows that an answer is a firewall's, or None."""

    def drop(self) -> None:
        """Abandon what is under way."""

    def close(self) -> None:
        """Leave."""


OpenBrowser = Callable[[Session, Observe], Surf]
"""Makes the browser of a session's visit, which tells an observer of each exchange before its ask ends."""
