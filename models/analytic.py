"""What queueing theory says of a network at a steady rate, in milliseconds, to stand beside its simulation.

Applies to open stations with an endless queue, in steady state, taking every arrival stream as Poisson. Sums
over operations of a step give its mean response; a step's operations at one station share the station's mean
wait.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from models.network import Network, NetworkOperation
from models.queueing import erlang_c, mgc_wait_s


@dataclass(frozen=True)
class StationLoad:
    """A station under a steady load; `wait_s` is infinite when it is offered more than it can do."""

    name: str
    servers: int
    arrival_rps: float
    utilisation: float
    wait_probability: float
    wait_s: float


def station_loads(network: Network, steps_rps: Mapping[str, float]) -> tuple[StationLoad, ...]:
    """Return every station's load, in the network's order, when steps are offered at these rates.

    A step that the network does not have adds nothing.
    """
    offered: list[list[tuple[float, NetworkOperation]]] = [[] for _ in network.stations]
    for step, operations in network.programs.items():
        for operation in operations:
            if operation.station is not None:
                rate_rps = steps_rps.get(step, 0.0) * operation.probability
                offered[operation.station].append((rate_rps, operation))
    return tuple(
        _load(station.name, station.servers, visits) for station, visits in zip(network.stations, offered, strict=True)
    )


def mean_response_s(network: Network, loads: tuple[StationLoad, ...], step: str) -> float:
    """Return a step's mean response time: of each operation the mean and, at a station, its wait."""
    return sum(
        operation.probability
        * (operation.law.mean_s + (0.0 if operation.station is None else loads[operation.station].wait_s))
        for operation in network.programs[step]
    )


def _load(name: str, servers: int, visits: list[tuple[float, NetworkOperation]]) -> StationLoad:
    arrival_rps = math.fsum(rate for rate, _ in visits)
    if arrival_rps == 0.0:
        return StationLoad(name, servers, 0.0, 0.0, 0.0, 0.0)
    mean_s = math.fsum(rate * visit.law.mean_s for rate, visit in visits) / arrival_rps
    square = math.fsum(rate * visit.law.mean_s**2 * (1.0 + visit.law.scv) for rate, visit in visits) / arrival_rps
    scv = square / mean_s**2 - 1.0 if mean_s else 0.0
    wait_s = mgc_wait_s(arrival_rps, mean_s, scv, servers) if mean_s else 0.0
    offered = arrival_rps * mean_s
    return StationLoad(name, servers, arrival_rps, offered / servers, erlang_c(servers, offered), wait_s)
