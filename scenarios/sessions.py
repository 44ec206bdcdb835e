"""The session stream of a scenario: who starts which journey when, the same for swarm and forecast."""

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput, Mistake
from fixtures.population import Population
from models.demand.bursts import Bursts
from models.demand.flow import GREATEST, Columns, Flow, merged
from models.engines.batch import Batch
from scenarios.arm import Arm
from scenarios.demand import Nation, flows, nation, parts
from scenarios.eligible import Eligible
from scenarios.filers import Filers
from scenarios.scenario import Scenario

AT_ONCE = 65_536
"""About how many sessions are held in memory at once."""


class Session(NamedTuple):
    """One planned first visit: its number, instant, citizen's number and the index of its journey.

    `commune` and `province` are codes of where the citizen lives; `procedure` is the code of what is needed, None where
    the flow names none; where it is a life event's, the citizen is who files. `flow` is the stream it belongs to;
    `assisted` says that staff key it at a counter.
    """

    number: int
    instant_ns: int
    citizen: int
    journey: int
    procedure: str | None
    commune: str
    province: str
    flow: str
    assisted: bool


class Sessions:
    """The sessions of one replication of a scenario, reached directly by window; nothing is stored.

    With an `arm`, those alone that the target of that arm is given.

    Raises BadInput when a flow, at this scale, expects more sessions than it has numbers for.
    """

    def __init__(
        self,
        scenario: Scenario,
        *,
        replication: int = 0,
        scale: float = 1.0,
        warp: float = 1.0,
        arm: Arm | None = None,
    ) -> None:
        self._arm = arm
        self.flows: tuple[Flow, ...] = flows(scenario, replication, scale, warp)
        self.nation: Nation = nation(scenario.places)
        self._by_index = {flow.index: flow for flow in self.flows}
        self._choosers = dict(_choosers(scenario, self.flows, self.nation, replication))
        too_many = [flow for flow in self.flows if _numbered(flow) > GREATEST]
        if too_many:
            remedy = "lower the scale, or shorten the scenario"
            rule = f"must not be above {GREATEST:,}, the numbers there are"
            where = str(scenario.path)
            raise BadInput([Mistake(where, f"{f.name}: sessions", _numbered(f), rule, remedy) for f in too_many])

    @property
    def expected(self) -> float:
        """The mean number of sessions given the chance factors of this replication's days: for caps and pieces.

        The mean over days is `scenarios.demand.mean_profile(scenario).total`.
        """
        return sum(flow.expected for flow in self.flows)

    @property
    def duration_s(self) -> float:
        """The length of the played schedule in seconds."""
        return max(flow.schedule.duration_s for flow in self.flows)

    def columns(self, from_s: float, to_s: float) -> Columns:
        """Return the sessions planned in `[from_s, to_s)` of played time as columns, in order of their instants."""
        found = merged([self._fitting(flow, flow.columns(from_s, to_s)) for flow in self.flows])
        return found if self._arm is None else found.part(self._arm.holds(found.instant_ns))

    def _fitting(self, flow: Flow, found: Columns) -> Columns:
        chooser = self._choosers.get(flow.index)
        return found if chooser is None else chooser.among(found)

    def window(self, from_s: float, to_s: float) -> Iterator[Session]:
        """Yield the sessions planned in `[from_s, to_s)` of played time, in order of their instants."""
        for found in self._pieces(from_s, to_s):
            yield from self.each(found)

    def count(self, from_s: float, to_s: float) -> int:
        """Return how many sessions are planned in `[from_s, to_s)` of played time."""
        return sum(len(found.number) for found in self._pieces(from_s, to_s))

    def arrivals(self, from_s: float, to_s: float) -> Iterator[Batch]:
        """Yield the sessions planned in `[from_s, to_s)` as engines take them, in order of instant, then of number.

        Provinces are numbered in the order of their codes.
        """
        provinces = np.unique(self.nation.provinces, return_inverse=True)[1].astype(np.int32)
        for found in self._pieces(from_s, to_s):
            order = np.lexsort((found.number, found.instant_ns))
            yield Batch(found.number, found.instant_ns, found.journey, provinces[found.commune]).part(order)

    def _pieces(self, from_s: float, to_s: float) -> Iterator[Columns]:
        pieces = max(1, math.ceil(self.expected / AT_ONCE * (to_s - from_s) / self.duration_s))
        edges = [from_s + (to_s - from_s) * i / pieces for i in range(pieces)] + [to_s]
        for begin, end in pairwise(edges):
            yield self.columns(begin, end)

    def each(self, found: Columns) -> Iterator[Session]:
        """Yield the sessions that columns of `columns` hold, one by one."""
        columns = (getattr(found, name).tolist() for name in Columns.__annotations__)
        land = self.nation
        for number, instant, citizen, commune, procedure, journey, index in zip(*columns, strict=True):
            flow = self._by_index[index]
            needed = None if procedure < 0 else land.procedures[procedure]
            place = land.communes[commune], land.provinces[commune]
            yield Session(number, instant, citizen, journey, needed, *place, flow.name, flow.assisted)


def _choosers(
    scenario: Scenario, streams: tuple[Flow, ...], land: Nation, replication: int
) -> Iterator[tuple[int, Eligible | Filers]]:
    """Yield a chooser of citizens for each stream whose flow says who comes, or comes for life events."""
    entries = {part.index: part.entry for part in parts(scenario)}
    picky = {i: entry for i, entry in entries.items() if entry.who is not None or entry.procedures == "life_events"}
    if picky:
        population, starts = Population(scenario.file.seed, places=scenario.places), scenario.starts.astimezone(VIETNAM)
        for index in (flow.index for flow in streams if flow.index in picky):
            who, eligible = picky[index].who, None
            if who is not None:
                eligible = Eligible.of(who, population, land.residents, starts, replication)
            if picky[index].procedures == "life_events":
                yield index, Filers.of(population, eligible, replication)
            elif eligible is not None:
                yield index, eligible


def _numbered(flow: Flow) -> float:
    return flow.schedule.starts.expected if isinstance(flow.schedule, Bursts) else flow.schedule.expected
