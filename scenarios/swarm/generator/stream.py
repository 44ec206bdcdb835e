"""The stream: the sessions of the schedule that belong to this generator, in the order of their instants."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Self

import numpy as np

from cutover.base.clock import SECOND_NS
from models.demand.flow import Columns
from scenarios.sessions import Session, Sessions
from scenarios.swarm.generator.pace import NEVER, Pace
from scenarios.swarm.shares import owned

PIECE_NS = SECOND_NS // 4
"""So much of the schedule is computed at a time: a tenth of a millisecond's work on an ordinary day."""

AT_ONCE = 256
"""Sessions made of columns at a time."""

Shares = Sequence[tuple[int, Sequence[int]]]


@dataclass(frozen=True)
class Lease:
    """What may be started: sessions of `me` under `shares`, up to and including the played instant `until_ns`."""

    me: int
    until_ns: int
    shares: Shares
    pace: Pace

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> Self:
        """Read the lease that a message grants."""
        shares = [(from_ns, tuple(workers)) for from_ns, workers in message["shares"]]
        pace = Pace([(from_ns, factor) for from_ns, factor in message.get("pace", ())])
        return cls(message["me"], message["until_ns"], shares, pace)

    @property
    def stay(self) -> int:
        """How many times this worker was given a share: one that was lost and returned is in its second stay."""
        here = [False, *(self.me in workers for _, workers in self.shares)]
        return sum(now and not before for before, now in pairwise(here))


class Stream:
    """Hands out sessions, with the instants at which they are played, as far as the lease goes.

    It remembers the last session that it handed out, and nothing before it: a new lease goes on from there under its
    own shares and pace.
    """

    def __init__(self, sessions: Sessions, lease: Lease) -> None:
        self._sessions, self._lease = sessions, lease
        self._duration_ns = round(sessions.duration_s * SECOND_NS)
        self._last = (-1, -1)
        self._piece = 0
        self._found: Iterator[tuple[Session, int]] = iter(())
        self._ahead: tuple[Session, int] | None = None

    @property
    def ends_ns(self) -> int:
        """When the schedule's end is played; `NEVER` while it stands still."""
        return self._lease.pace.played_ns(self._duration_ns)

    def follow(self, lease: Lease) -> None:
        """Go on under a new lease."""
        same = (self._lease.me, self._lease.shares, self._lease.pace) == (lease.me, lease.shares, lease.pace)
        self._lease = lease
        if not same:
            self._begin()

    def peek_ns(self) -> int | None:
        """Return the played instant of the next session, None where the lease or the schedule ends before it.

        Computes no more of the schedule than is needed to tell.
        """
        while self._ahead is None:
            if not self._more():
                return None
        instant_ns = self._ahead[1]
        return instant_ns if instant_ns <= self._lease.until_ns else None

    def take(self) -> tuple[Session, int]:
        """Return the next session and its played instant; `peek_ns` has told that there is one."""
        assert self._ahead is not None, "peek_ns told so"
        taken = self._ahead
        self._last = taken[1], taken[0].number
        self._ahead = next(self._found, None)
        return taken

    def _begin(self) -> None:
        """Begin again behind the last session handed out."""
        scheduled_ns = max(0, self._lease.pace.scheduled_ns(max(0, self._last[0])))
        self._piece = max(0, scheduled_ns - 1) // PIECE_NS
        self._found, self._ahead = iter(()), None

    def _more(self) -> bool:
        """Compute the next piece of the schedule, unless it ends, or the lease ends before it."""
        begins_ns, ends_ns = self._piece * PIECE_NS, min((self._piece + 1) * PIECE_NS, self._duration_ns)
        lease = self._lease
        if begins_ns >= self._duration_ns or lease.pace.played_ns(begins_ns) > lease.until_ns:
            return False
        self._piece += 1
        found = self._sessions.columns(begins_ns / SECOND_NS, ends_ns / SECOND_NS)
        self._found = self._own(found)
        self._ahead = next(self._found, None)
        return True

    def _own(self, found: Columns) -> Iterator[tuple[Session, int]]:
        """Yield my sessions among those found that have not been handed out, by instant, then by number."""
        lease = self._lease
        instants = lease.pace.played(found.instant_ns)
        mine = owned(found.number, instants, lease.me, lease.shares) & (instants < NEVER)
        last_ns, number = self._last
        mine &= (instants > last_ns) | ((instants == last_ns) & (found.number > number))
        order = np.flatnonzero(mine)
        order = order[np.lexsort((found.number[order], instants[order]))]
        for begin in range(0, order.size, AT_ONCE):
            part = order[begin : begin + AT_ONCE]
            yield from zip(self._sessions.each(found.part(part)), instants[part].tolist(), strict=True)
