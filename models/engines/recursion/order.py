"""The order of stations: each after all that lead to it, in any program."""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from models.network import Block, Body, Choice, Hold, Network, Visit


def station_order(network: Network) -> tuple[int, ...]:
    """Return the indices of all stations, each after those that lead to it; raises CycleError if programs go round."""
    graph: TopologicalSorter[int] = TopologicalSorter(dict.fromkeys(range(len(network.stations)), ()))
    for body in network.programs.values():
        for before, after in _ways(network, body):
            graph.add(after, before)
    return tuple(graph.static_order())


def circle(network: Network) -> str | None:
    """Return a circle of stations, by name, that programs lead round; None where there is none."""
    try:
        station_order(network)
    except CycleError as error:
        return " → ".join(network.stations[index].name for index in error.args[1])
    return None


def _ways(network: Network, body: Body) -> Iterator[tuple[int, int]]:
    """Yield (station, station that may come next) pairs of a program."""
    last: list[Visit] = []
    yield from _through(network, body, last)


def _through(network: Network, body: Body, last: list[Visit]) -> Iterator[tuple[int, int]]:
    """Go through a body with the visits that may have come last before it; leave those that may be last behind it."""
    for operation in body:
        if isinstance(operation, Visit):
            for before in last:
                yield from ((one, other) for one in members(network, before) for other in members(network, operation))
            last[:] = [operation]
        elif isinstance(operation, Choice):
            reached = [] if operation.shares[-1] >= 1.0 else list(last)
            for inner in operation.bodies:
                own = list(last)
                yield from _through(network, inner, own)
                reached += [visit for visit in own if visit not in reached]
            last[:] = reached
        elif isinstance(operation, Hold):
            yield from _through(network, operation.body, last)
        elif isinstance(operation, Block):
            for inner in operation.bodies:
                yield from _through(network, inner, last)


def members(network: Network, visit: Visit) -> range:
    """Return the stations at which a visit may be."""
    count = 1 if visit.family is None else network.families[visit.family].members
    return range(visit.station, visit.station + count)
