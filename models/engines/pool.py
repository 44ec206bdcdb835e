"""A pool of tokens, as SimPy events of our own: `with pool.take(…) as token: outcome = yield token`."""

from typing import Self

from simpy.events import EventPriority

from models.edges import Edges
from models.engines.ledger import history_of
from models.engines.line import Line
from models.engines.moments import DEADLINE, GRANT, GUEST, IntegerTime, Moment, Signal
from models.engines.station import Station
from models.history import StationHistory, Visits
from models.network import NetworkStation, Outcome


class Token(Signal):
    """A place in a pool, or in the line for one; leaving its `with` block gives it back.

    The event happens when it is held (ok), or will not be (rejected, failed).
    """

    def __init__(self, pool: "Pool", place: int) -> None:
        super().__init__(pool.env)
        self.pool = pool
        self.place = place
        self.since_ns = pool.env.now
        """When it was asked for, and once it is held since when."""
        self.deadline: Moment | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.pool.over:
            self.pool.leave(self)

    def granted(self) -> None:
        """Happen as a grant of this instant."""
        self._ok, self._value = True, Outcome.OK
        self.env.schedule(self, EventPriority(GRANT + self.place), 0)


class Pool(Station):
    """Tokens, each held by one at a time; one that comes back goes to the longest waiting at once."""

    def __init__(self, env: IntegerTime, spec: NetworkStation, edges: Edges) -> None:
        super().__init__(env, spec, edges)
        self._line: Line[Token] = Line()
        self._held: set[Token] = set()
        self._waited_ns = 0
        self._held_ns = 0

    def take(self, place: int = GUEST, wait_ns: int | None = None) -> Token:
        """Ask for a token; `place` orders its events among those of one instant, the wait may last `wait_ns`."""
        self._advance()
        self._ledger.arrivals += 1
        token = Token(self, place)
        if not self._state.down and self._ledger.busy < self.servers:
            self._start(token)
            token.happen(Outcome.OK)
        elif self._state.down or len(self._line) >= self._room:
            self._ledger.rejections += 1
            token.happen(Outcome.FAILED if self._state.down else Outcome.REJECTED)
        else:
            self._line.join(token)
            self._ledger.backlog += 1
            if wait_ns is not None:
                token.deadline = Moment(self.env, DEADLINE + place, wait_ns + 1)
                token.deadline.callbacks.append(lambda _: self._give_up(token))
        return token

    def leave(self, token: Token) -> None:
        """Take a token back, or somebody out of the line; nothing where it is over."""
        self._advance()
        if token in self._held:
            self._held.remove(token)
            self._held_ns += self.env.now - token.since_ns
            self._ledger.departures += 1
            self._ledger.busy -= 1
            self._settle()
        elif token in self._line:
            self._gone(token)

    def history(self) -> StationHistory:
        """Close the books now; tokens held and waited for count up to now."""
        now = self.env.now
        visits = Visits(
            waited_ns=self._waited_ns + sum(now - token.since_ns for token in self._line),
            served_ns=self._held_ns + sum(now - token.since_ns for token in self._held),
            waiting=len(self._line),
            in_service=len(self._held),
        )
        return history_of(self.spec, self._ledger.finish(now), visits)

    def _settle(self) -> None:
        while self._ledger.busy < self.servers and self._line:
            token = self._line.next()
            self._ledger.backlog -= 1
            if token.deadline is not None:
                token.deadline.drop()
            self._start(token)
            token.granted()

    def _start(self, token: Token) -> None:
        now = self.env.now
        self._waited_ns += now - token.since_ns
        token.since_ns = now
        self._ledger.starts += 1
        self._ledger.busy += 1
        self._held.add(token)

    def _give_up(self, token: Token) -> None:
        self._advance()
        self._gone(token)
        token.happen(Outcome.REJECTED)

    def _gone(self, token: Token) -> None:
        self._line.leave(token)
        if token.deadline is not None:
            token.deadline.drop()
        self._waited_ns += self.env.now - token.since_ns
        self._ledger.backlog -= 1
        self._ledger.abandonments += 1
