"""A worker's part in a run: hands its generator what the coordinator says, and the coordinator what the generator does.

It is a function of messages and clock readings, like the coordinator. The generator's leases come through it unchanged;
without one the generator starts nothing, so a worker that is cut off needs to do nothing for that.
"""

from dataclasses import dataclass
from typing import Any

from scenarios.swarm.conduct.effects import Message
from scenarios.swarm.conduct.outbox import Outbox
from scenarios.swarm.conduct.terms import ALONE_NS, BEAT_NS

ANSWERS = ("ready", "refused")
PASSED_ON = ("begin", "cast", "stop")


@dataclass(frozen=True)
class Tell:
    """Send a message to the coordinator."""

    message: Message


@dataclass(frozen=True)
class Hand:
    """Hand a message to the generator."""

    message: Message


@dataclass(frozen=True)
class Start:
    """Start a generator; one that is there is ended."""


@dataclass(frozen=True)
class End:
    """End the generator, if there is one."""


Deed = Tell | Hand | Start | End


class Worker:
    """One worker, in one run after the other."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self._is_in_run = self._is_alone = False
        self._outbox = Outbox()
        self._beat_ns: int | None = None
        self._lease_ns: int | None = None
        self._asked_ns: int | None = None

    def told(self, message: Message, now_ns: int) -> list[Deed]:
        """Take a message of the coordinator."""
        kind = message["kind"]
        if kind == "prepare":
            self._reset()
            self._is_in_run = True
            return [Start(), Hand({"kind": "prepare", "order": message["order"]})]
        if kind == "release":
            self._reset()
            return [End()]
        if not self._is_in_run:
            return []
        if kind == "clock":
            return [Tell({"kind": "clock", "asked_ns": message["asked_ns"], "clock_ns": now_ns})]
        if kind == "lease":
            return self._leased(message, now_ns)
        return [Hand(message)] if kind in PASSED_ON else []

    def _leased(self, message: Message, now_ns: int) -> list[Deed]:
        self._lease_ns, self._asked_ns = now_ns, int(message["asked_ns"])
        again: list[Deed] = [Tell(report) for report in self._outbox.taken(int(message["received"]))]
        own = ("kind", "me", "issued_ns", "until_ns", "shares", "pace")
        return [Hand({key: message[key] for key in own}), *again]

    def made(self, message: Message) -> list[Deed]:
        """Take a message of the generator: answers to its order go on as they are, all else becomes a report."""
        if not self._is_in_run:
            return []
        if message["kind"] in ANSWERS:
            return [Tell(message)]
        self._outbox.put(message)
        return self.flush() if message["kind"] == "done" else []

    def broke(self, words: str) -> list[Deed]:
        """Take note that the generator has ended without having said that it is done."""
        if not self._is_in_run:
            return []
        deeds = [*self.flush(), Tell({"kind": "left", "words": words})]
        self._is_in_run = False
        return deeds

    def flush(self) -> list[Deed]:
        """Report what the generator has made since the last time."""
        return [Tell(report) for report in self._outbox.next()]

    def tick(self, now_ns: int) -> list[Deed]:
        """Look at the clock: say that we live; give up when the coordinator has been silent for too long."""
        if not self._is_in_run:
            return []
        deeds: list[Deed] = []
        if self._beat_ns is None or now_ns - self._beat_ns >= BEAT_NS:
            self._beat_ns = now_ns
            deeds.append(Tell(self._beat(now_ns)))
        if self._lease_ns is not None and now_ns - self._lease_ns > ALONE_NS and not self._is_alone:
            self._is_alone = True
            deeds.append(Hand({"kind": "stop"}))
        return deeds

    def _beat(self, now_ns: int) -> dict[str, Any]:
        """Say that we live; with what the coordinator needs to compare clocks, once it has given a lease."""
        echo: dict[str, Any] = {"asked_ns": None}
        if self._asked_ns is not None and self._lease_ns is not None:
            echo = {"asked_ns": self._asked_ns, "held_ns": now_ns - self._lease_ns, "clock_ns": now_ns}
        return {"kind": "beat", **echo}
