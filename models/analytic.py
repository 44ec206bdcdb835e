"""What queueing theory says of a network at a steady rate, in milliseconds, to stand beside its simulation.

Applies to open stations with an endless queue, first come first served or shared, in steady state, taking every arrival
stream as Poisson; without failures, retries and waits for pools. Sums over operations of a step give its mean response;
a step's operations at one station share the station's mean wait.
"""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.network import Network, NetworkStation, Visit, leaves
from models.theory.delay import mgc_wait_s
from models.theory.erlang import erlang_c

APPLIES = (
    "open stations in steady state, first come first served or shared, every arrival stream taken as Poisson; "
    "failures, retries and waits for pools are left out, and waits where the number of servers changes"
)


@dataclass(frozen=True)
class StationLoad:
    """A station under a steady load.

    `wait_s` is infinite when it is offered more than it can do, and, as `wait_probability`, NaN where the number of
    servers changes, of which `servers` is the mean.
    """

    name: str
    servers: float
    arrival_rps: float
    utilisation: float
    wait_probability: float
    wait_s: float


def station_loads(
    network: Network,
    steps_rps: Mapping[str, float],
    provinces: Sequence[float] = (),
    servers: Mapping[str, float] | None = None,
    changing: Collection[str] = (),
) -> tuple[StationLoad, ...]:
    """Return every station's load, in the network's order, when steps are offered at these rates.

    A step that the network does not have adds nothing. `provinces` are the shares of the provinces' citizens, for
    families by province; without them members share alike. `servers` are the mean numbers of servers of stations that
    do not have those they begin with all the time, `changing` those of which it was not always the same.
    """
    offered: list[list[tuple[float, Visit]]] = [[] for _ in network.stations]
    for step, body in network.programs.items():
        for share, operation in leaves(body):
            if isinstance(operation, Visit):
                for station, part in _members(network, operation, provinces):
                    offered[station].append((steps_rps.get(step, 0.0) * share * part, operation))
    return tuple(
        _load(station, visits, (servers or {}).get(station.name, station.servers), station.name in changing)
        for station, visits in zip(network.stations, offered, strict=True)
    )


def mean_response_s(network: Network, loads: tuple[StationLoad, ...], step: str) -> float:
    """Return a step's mean response time: of each operation the mean and, at a station, its wait."""
    return sum(
        share * (operation.law.mean_s + (_wait_s(network, loads, operation) if isinstance(operation, Visit) else 0.0))
        for share, operation in leaves(network.programs[step])
    )


def _wait_s(network: Network, loads: tuple[StationLoad, ...], visit: Visit) -> float:
    """Return a visit's mean wait: of a family, over who comes to each member."""
    places = [visit.station]
    if visit.family is not None:
        places = list(range(visit.station, visit.station + network.families[visit.family].members))
    arriving = math.fsum(loads[place].arrival_rps for place in places)
    if arriving == 0.0:
        return 0.0
    return math.fsum(loads[place].arrival_rps / arriving * loads[place].wait_s for place in places)


def _members(network: Network, visit: Visit, provinces: Sequence[float]) -> Iterator[tuple[int, float]]:
    """Yield the stations that a visit may go to, and the share of visits that each gets."""
    if visit.family is None:
        yield visit.station, 1.0
        return
    family = network.families[visit.family]
    if family.shares is not None:
        parts = [upper - lower for lower, upper in pairwise((0.0, *family.shares))]
    else:
        parts = [0.0] * family.members
        for province, share in enumerate(provinces or [1.0 / family.members] * family.members):
            parts[province % family.members] += share
    for member, part in enumerate(parts):
        yield visit.station + member, part


def _load(station: NetworkStation, visits: list[tuple[float, Visit]], servers: float, changing: bool) -> StationLoad:
    """Return a station's load; under sharing waits do not depend on the law of services (Cohen 1979): cv² is 1."""
    name = station.name
    arrival_rps = math.fsum(rate for rate, _ in visits)
    if arrival_rps == 0.0:
        return StationLoad(name, servers, 0.0, 0.0, 0.0, 0.0)
    mean_s = math.fsum(rate * visit.law.mean_s for rate, visit in visits) / arrival_rps
    square = math.fsum(rate * visit.law.mean_s**2 * (1.0 + visit.law.scv) for rate, visit in visits) / arrival_rps
    scv = 1.0 if station.discipline == "sharing" else square / mean_s**2 - 1.0 if mean_s else 0.0
    offered = arrival_rps * mean_s
    utilisation = offered / servers if servers else math.inf
    if changing or not float(servers).is_integer() or not servers:
        return StationLoad(name, servers, arrival_rps, utilisation, math.nan, math.nan)
    wait_s = mgc_wait_s(arrival_rps, mean_s, scv, int(servers)) if mean_s else 0.0
    return StationLoad(name, int(servers), arrival_rps, utilisation, erlang_c(int(servers), offered), wait_s)
