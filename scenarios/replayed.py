"""A run's own sessions played through a plan, in memory: what it predicts of a load that was measured.

The same sessions start at the same instants, think as long and go the same ways as in the run, so that what is common
to both cancels out: how many came when. What serves draws anew: services, delays, and whether they fail. The whole run
is simulated at once, so that what one level leaves behind is met by the next, as it was.
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import SECOND_NS
from models.assembly import assemble
from models.calibration.observed import Answered, Latencies, Level
from models.calibration.redrawn import redrawn
from models.engines.batch import Batch, Records
from models.engines.choice import Chosen, choose, simulate
from models.history import History
from models.journeys import Walk
from models.network import Network, Outcome
from models.plan import Plan
from reports.budgets import ALL
from reports.run import Run
from scenarios.kept import kept_scenario
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.span import COOL_DOWN_S

Rows = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]
"""How many steps ended well in each row, int64[B]; how many that began there took so long, int64[B, V]; those times."""

KEPT = 3
"""Answers of plans that are kept, for the levels of a run are asked for one after the other."""


class _Columns:
    """Takes note of steps that have ended."""

    def __init__(self) -> None:
        self.names: tuple[str, ...] = ()
        self._parts: list[tuple[NDArray[np.int64], ...]] = []

    def steps(self, names: Sequence[str], records: Records) -> None:
        """Keep the columns, which change after the call."""
        self.names = tuple(names)
        told = (records.step, records.outcome, records.intended_ns, records.end_ns)
        self._parts.append(tuple(column.astype(np.int64) for column in told))

    def session(self, instant_ns: int) -> None:
        """Do nothing: sessions follow from the steps."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Do nothing: compiled engines tell steps that have ended."""

    def step(self, *_: object) -> None:
        """Do nothing, likewise."""

    def columns(self) -> tuple[NDArray[np.int64], ...]:
        """Return step, outcome, intended start and end of all steps."""
        if not self._parts:
            return (np.empty(0, np.int64),) * 4
        return tuple(np.concatenate(column) for column in zip(*self._parts, strict=True))


@dataclass(frozen=True)
class Replayed:
    """What a plan answered to a run's sessions: int64 columns over steps, and what its stations did, by second."""

    names: tuple[str, ...]
    step: NDArray[np.int64]
    outcome: NDArray[np.int64]
    intended_ns: NDArray[np.int64]
    end_ns: NDArray[np.int64]
    history: History

    def answered(self, from_s: float, to_s: float) -> dict[str, Answered]:
        """Return the answers to the steps that were meant to start in [from_s, to_s), by step."""
        inside = self._between(self.intended_ns, from_s, to_s)
        step, ok = self.step[inside], self.outcome[inside] == Outcome.OK
        took_s = (self.end_ns[inside] - self.intended_ns[inside]) / SECOND_NS
        found = {}
        for number, name in enumerate(self.names):
            own = step == number
            if own.any():
                response = Latencies.of(took_s[own & ok])
                found[name] = Answered(int(own.sum()), response.count, response)
        return found

    def completed(self, from_s: float, to_s: float) -> dict[str, int]:
        """Return how many steps ended well in [from_s, to_s), by step."""
        inside = self._between(self.end_ns, from_s, to_s) & (self.outcome == Outcome.OK)
        counts = np.bincount(self.step[inside], minlength=len(self.names)).tolist()
        return dict(zip(self.names, counts, strict=True))

    def by_rows(self, edges_s: NDArray[np.float64]) -> dict[str, Rows]:
        """Return each step's answers, and those of `all`, in the stretches of time between edges, float64[B + 1]."""
        edges_ns = np.round(edges_s * SECOND_NS).astype(np.int64)
        begun, ended = (np.searchsorted(edges_ns, at, side="right") - 1 for at in (self.intended_ns, self.end_ns))
        ok, count = self.outcome == Outcome.OK, len(edges_ns) - 1
        found = {}
        for number, name in (*enumerate(self.names), (-1, ALL)):
            own = ok if name == ALL else ok & (self.step == number)
            out = own & (ended >= 0) & (ended < count)
            inside = own & (begun >= 0) & (begun < count)
            took_s = (self.end_ns[inside] - self.intended_ns[inside]) / SECOND_NS
            values_s, places = np.unique(took_s, return_inverse=True)
            counts = np.bincount(begun[inside] * values_s.size + places, minlength=count * values_s.size)
            found[name] = np.bincount(ended[out], minlength=count), counts.reshape(count, -1), values_s
        return found

    def busy(self, from_s: float, to_s: float) -> dict[str, float]:
        """Return the mean busy servers of each station and pool, families' members together, over whole seconds."""
        found: dict[str, float] = {}
        for station in self.history.stations:
            name = station.name.partition("[")[0]
            own = (i for i in station.intervals if from_s - 1e-6 <= i.start_ns / SECOND_NS < to_s - 1e-6)
            found[name] = found.get(name, 0.0) + sum(interval.busy_ns for interval in own) / SECOND_NS / (to_s - from_s)
        return found

    def _between(self, instants_ns: NDArray[np.int64], from_s: float, to_s: float) -> NDArray[np.bool_]:
        return (instants_ns >= round(from_s * SECOND_NS)) & (instants_ns < round(to_s * SECOND_NS))


