"""What steps ask of each station and pool: how often, and the seconds for which they keep one server or token.

Of a family it is its busiest member that counts. A pool's token is held for the means of what is done meanwhile,
without waits, so that Little's law gives the tokens in use when nobody waits. Retries are left out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from models.network import Block, Body, Choice, Delay, Family, Hold, Network, Operation, Transfer, Visit

MEGABIT = 8.0
"""Megabits of a megabyte."""


@dataclass(frozen=True)
class Demand:
    """What one step asks of one place on average: visits, and seconds of one server or token in all."""

    visits: float
    busy_s: float


@dataclass(frozen=True)
class Offered:
    """What a load asks of one place: arrivals a second λ, and the offered load a = λ·E[S] in erlangs."""

    arrival_rps: float
    erlangs: float

    @property
    def service_s(self) -> float:
        """The mean seconds E[S] of a visit; 0 where nobody comes."""
        return self.erlangs / self.arrival_rps if self.arrival_rps else 0.0


Demands = Mapping[str, Mapping[str, Demand]]
"""By the plan's name of a station or pool, then by step."""


def demands(network: Network, provinces: Sequence[float] = ()) -> Demands:
    """Return what each step asks of each place; `provinces` are the shares of the provinces' citizens."""
    found: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    for step, body in network.programs.items():
        for share, operation in _asking(body):
            place = operation.pool if isinstance(operation, Hold) else operation.station
            part = share * _busiest(network, operation, provinces)
            sums = found[network.stations[place].name.partition("[")[0]][step]
            sums[0] += part
            sums[1] += part * _lasts_s(network, operation)
    return {
        name: {step: Demand(visits, busy_s) for step, (visits, busy_s) in steps.items()}
        for name, steps in found.items()
    }


def offered(asked: Mapping[str, Demand], steps_rps: Mapping[str, float]) -> Offered:
    """Return what a place is asked for when steps are offered at these rates; others add nothing."""
    known = [(steps_rps.get(step, 0.0), demand) for step, demand in asked.items()]
    return Offered(
        sum(rate * demand.visits for rate, demand in known), sum(rate * demand.busy_s for rate, demand in known)
    )


def _asking(body: Iterable[Operation], share: float = 1.0) -> Iterator[tuple[float, Visit | Hold]]:
    """Yield the visits and holds of a body, after how often each is played on average if nothing fails."""
    for operation in body:
        if isinstance(operation, Visit | Hold):
            yield share, operation
        for part, inner in _bodies(operation):
            yield from _asking(inner, share * part)


def _bodies(operation: Operation) -> Iterator[tuple[float, Body]]:
    """Yield the bodies within an operation, after how often each is played."""
    if isinstance(operation, Hold):
        yield 1.0, operation.body
    elif isinstance(operation, Block):
        yield from ((1.0, body) for body in operation.bodies)
    elif isinstance(operation, Choice):
        edges = pairwise((0.0, *operation.shares))
        yield from ((upper - lower, body) for (lower, upper), body in zip(edges, operation.bodies, strict=True))


def _lasts_s(network: Network, operation: Operation) -> float:
    """Return how long an operation lasts on average when nothing waits; bodies side by side as their longest mean."""
    if isinstance(operation, Visit | Delay):
        return operation.law.mean_s
    if isinstance(operation, Transfer):
        bandwidth = network.citizens.bandwidth
        return MEGABIT * operation.law.mean_s / bandwidth.mean_s if bandwidth is not None else 0.0
    parts = [(part, sum(_lasts_s(network, each) for each in body)) for part, body in _bodies(operation)]
    if isinstance(operation, Block):
        return max((lasts_s for _, lasts_s in parts), default=0.0)
    return sum(part * lasts_s for part, lasts_s in parts)


def _busiest(network: Network, operation: Visit | Hold, provinces: Sequence[float]) -> float:
    """Return the share of visits that the busiest station of a family has; 1 where it is no family."""
    if isinstance(operation, Hold) or operation.family is None:
        return 1.0
    return busiest_share(network.families[operation.family], provinces)


def busiest_share(family: Family, provinces: Sequence[float]) -> float:
    """Return the greatest share of sessions that a member of a family has; all alike where none is known."""
    if family.shares is not None:
        return max(upper - lower for lower, upper in pairwise((0.0, *family.shares)))
    parts = [0.0] * family.members
    for province, share in enumerate(provinces or [1.0 / family.members] * family.members):
        parts[province % family.members] += share
    return max(parts)
