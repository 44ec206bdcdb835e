"""A forecast: a scenario's sessions through the network of a plan, written as a simulated run."""

import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np

from cutover.base.clock import SECOND_NS, VIETNAM
from cutover.base.errors import BadInput, CutoverError, Interrupted, InvalidRun, Mistake
from models import factors
from models.assembly import assemble
from models.engines.batch import Batch
from models.engines.choice import Chosen, choose, is_compiled, simulate
from models.history import History
from models.journeys import Walk
from models.network import Network
from models.plan import Plan
from models.statistics.precision import Precision
from reports.counters import Counters, StationLoad, added_up, mean_load
from reports.estimates import first_values
from reports.header import NAME, Header, Planned, Window
from reports.recorder import Recorder
from reports.replications import folder_of
from reports.run import Run, free_folder
from reports.writer import RunWriter
from scenarios.inputs import keep_inputs
from scenarios.run_header import header_of
from scenarios.scenario import Scenario
from scenarios.sessions import Sessions
from scenarios.span import Span
from scenarios.trials import Workers, run_trials, workers
from scenarios.uncertain import Draws, at_estimates, drawn, uncertain

LOOK_EVERY_S = 0.5

Watch = Callable[[tuple[Path, ...]], None]


@dataclass(frozen=True)
class Forecast:
    """What is forecast: a scenario on a plan, over a span, so many times; each replication draws what is uncertain.

    Raises BadInput when the plan has a range that was published after the scenario's `as_of`.
    """

    scenario: Scenario
    plan: Plan
    span: Span
    replications: int
    engine: str = "auto"
    draws: Draws = "all"

    def __post_init__(self) -> None:
        as_of = self.scenario.file.as_of
        remedy = "use a range known on that day, or move as_of"
        mistakes = [
            Mistake(f"plan {self.plan.name}", f"uncertain {one.name}", str(one.published), rule, remedy)
            for one in self.plan.uncertain
            if not one.known_on(as_of)
            for rule in (f"was published after as_of = {as_of}",)
        ]
        if mistakes:
            raise BadInput(mistakes)

    @property
    def is_uncertain(self) -> bool:
        """Tell whether its replications differ by more than chance: whether any of them draws a figure."""
        in_plan = self.draws != "nothing" and bool(factors.ranges(self.plan))
        return in_plan or (self.draws == "all" and any(uncertain(self.scenario)))

    def of(self, replication: int) -> "Forecast":
        """Return what a replication plays: everything that it draws is drawn."""
        scenario = drawn(self.scenario, replication) if self.draws == "all" else at_estimates(self.scenario)
        seed = self.scenario.file.seed
        plan = (
            factors.at_estimates(self.plan) if self.draws == "nothing" else factors.drawn(self.plan, seed, replication)
        )
        return replace(self, scenario=scenario, plan=plan, draws="nothing")

    def network(self) -> Network:
        """Compile the plan for the scenario's journeys; raise BadInput when a step has no program."""
        faults = tuple(fault.fault() for fault in self.scenario.file.faults)
        return assemble(self.plan, self.scenario.journeys, faults, self.scenario.file.jobs)

    def chosen(self) -> Chosen:
        """Return the engine that solves it; raise BadInput when that which is asked for does not apply."""
        return choose(self.network(), self.scenario.journeys, self.engine)

    def is_compiled(self) -> bool:
        """Tell whether the engine has been compiled, by this process or one before it."""
        return is_compiled(self.chosen())

    def compile(self) -> None:
        """Compile the engine, where that has not been done: processes that begin together would each do it.

        The scenario's first second is simulated, which calls whatever a replication calls.
        """
        if not self.is_compiled():
            second = replace(self, span=Span(Window(from_s=0.0, to_s=1.0), 0.0, 0.0), replications=1)
            with tempfile.TemporaryDirectory() as folder:
                play_replication(second, 0, Path(folder) / "compiling", second.header())

    def play(self, out: Path, watch: Watch, cluster: str | None = None, precision: Precision | None = None) -> Run:
        """Simulate all replications and write the run, with what it is made from; Ctrl-C leaves it `interrupted`.

        Replications run on this machine's cores, or on the Dask cluster whose scheduler has the address `cluster`; its
        workers write into the same folder, so they must share it. `watch` is called twice a second with the folders of
        the replications, which grow as they are simulated. With a precision, more are added until the first budget's
        value has it.
        """
        self.chosen()
        if self.span.ends_s - self.span.begins_s <= 0 or self.replications < 1:
            raise BadInput.single("forecast", "replications", self.replications, "must be at least 1", "give a number")
        if cluster is None and (self.replications > 1 or precision is not None):
            self.compile()
        folder = free_folder(out, datetime.now(UTC), self.scenario.name, "simulated")
        header = self.header()
        with workers(cluster) as found, RunWriter.create(folder, header) as writer:
            keep_inputs(self, folder)
            try:
                runs = self._replicate(writer, watch, found, precision)
            except KeyboardInterrupt:
                begun = (folder_of(folder, number) for number in range(writer.header.replications))
                _add_up([Run.open(each) for each in begun if (each / NAME).exists()], writer)
                writer.close("interrupted")
                raise Interrupted(f"interrupted; what was simulated is in {folder}") from None
            _add_up(runs, writer)
        return Run.open(folder)

    def _replicate(self, writer: RunWriter, watch: Watch, found: Workers, precision: Precision | None) -> list[Run]:
        """Play replications, and more of them as long as the precision asks for more."""
        runs: list[Run] = []
        values: list[float] = []
        while len(runs) < writer.header.replications:
            trials = tuple(
                Replication(self, number, folder_of(writer.folder, number), writer.header)
                for number in range(len(runs), writer.header.replications)
            )
            self._play_all(trials, watch, found)
            fresh = [Run.open(trial.folder) for trial in trials]
            runs += fresh
            if precision is not None:
                values += first_values(fresh)
                more = precision.look(values).more if values else 0
                writer.update_header(replications=min(len(runs) + more, max(len(runs), precision.at_most)))
        return runs

    def _play_all(self, trials: "tuple[Replication, ...]", watch: Watch, found: Workers) -> None:
        folders = tuple(trial.folder for trial in trials)
        with watching(lambda: watch(folders)):
            failures = run_trials(trials, found)
        if failures:
            said = "\n".join(f"{one.trial} failed: {one.trace or one.error}" for one in failures)
            raise CutoverError(f"{said}\nWhat was simulated is in {folders[0].parent}.")

    def header(self) -> Header:
        """Return the header of its run, before anything is simulated."""
        span = self.span
        return header_of(
            self.scenario,
            "simulated",
            span.ends_s - span.begins_s,
            libraries=("simpy", "numpy", "numba"),
            plan=self.plan.name,
            started=self.scenario.starts.astimezone(VIETNAM),
            duration_s=span.ends_s,
            measurement=span.window,
            planned=Planned(sessions=0),
            replications=self.replications,
        )


