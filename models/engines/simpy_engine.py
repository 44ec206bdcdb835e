"""The reference engine: sessions over stations of our own in SimPy's time, in integer nanoseconds.

Follows docs/network.md. A planner's own processes can join: make a `Simulation`, add them to its `env`, then `play` and
`run`.
"""

from collections.abc import Iterator

from cutover.base.errors import InvalidRun
from models.changes import Change, changes_of
from models.edges import edges_of
from models.engines.activity import Activity, Play
from models.engines.batch import Arrivals
from models.engines.binding import Binding, Place, place_of
from models.engines.citizens import Citizens
from models.engines.door import Door
from models.engines.moments import ARRIVAL, CHANGE, IntegerTime, Moment, place
from models.engines.observer import Observer
from models.engines.operations import Draws
from models.engines.pool import Pool
from models.engines.returns import ReturnsLedger
from models.engines.scaling import scaling
from models.engines.service import ServiceStation
from models.engines.working import working
from models.history import History
from models.journeys import Walk
from models.network import Network, Outcome

FIRST_VISIT = 1


def simulate(
    network: Network,
    arrivals: Arrivals,
    walk: Walk,
    until_ns: int,
    observer: Observer,
    interval_ns: int = 1_000_000_000,
    first_ns: int | None = None,
) -> History:
    """Simulate the sessions that arrive before `until_ns`, telling the observer; return the histories.

    Draws are those of the walk's seed and replication. What happens at `until_ns` itself is no longer part.
    Books are kept by intervals of `interval_ns`, the first of which ends at `first_ns`, or is as long as the others.
    Raises InvalidRun if a law of queues does not hold exactly, which no sound run breaks, or if arrivals are
    not sorted.
    """
    simulation = Simulation(network, walk, observer, interval_ns, first_ns)
    simulation.play(arrivals)
    return simulation.run(until_ns)


class Simulation:
    """One simulation of a network: its environment `env`, its `stations` and `pools` by name, and its sessions."""

    def __init__(
        self, network: Network, walk: Walk, observer: Observer, interval_ns: int, first_ns: int | None = None
    ) -> None:
        self.env = IntegerTime()
        self._network = network
        self._edges = edges_of(interval_ns, first_ns)
        self._draws = Draws(walk.seed, walk.replication)
        self._places = [place_of(self.env, spec, network, self._edges) for spec in network.stations]
        self.stations: dict[str, ServiceStation] = {
            station.spec.name: station for station in self._places if isinstance(station, ServiceStation)
        }
        self.pools: dict[str, Pool] = {pool.spec.name: pool for pool in self._places if isinstance(pool, Pool)}
        self._binding = Binding(self.env, network, self._places, self._draws)
        programs = {step: self._binding.body(body) for step, body in network.programs.items()}
        self._returns = ReturnsLedger(self.env, network.citizens, self._edges)
        self._citizens = Citizens(self.env, network, programs, self._door(), walk, observer, self._returns)
        for number, station in enumerate(self._places):
            if station.spec.scaler is not None:
                self._begin(scaling(self.env, station, number, station.spec.scaler))
        self._employ()

    def play(self, arrivals: Arrivals) -> None:
        """Let sessions arrive."""
        self._begin(self._source(arrivals))

    def run(self, until_ns: int) -> History:
        """Run up to, not including, `until_ns`; end the open steps, check the laws and return the history."""
        known = changes_of(self._network, self._draws.seed, self._draws.replication, until_ns)
        for number, (station, changes) in enumerate(zip(self._places, known, strict=True)):
            if changes:
                self._begin(self._changing(station, number, changes))
        try:
            self.env.run(until_ns)
            self._citizens.end()
            stations = tuple(station.history() for station in self._places)
            history = History(self._edges, stations, self._returns.history())
        finally:
            for station in self._places:
                station.over = True
        history.assert_laws()
        return history

    def _begin(self, play: Play) -> None:
        Activity(play, lambda _: None)

    def _door(self) -> Door | None:
        admission = self._network.admission
        if admission is None:
            return None
        return Door(self.env, admission, None if admission.room is None else self._binding.pool(admission.room))

    def _employ(self) -> None:
        """Let the workers of all bulk jobs begin."""
        for number, job in enumerate(self._network.jobs):
            body = self._binding.body(job.body)
            for worker in range(job.workers):
                self._begin(working(self.env, self._draws, job, body, number, worker))

    def _changing(self, station: Place, number: int, changes: tuple[Change, ...]) -> Play:
        """Let a station's schedule, faults and slow phases come and go; `number` orders those of one instant."""
        for change in changes:
            yield Moment(self.env, CHANGE + place(number), change.at_ns - self.env.now)
            station.change(change)
        return Outcome.OK

    def _source(self, arrivals: Arrivals) -> Play:
        """Begin each session at its instant."""
        env, last = self.env, (0, 0)
        for session, instant_ns, journey, province in _rows(arrivals):
            if (instant_ns, session) < last:
                raise InvalidRun(f"session {session} arrives at {instant_ns} ns, before the one that precedes it")
            last = instant_ns, session
            yield Moment(env, ARRIVAL + place(session, FIRST_VISIT), instant_ns - env.now)
            self._citizens.begin(session, journey, province)
        return Outcome.OK


def _rows(arrivals: Arrivals) -> Iterator[tuple[int, int, int, int]]:
    """Yield sessions as Python integers, which never overflow when packed into a place."""
    for batch in arrivals:
        yield from zip(*(column.tolist() for column in batch), strict=True)
