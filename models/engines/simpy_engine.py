"""The reference engine: sessions as SimPy processes over stations of our own, in integer nanoseconds.

A planner's own processes can join: make a `Simulation`, add them to its `env`, then `play` and `run`.
"""

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from simpy.events import Event

from cutover.base.errors import InvalidRun
from models.draws import stream, uniform
from models.engines.moments import ARRIVAL, CHANGE, RELEASE, TIMER, IntegerTime, Moment, place
from models.engines.observer import Observer
from models.engines.service import ServiceStation
from models.history import History
from models.journeys import Walk
from models.network import Network, NetworkOperation, NetworkStation, NetworkStep

Arrivals = Iterable[tuple[int, int, int]]
"""(session number, instant in ns, index of its journey), sorted by instant, then by number."""

Sojourn = Generator[Event, Any, None]

VISIT = 1


def simulate(
    network: Network,
    arrivals: Arrivals,
    walk: Walk,
    until_ns: int,
    observer: Observer,
    interval_ns: int = 1_000_000_000,
) -> History:
    """Simulate the sessions that arrive before `until_ns`, telling the observer; return the histories.

    Draws are those of the walk's seed and replication. What happens at `until_ns` itself is no longer part.
    Raises InvalidRun if a law of queues does not hold exactly, which no sound run breaks, or if arrivals are
    not sorted.
    """
    simulation = Simulation(network, walk, observer, interval_ns)
    simulation.play(arrivals)
    return simulation.run(until_ns)


@dataclass(frozen=True)
class _Operation:
    """An operation bound to a simulation's stations and keys."""

    station: ServiceStation | None
    sample_ns: Callable[[int, int, int], int]
    key: int
    probability: float
    choice: int


class _Open(NamedTuple):
    """A step that has begun and not ended."""

    step: NetworkStep
    ordinal: int
    intended_ns: int


class Simulation:
    """One simulation of a network: its environment `env`, its `stations` by name, and its sessions."""

    def __init__(self, network: Network, walk: Walk, observer: Observer, interval_ns: int) -> None:
        self.env = IntegerTime()
        self.stations = {spec.name: ServiceStation(self.env, spec, interval_ns) for spec in network.stations}
        for number, spec in enumerate(network.stations):
            if spec.changes:
                self.env.process(self._changing(spec, number))
        self._network = network
        self._walk = walk
        self._observer = observer
        self._interval_ns = interval_ns
        self._open: dict[int, _Open] = {}
        places = list(self.stations.values())
        self._programs = {
            step: [self._bound(operation, places) for operation in operations]
            for step, operations in network.programs.items()
        }

    def play(self, arrivals: Arrivals) -> None:
        """Let sessions arrive."""
        self.env.process(self._source(arrivals))

    def run(self, until_ns: int) -> History:
        """Run up to, not including, `until_ns`; end the open steps, check the laws and return the history."""
        self.env.run(until_ns)
        for session in sorted(self._open):
            self._end(session, "unfinished")
        history = History(self._interval_ns, tuple(station.history() for station in self.stations.values()))
        history.assert_laws()
        return history

    def _bound(self, operation: NetworkOperation, places: list[ServiceStation]) -> _Operation:
        seed, replication = self._walk.seed, self._walk.replication
        return _Operation(
            station=None if operation.station is None else places[operation.station],
            sample_ns=operation.law.sample_ns,
            key=stream(seed, replication, f"{operation.purpose}/time"),
            probability=operation.probability,
            choice=stream(seed, replication, f"{operation.purpose}/choice"),
        )

    def _changing(self, spec: NetworkStation, number: int) -> Sojourn:
        """Let a station's faults come and go; `number` orders those of one instant."""
        for change in spec.changes:
            yield Moment(self.env, CHANGE + number, change.at_ns - self.env.now)
            self.stations[spec.name].change(change)

    def _source(self, arrivals: Arrivals) -> Sojourn:
        """Start each session at its instant."""
        env = self.env
        for session, instant_ns, journey in arrivals:
            # int(): NumPy's integers would overflow when packed into a place.
            number, delay_ns = int(session), int(instant_ns) - env.now
            if delay_ns < 0:
                raise InvalidRun(f"session {number} arrives at {instant_ns} ns, before the one that precedes it")
            yield Moment(env, ARRIVAL + place(number, VISIT, 0), delay_ns)
            env.process(self._session(number, int(journey)))

    def _session(self, session: int, journey: int) -> Sojourn:
        """Play a session's steps until its exit, or until one is not ok."""
        env, walk, observer = self.env, self._walk, self._observer
        steps = self._network.journeys[journey]
        observer.session(env.now)
        index: int | None = 0
        ordinal = 0
        while index is not None:
            first = place(session, VISIT, ordinal)
            think_ns = walk.think_ns(journey, index, session, ordinal)
            if think_ns:
                yield Moment(env, TIMER + first, think_ns)
            step = steps[index]
            observer.offered(step.name, env.now)
            self._open[session] = _Open(step, ordinal, env.now)
            served = yield from self._program(self._programs[step.name], session, ordinal, first)
            if not self._end(session, "ok" if served else "rejected"):
                return
            index = walk.following(journey, index, session, ordinal)
            ordinal += 1

    def _program(
        self, operations: list[_Operation], session: int, ordinal: int, first: int
    ) -> Generator[Event, Any, bool]:
        """Play a step's operations one after the other; return False when a station had no room."""
        env = self.env
        for number, operation in enumerate(operations, first):
            if operation.probability < 1.0 and uniform(operation.choice, session, ordinal) >= operation.probability:
                continue
            time_ns = operation.sample_ns(operation.key, session, ordinal)
            station = operation.station
            if station is None:
                yield Moment(env, TIMER + number, time_ns)
                continue
            if env.peek() == env.now:  # others share this instant: queue up among them
                yield Moment(env, ARRIVAL + number, 0)
            service = station.arrive(RELEASE + number, time_ns)
            if service is None:
                return False
            yield service
        return True

    def _end(self, session: int, outcome: str) -> bool:
        """Tell how a step ended for the citizen, who left at the deadline; return whether it was ok."""
        opened = self._open.pop(session)
        deadline_ns = opened.intended_ns + opened.step.limit_ns
        end_ns = self.env.now
        if end_ns > deadline_ns:
            outcome, end_ns = "timed_out", deadline_ns
        intended_ns = opened.intended_ns
        self._observer.step(opened.step.name, outcome, session, opened.ordinal, intended_ns, intended_ns, end_ns)
        return outcome == "ok"