@dataclass(frozen=True)
class Replication:
    """A replication of a forecast as a trial: what it leaves is a run in a folder of its own."""

    forecast: Forecast
    number: int
    folder: Path
    header: Header

    @property
    def name(self) -> str:
        """What it is called."""
        return f"replication {self.number}"

    def is_done(self) -> bool:
        """Tell whether its run is complete."""
        return (self.folder / NAME).exists() and Run.open(self.folder).state == "complete"

    def play(self) -> None:
        """Simulate it, in place of what an attempt whose worker died has left."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        play_replication(self.forecast, self.number, self.folder, self.header)


def play_replication(forecast: Forecast, number: int, folder: Path, header: Header) -> None:
    """Simulate one replication and write it as a run of its own, interval by interval."""
    forecast = forecast.of(number)
    scenario, span = forecast.scenario, forecast.span
    walk = Walk(scenario.journeys, scenario.file.seed, number)
    until_ns, interval_ns = round(span.ends_s * SECOND_NS), round(header.interval_s * SECOND_NS)
    with RunWriter.create(folder, header.model_copy(update={"replications": 1})) as writer:
        recorder = Recorder(header.interval_s)
        source = _Source(Sessions(scenario, replication=number).arrivals(span.begins_s, span.ends_s), recorder, writer)
        history = simulate(
            forecast.chosen(),
            forecast.network(),
            source,
            walk,
            until_ns,
            recorder,
            interval_ns,
            _first_ns(span, interval_ns),
        )
        for counters in (*_loads(history, span.begins_s), *_returns(history, until_ns)):
            recorder.add(counters)
        source.write(until_ns + interval_ns)
        writer.update_header(planned=Planned(sessions=source.planned), achieved={"sessions": source.planned})


def _first_ns(span: Span, interval_ns: int) -> int | None:
    """Return when the first interval ends: all time before the interval in which the first session may arrive."""
    return round(span.begins_s * SECOND_NS) // interval_ns * interval_ns or None


class _Source:
    """The sessions, an interval at a time; writes what has been recorded each time an interval is over."""

    def __init__(self, arrivals: Iterator[Batch], recorder: Recorder, writer: RunWriter) -> None:
        self.planned = 0
        self._arrivals, self._recorder, self._writer = arrivals, recorder, writer
        self._interval_s = writer.header.interval_s
        self._interval_ns = round(self._interval_s * SECOND_NS)
        self._index = self._count = 0
        self._parent = os.getppid()

    def __iter__(self) -> Iterator[Batch]:
        for batch in self._arrivals:
            indices = batch.instant_ns // self._interval_ns
            edges = (np.flatnonzero(np.diff(indices)) + 1).tolist()
            for begin, end in pairwise([0, *edges, indices.size]):
                if os.getppid() != self._parent:
                    raise InvalidRun("the process that asked for this replication has ended")
                if end > begin and indices[begin] != self._index:
                    self.write(int(indices[begin]) * self._interval_ns)
                self._count += end - begin
                yield batch.part(slice(begin, end))

    def write(self, now_ns: int) -> None:
        """Write the intervals that are over at a time, and begin to count the sessions of a new one."""
        if self._count:
            self._recorder.add(Counters(self._index * self._interval_s, self._interval_s, planned=self._count))
        self.planned += self._count
        self._index, self._count = now_ns // self._interval_ns, 0
        closed = self._recorder.drain(now_ns / SECOND_NS)
        self._writer.latencies(closed.latencies)
        self._writer.counters(closed.counters)


def _loads(history: History, begins_s: float) -> Iterator[Counters]:
    """Yield the stations' utilisation and backlog of each interval from the first arrival on."""
    for at, first in enumerate(history.stations[0].intervals if history.stations else ()):
        if first.start_ns + first.length_ns <= begins_s * SECOND_NS or not first.length_ns:
            continue
        loads = {}
        for station in history.stations:
            interval = station.intervals[at]
            busy = interval.busy_ns / interval.capacity_ns if interval.capacity_ns else 0.0
            backlog, servers = interval.backlog_ns / interval.length_ns, interval.capacity_ns / interval.length_ns
            loads[station.name] = StationLoad(busy, backlog, servers)
        yield Counters(first.start_ns / SECOND_NS, history.edges.interval_ns / SECOND_NS, stations=loads)


