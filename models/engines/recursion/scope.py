"""What a recursion can solve: networks of FCFS queues without a way back but through a thought."""

from collections.abc import Iterator, Sequence

from models.engines.recursion.order import circle, members
from models.journeys import Journey
from models.network import Block, Body, Choice, Hold, Network, NetworkStation, Operation, Visit

LEAST_WINDOW_NS = 10_000_000
"""Shorter windows cost more than they hold."""


def applies(network: Network, journeys: Sequence[Journey]) -> str | None:
    """Return why the `recursion` engine cannot solve a network for its journeys, in words; None where it can."""
    return next(_reasons(network, journeys), None)


def least_think_ns(journeys: Sequence[Journey]) -> int | None:
    """Return the least think time before any later step, None where every session has one step only."""
    laws = [
        step.think
        for journey in journeys
        for name in {name for step in journey.steps for name, share in step.following if name is not None and share > 0}
        for step in journey.steps
        if step.name == name
    ]
    return min((round(law.least_s * 1e9) for law in laws), default=None)


def single(network: Network, journeys: Sequence[Journey]) -> bool:
    """Whether every session is the same one step, and that one visit to one station."""
    if len(journeys) != 1 or len(journeys[0].steps) != 1:
        return False
    [step] = journeys[0].steps
    body = network.programs[step.name]
    leaves = all(name is None for name, _ in step.following)
    return leaves and len(body) == 1 and isinstance(body[0], Visit) and body[0].family is None


def _reasons(network: Network, journeys: Sequence[Journey]) -> Iterator[str]:
    for station in network.stations:
        yield from _of_station(station)
    if network.citizens.reload is not None or network.citizens.come_back is not None:
        yield "citizens reload or come back"
    if network.admission is not None:
        yield "there is an admission"
    if network.jobs:
        yield "there are bulk jobs"
    operations = [operation for body in network.programs.values() for operation in _all(body)]
    for operation in operations:
        yield from _of_operation(operation)
    yield from _patience(network, [operation for operation in operations if isinstance(operation, Visit)])
    way = circle(network)
    if way is not None:
        yield f"programs lead round in a circle of stations: {way}"
    least_ns = least_think_ns(journeys)
    if least_ns is not None and least_ns < LEAST_WINDOW_NS:
        yield f"think times may be shorter than {LEAST_WINDOW_NS / 1e9:g} s; give their laws a `shift_s`"


def _of_station(station: NetworkStation) -> Iterator[str]:
    if station.discipline in ("sharing", "priority"):
        yield f"station {station.name} is not first come first served"
    if station.breaker is not None:
        yield f"station {station.name} has a breaker"
    if station.scaler is not None:
        yield f"station {station.name} has an autoscaler"


def _of_operation(operation: Operation) -> Iterator[str]:
    if isinstance(operation, Hold):
        yield f"{operation.purpose} holds a pool"
    elif isinstance(operation, Block) and not _plain(operation):
        yield f"{operation.purpose} is played in parallel, with a timeout, or tried again"


def _patience(network: Network, visits: list[Visit]) -> Iterator[str]:
    """Yield finite queues that are left in another order than they are joined: who waits in them differ in patience."""
    for index, station in enumerate(network.stations):
        patience = {visit.patience_ns for visit in visits if index in members(network, visit)}
        if station.queue is not None and len(patience) > 1:
            yield f"in the queue of {station.name}, which has an end, some are more patient than others"


def _plain(block: Block) -> bool:
    return len(block.bodies) == 1 and block.timeout_ns is None and block.tries == 1


def _all(body: Body) -> Iterator[Operation]:
    """Yield all operations of a body, those nested included."""
    for operation in body:
        yield operation
        if isinstance(operation, Hold):
            yield from _all(operation.body)
        elif isinstance(operation, Choice | Block):
            for inner in operation.bodies:
                yield from _all(inner)
