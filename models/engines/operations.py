"""A network's operations, bound to what a simulation has: each plays itself."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from models.draws import stream, uniform
from models.engines.activity import Play
from models.engines.course import Course
from models.engines.moments import ARRIVAL, TIMER, IntegerTime, Moment
from models.engines.pool import Pool
from models.engines.service import ServiceStation
from models.laws import Law
from models.network import Choice, Delay, Family, Hold, Outcome, Transfer, Visit

LONGEST_NS = 4_000_000_000_000_000_000
"""No pause or transfer is longer: 127 years, as for draws."""


class Bound(Protocol):
    """An operation that can be played."""

    number: int

    def play(self, course: Course) -> Play:
        """Play it; return its outcome."""


BoundBody = tuple[Bound, ...]


def play_body(body: BoundBody, course: Course) -> Play:
    """Play operations one after the other, up to the first that is not ok."""
    for operation in body:
        outcome = yield from operation.play(course)
        if outcome:
            return outcome
    return Outcome.OK


@dataclass(frozen=True)
class Draws:
    """Keys of draws by purpose, and the law itself: a draw of a course is one of its index."""

    seed: int
    replication: int

    def key(self, purpose: str) -> int:
        """Return the key of a purpose."""
        return stream(self.seed, self.replication, purpose)


class BoundVisit:
    """A service at a station, or at a member of a family."""

    def __init__(
        self, env: IntegerTime, draws: Draws, visit: Visit, members: Sequence[ServiceStation], family: Family | None
    ) -> None:
        self.number = visit.number
        self._env = env
        self._visit = visit
        self._members = members
        self._shares = None if family is None else family.shares
        self._member = 0 if family is None else draws.key(f"family/{family.name}")
        self._time = draws.key(f"{visit.purpose}/time")
        self._fails = draws.key(f"{visit.purpose}/fails")

    def play(self, course: Course) -> Play:
        """Join the queue after whoever comes in this instant before, and be served."""
        place, visit = course.at(self.number), self._visit
        if self._env.shared:
            yield Moment(self._env, ARRIVAL + place, 0)
        station = self._members[self._which(course)] if len(self._members) > 1 else self._members[0]
        service_ns = visit.law.sample_ns(self._time, course.session, course.index)
        luck = uniform(self._fails, course.session, course.index) if station.may_fail else 1.0
        with station.arrive(service_ns, place, visit.priority, visit.patience_ns, luck) as service:
            outcome: Outcome = yield service
        return outcome

    def _which(self, course: Course) -> int:
        if self._shares is None:
            return course.province % len(self._members)
        return picked(self._shares, uniform(self._member, course.session, 0), len(self._members) - 1)


class BoundDelay:
    """Pure latency."""

    def __init__(self, env: IntegerTime, draws: Draws, delay: Delay) -> None:
        self.number = delay.number
        self._env = env
        self._law = delay.law
        self._time = draws.key(f"{delay.purpose}/time")

    def play(self, course: Course) -> Play:
        """Let the time pass."""
        time_ns = self._law.sample_ns(self._time, course.session, course.index)
        yield Moment(self._env, TIMER + course.at(self.number), time_ns)
        return Outcome.OK


class BoundTransfer:
    """A size over the session's bandwidth."""

    def __init__(self, env: IntegerTime, draws: Draws, transfer: Transfer, bandwidth: Law) -> None:
        self.number = transfer.number
        self._env = env
        self._law = transfer.law
        self._time = draws.key(f"{transfer.purpose}/time")
        self._bandwidth = bandwidth
        self._citizen = draws.key("citizen/bandwidth")

    def play(self, course: Course) -> Play:
        """Let the time pass."""
        size = self._law.sample_ns(self._time, course.session, course.index)  # megabytes · 1e9
        speed = max(1, self._bandwidth.sample_ns(self._citizen, course.session, 0))  # Mbit/s · 1e9
        time_ns = math.floor(min(size / speed * 8e9, LONGEST_NS) + 0.5)
        yield Moment(self._env, TIMER + course.at(self.number), time_ns)
        return Outcome.OK


class BoundHold:
    """A pool's token, held while the body plays."""

    def __init__(self, env: IntegerTime, hold: Hold, pool: Pool, body: BoundBody) -> None:
        self.number = hold.number
        self._env = env
        self._wait_ns = hold.wait_ns
        self._pool = pool
        self._body = body

    def play(self, course: Course) -> Play:
        """Ask for a token after whoever comes in this instant before, and play the body."""
        place = course.at(self.number)
        if self._env.shared:
            yield Moment(self._env, ARRIVAL + place, 0)
        with self._pool.take(place, self._wait_ns) as token:
            outcome: Outcome = yield token
            if outcome is Outcome.OK:
                outcome = yield from play_body(self._body, course)
        return outcome


class BoundChoice:
    """One body of several, or none."""

    def __init__(self, draws: Draws, choice: Choice, bodies: Sequence[BoundBody]) -> None:
        self.number = choice.number
        self._shares = choice.shares
        self._choice = draws.key(f"{choice.purpose}/choice")
        self._bodies = (*bodies, ())

    def play(self, course: Course) -> Play:
        """Play what is chosen."""
        u = uniform(self._choice, course.session, course.index)
        return (yield from play_body(self._bodies[picked(self._shares, u, len(self._shares))], course))


def picked(shares: Sequence[float], u: float, otherwise: int) -> int:
    """Return the first place whose cumulative share is above u."""
    return next((place for place, share in enumerate(shares) if u < share), otherwise)