def _returns(history: History, until_ns: int) -> Iterator[Counters]:
    """Yield how often citizens came back or reloaded in each interval in which somebody did."""
    length_s, starts_ns = history.edges.interval_ns / SECOND_NS, history.edges.up_to(until_ns)
    for start_ns, returns in zip(starts_ns, history.returns, strict=False):
        if any(returns):
            yield Counters(start_ns / SECOND_NS, length_s, come_backs=returns.come_backs, reloads=returns.reloads)


def _add_up(replications: list[Run], writer: RunWriter) -> None:
    """Write the sum of the replications; stations' loads are their means."""
    for run in replications:
        writer.latencies_of(run.folder)
    loads = _mean_loads(replications)
    total = added_up(line for run in replications for line in run.counters)
    writer.counters(replace(line, stations=loads.get(line.start_s, {})) for line in total)
    sessions = sum(run.header.planned.sessions for run in replications)
    writer.update_header(planned=Planned(sessions=sessions), achieved={"sessions": sessions})


def _mean_loads(replications: list[Run]) -> dict[float, dict[str, StationLoad]]:
    seen: dict[float, dict[str, list[StationLoad]]] = {}
    for run in replications:
        for line in run.counters:
            for name, load in line.stations.items():
                seen.setdefault(line.start_s, {}).setdefault(name, []).append(load)
    return {start_s: {name: mean_load(loads) for name, loads in stations.items()} for start_s, stations in seen.items()}


class watching:  # noqa: N801 - used as a word of a `with` statement
    """Call a function twice a second, in a thread, while the block runs."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look, self._done = look, threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._done.wait(LOOK_EVERY_S):
            self._look()