class Replay:
    """A run's sessions, ready to be played through plans; `scenario` is what the run played."""

    def __init__(self, run: Run) -> None:
        header = run.header
        self.scenario: Scenario = kept_scenario(run)
        self._is_simulated = header.kind == "simulated"
        self._scale, self._warp, self._duration_s = header.scale, header.warp, header.duration_s
        self._known: OrderedDict[tuple[int, int], tuple[Plan, Replayed]] = OrderedDict()

    def network(self, plan: Plan) -> Network:
        """Compile a plan for the run's journeys; raise BadInput when a step has no program.

        Of a measured run the scenario's faults and jobs are left out: its target had its own, or none.
        """
        file = self.scenario.file
        faults = tuple(fault.fault() for fault in file.faults) if self._is_simulated else ()
        return assemble(plan, self.scenario.journeys, faults, file.jobs if self._is_simulated else ())

    def engine(self, plan: Plan) -> Chosen:
        """Return the engine that is the fastest for a plan."""
        return choose(self.network(plan), self.scenario.journeys)

    def played(self, plan: Plan, again: int = 0) -> Replayed:
        """Play the sessions through a plan; `again` chooses other draws of what serves. A plan's last ones are kept."""
        key = (id(plan), again)
        if key not in self._known:
            self._known[key] = plan, self._play(plan, again)  # the plan is kept too, so that its id stays its own
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[key][1]

    def _play(self, plan: Plan, again: int) -> Replayed:
        network, columns = self.network(plan), _Columns()
        history = simulate(
            choose(network, self.scenario.journeys),
            network if again == 0 else redrawn(network, again),
            self._batches,
            Walk(self.scenario.journeys, self.scenario.file.seed),
            round((self._duration_s + COOL_DOWN_S) * SECOND_NS),
            columns,
        )
        step, outcome, intended_ns, end_ns = columns.columns()
        return Replayed(columns.names, step, outcome, intended_ns, end_ns, history)

    @cached_property
    def _batches(self) -> tuple[Batch, ...]:
        sessions = Sessions(self.scenario, scale=self._scale, warp=self._warp)
        return tuple(sessions.arrivals(0.0, self._duration_s))


@dataclass(frozen=True)
class Replays:
    """Replays of runs by the names of their levels: what calibration predicts by (`models.calibration.Predict`)."""

    by_level: Mapping[str, Replay]

    def __call__(self, plan: Plan, level: Level, again: int = 0) -> Mapping[str, Answered]:
        """Return a plan's answers to the sessions of a level, by step."""
        played = self.by_level[level.name].played(plan, again)
        return played.answered(level.begins_s, level.begins_s + level.length_s)
