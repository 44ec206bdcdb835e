"""What stations did and how often citizens returned, by interval, in exact integers, and the laws that always hold."""

from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from cutover.base.errors import InvalidRun
from models.edges import Edges


class Interval(NamedTuple):
    """One interval of one station.

    `capacity_ns` is the time of the servers (or tokens) that were there, `busy_ns` that of the busy ones, `backlog_ns`
    the waiting customers integrated over time. A server that is taken away while it is busy is there until its service
    is over. The rest counts what happened from `start_ns` on and before the next interval: `rejections` were refused
    when they came, `abandonments` left the queue without service, `departures` left a server, whatever the outcome.
    """

    start_ns: int
    length_ns: int
    capacity_ns: int
    busy_ns: int
    backlog_ns: int
    arrivals: int
    starts: int
    departures: int
    rejections: int
    abandonments: int = 0


@dataclass(frozen=True)
class Visits:
    """What the visits to a station add up to, counted customer by customer, apart from its state over time.

    Times up to the end of the run: `waited_ns` of all visits, whether they started, gave up or still wait, and
    `served_ns`. Where servers are shared nobody waits, and `served_ns` are the sojourns.
    """

    waited_ns: int
    served_ns: int
    waiting: int
    in_service: int


@dataclass(frozen=True)
class StationHistory:
    """The history of one station or pool over a run; of `sharing`, who is beyond the servers counts as backlog.

    `most` is the greatest number of servers that it ever may have (None: `servers`).
    """

    name: str
    servers: int
    queue: int | None
    intervals: tuple[Interval, ...]
    visits: Visits
    most: int | None = None
    sharing: bool = False

    def utilisation(self, from_ns: int = 0, to_ns: int | None = None) -> float:
        """Return the busy share of the servers that were there in the intervals that begin in [from_ns, to_ns).

        Never above 1; 0 where there were no servers, or no interval.
        """
        chosen = self._between(from_ns, to_ns)
        capacity_ns = sum(interval.capacity_ns for interval in chosen)
        return sum(interval.busy_ns for interval in chosen) / capacity_ns if capacity_ns else 0.0

    def backlog(self, from_ns: int = 0, to_ns: int | None = None) -> float:
        """Return the mean number waiting over the intervals that begin in [from_ns, to_ns); 0 if none."""
        chosen = self._between(from_ns, to_ns)
        length_ns = sum(interval.length_ns for interval in chosen)
        return sum(interval.backlog_ns for interval in chosen) / length_ns if length_ns else 0.0

    def breaches(self) -> list[str]:
        """Return the laws that the history breaks, in words; empty for a sound one."""
        arrivals, starts, departures, rejections, abandonments = (
            sum(column) for column in zip(*(interval[5:] for interval in self.intervals), strict=True)
        )
        laws = (
            ("conservation of arrivals", arrivals, starts + rejections + abandonments + self.visits.waiting),
            ("conservation of starts", starts, departures + self.visits.in_service),
            *self._laws_of_time(),
        )
        broken = [f"{self.name}: {law} ({left} ≠ {right})" for law, left, right in laws if left != right]
        return broken + self._overfull()

    def _laws_of_time(self) -> tuple[tuple[str, int, int], ...]:
        backlog_ns = sum(interval.backlog_ns for interval in self.intervals)
        busy_ns = sum(interval.busy_ns for interval in self.intervals)
        visits = self.visits
        if self.sharing:
            return (("Little's law", busy_ns + backlog_ns, visits.served_ns + visits.waited_ns),)
        return (
            ("Little's law of the backlog", backlog_ns, visits.waited_ns),
            ("the utilisation law", busy_ns, visits.served_ns),
        )

    def _overfull(self) -> list[str]:
        """Return the bounds of servers and queue that an interval exceeds."""
        waiting = accumulate(i.arrivals - i.starts - i.rejections - i.abandonments for i in self.intervals)
        busier = [f"{self.name}: more busy than its servers" for i in self.intervals if i.busy_ns > i.capacity_ns]
        more = [
            f"{self.name}: more servers than it may have" for i in self.intervals if i.capacity_ns > self._most_ns(i)
        ]
        negative = [f"{self.name}: more starts than arrivals" for count in waiting if count < 0]
        return busier[:1] + more[:1] + negative[:1]

    def _most_ns(self, interval: Interval) -> int:
        return (self.servers if self.most is None else self.most) * interval.length_ns

    def _between(self, from_ns: int, to_ns: int | None) -> list[Interval]:
        return [i for i in self.intervals if i.start_ns >= from_ns and (to_ns is None or i.start_ns < to_ns)]


class Returns(NamedTuple):
    """How often citizens tried again in an interval: reloads of a step that began, and visits after the first."""

    reloads: int = 0
    come_backs: int = 0


@dataclass(frozen=True)
class History:
    """The histories of all stations, in the network's order; the last interval ends with the run.

    `returns` are by interval; empty where citizens neither reload nor come back.
    """

    edges: Edges
    stations: tuple[StationHistory, ...]
    returns: tuple[Returns, ...] = ()

    def station(self, name: str) -> StationHistory:
        """Return a station by name; raises KeyError for an unknown one."""
        return {station.name: station for station in self.stations}[name]

    def assert_laws(self) -> None:
        """Raise InvalidRun that names every law broken at any station."""
        broken = [law for station in self.stations for law in station.breaches()]
        if broken:
            raise InvalidRun("the simulation breaks " + "; ".join(broken))
