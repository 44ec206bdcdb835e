"""The outbox: reports that stay until the coordinator has said that it has them."""

from collections import deque
from itertools import islice
from typing import Any

from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.terms import RESENT


class Outbox:
    """Reports by number, from 1; the coordinator takes them in order and says up to which it has taken them.

    A link that breaks may swallow some; memory grows only while it is broken.
    """

    def __init__(self) -> None:
        self._waiting: list[Message] = []
        self._sent = deque[dict[str, Any]]()
        self._numbered = 0
        self._oldest_before: int | None = None

    def put(self, body: Message) -> None:
        """Add to the next report."""
        self._waiting.append(body)

    def next(self) -> list[Message]:
        """Return what has been put since the last report as one message, if that is anything."""
        if not self._waiting:
            return []
        self._numbered += 1
        message = {"kind": "report", "number": self._numbered, "bodies": self._waiting}
        self._sent.append(message)
        self._waiting = []
        return [message]

    def taken(self, number: int) -> list[Message]:
        """Forget what the coordinator has; return what must go again: what two answers in a row did not know of."""
        while self._sent and self._sent[0]["number"] <= number:
            self._sent.popleft()
        oldest = self._sent[0]["number"] if self._sent else None
        is_stuck = oldest is not None and oldest == self._oldest_before
        self._oldest_before = oldest
        return list(islice(self._sent, RESENT)) if is_stuck else []
