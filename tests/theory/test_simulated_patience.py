"""Case 6, Erlang A: callers whose patience is exponential, which no plan says, as processes of a planner's own.

Only the reference engine has such processes; `test_simulated_cases.py` plays callers of the same patience in all.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from models.draws import purpose, stream
from models.engines.moments import GUEST
from models.engines.simpy_engine import Simulation
from models.engines.source import poisson
from models.history import StationHistory
from models.journeys import Walk
from models.network import Network, NetworkStation
from models.statistics.means import replication_mean
from models.theory.abandonment import ErlangA
from tests.theory.cases import exponential
from tests.theory.playing import PARTS, Keeper, S

REPLICATIONS = 30


@dataclass(frozen=True)
class Calls:
    """Erlang A: `room` counts all places, those in service too."""

    arrival_rps: float
    service_s: float
    servers: int
    patience_s: float
    until_s: int
    room: int | None = None

    def theory(self, longer: float) -> ErlangA:
        return ErlangA(self.arrival_rps, longer * self.service_s, self.servers, self.patience_s, self.room)

    def play(self, seed: int, replication: int) -> StationHistory:
        """Play one replication, in which every caller is a process."""
        until_ns = self.until_s * S
        queue = None if self.room is None else self.room - self.servers
        net = Network("calls", (NetworkStation("s", self.servers, queue),), {}, ())
        simulation = Simulation(net, Walk([], seed, replication), Keeper(()), until_ns // PARTS)
        services, patience = (stream(seed, replication, name) for name in ("service", "patience"))
        service, patient = exponential(self.service_s), exponential(self.patience_s)

        def call(number: int) -> Iterator[object]:
            service_ns, patience_ns = service.sample_ns(services, number, 0), patient.sample_ns(patience, number, 0)
            station = simulation.stations["s"]
            with station.arrive(service_ns, GUEST + number, patience_ns=patience_ns) as served:
                yield served

        def callers() -> Iterator[object]:
            for batch in poisson(self.arrival_rps, until_ns, seed, replication):
                for number, instant_ns in zip(batch.session.tolist(), batch.instant_ns.tolist(), strict=True):
                    yield simulation.env.timeout(instant_ns - simulation.env.now)
                    simulation.env.process(call(number))

        simulation.env.process(callers())
        return simulation.run(until_ns).stations[0]


def middle(station: StationHistory) -> tuple[int, int]:
    return station.intervals[1].start_ns, station.intervals[-1].start_ns


def backlog(station: StationHistory) -> float:
    return station.backlog(*middle(station))


def in_system(station: StationHistory) -> float:
    return backlog(station) + station.utilisation(*middle(station)) * station.servers


def wait_s(station: StationHistory) -> float:
    """Return the mean wait of all, by Little's law."""
    begin_ns, end_ns = middle(station)
    arrivals = sum(i.arrivals for i in station.intervals if begin_ns <= i.start_ns < end_ns)
    return backlog(station) * (end_ns - begin_ns) / S / arrivals


CALLS = {"6": Calls(0.1, 240, 28, 300, 50_000, 80), "6 patient as a service": Calls(0.1, 240, 20, 240, 20_000)}


@cache
def played(name: str) -> list[StationHistory]:
    return [CALLS[name].play(purpose(name), replication) for replication in range(REPLICATIONS)]


@pytest.mark.parametrize(
    ("name", "measure", "theory", "bound"),
    [
        ("6", backlog, lambda station: station.backlog, 0.25),
        ("6", wait_s, lambda station: station.wait_s, 0.25),
        ("6", in_system, lambda station: station.in_system, 0.03),
        ("6 patient as a service", in_system, lambda station: station.in_system, 0.03),
    ],
)
def test_agrees_with_erlang_a_and_not_with_longer_services(
    name: str, measure: Callable[[StationHistory], float], theory: Callable[[ErlangA], float], bound: float
) -> None:
    right, wrong = (theory(CALLS[name].theory(longer)) for longer in (1.0, 1.05))
    mean = replication_mean([measure(station) for station in played(name)], 0.999)
    assert mean.half_width <= bound * right
    assert mean.low <= right <= mean.high
    assert not mean.low <= wrong <= mean.high
