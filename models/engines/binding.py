"""Binding: from a network's stations and programs to those of one simulation."""

from collections.abc import Iterator

from models.edges import Edges
from models.engines.block import BoundBlock
from models.engines.moments import IntegerTime
from models.engines.operations import (
    Bound,
    BoundBody,
    BoundChoice,
    BoundDelay,
    BoundHold,
    BoundTransfer,
    BoundVisit,
    Draws,
)
from models.engines.pool import Pool
from models.engines.queue import QueueStation
from models.engines.service import ServiceStation
from models.engines.sharing import SharingStation
from models.network import Block, Body, Choice, Delay, Hold, Network, NetworkStation, Operation, Transfer, Visit

Place = QueueStation | SharingStation | Pool


def place_of(env: IntegerTime, spec: NetworkStation, network: Network, edges: Edges) -> Place:
    """Return what serves at one of the network's places."""
    may_fail = any(fault.fails > 0.0 for fault in network.faults if fault.station == spec.name)
    match spec.discipline:
        case "pool":
            return Pool(env, spec, edges)
        case "sharing":
            return SharingStation(env, spec, edges, may_fail)
        case "fcfs" | "priority":
            return QueueStation(env, spec, edges, may_fail)


class Binding:
    """Binds bodies of a network to a simulation's places, in the network's order."""

    def __init__(self, env: IntegerTime, network: Network, places: list[Place], draws: Draws) -> None:
        self._env = env
        self._network = network
        self._places = places
        self._draws = draws

    def body(self, body: Body) -> BoundBody:
        """Bind operations, and all within them."""
        return tuple(self._bound(operation) for operation in body)

    def pool(self, index: int) -> Pool:
        """Return the pool at a place; TypeError for a station."""
        pool = self._places[index]
        if not isinstance(pool, Pool):
            raise TypeError(f"{pool.spec.name} is no pool, so that nothing can hold it")
        return pool

    def _bound(self, operation: Operation) -> Bound:
        env, draws = self._env, self._draws
        match operation:
            case Visit():
                family = None if operation.family is None else self._network.families[operation.family]
                members = tuple(self._stations(operation.station, 1 if family is None else family.members))
                return BoundVisit(env, draws, operation, members, family)
            case Delay():
                return BoundDelay(env, draws, operation)
            case Transfer():
                bandwidth = self._network.citizens.bandwidth
                if bandwidth is None:
                    raise TypeError(f"{operation.purpose} is a transfer, so that citizens need a bandwidth")
                return BoundTransfer(env, draws, operation, bandwidth)
            case Hold():
                return BoundHold(env, operation, self.pool(operation.pool), self.body(operation.body))
            case Choice():
                return BoundChoice(draws, operation, [self.body(body) for body in operation.bodies])
            case Block():
                return BoundBlock(env, draws, operation, [self.body(body) for body in operation.bodies])

    def _stations(self, first: int, members: int) -> Iterator[ServiceStation]:
        for station in self._places[first : first + members]:
            if isinstance(station, Pool):
                raise TypeError(f"{station.spec.name} is a pool, so that nothing can visit it")
            yield station
