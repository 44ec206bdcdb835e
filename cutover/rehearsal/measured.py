"""Measured runs as calibration and validation take them: checked, cut into levels, ready to be replayed."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import urlsplit

from cutover.base.errors import BadInput, Mistake, NotIdentifiable
from models.calibration.observed import Level, Origin
from models.plan import Plan
from reports.machine_class import MachineClass
from reports.measured_levels import Hold, MeasuredLevel, drift_notes, measured_levels
from reports.quantities import rate
from reports.run import Run
from reports.spans import PACE_CHANGED
from reports.target_metrics.mapped import meters_of
from reports.validity import findings
from scenarios.levels import levels_of
from scenarios.replayed import Replay, Replays

OPTION = "--servers"
_SERVERS = re.compile(r"(?:(\d+):)?([a-z][a-z0-9_]*)=([0-9]{1,8})", re.ASCII)


@dataclass(frozen=True)
class Measurements:
    """What some runs of one target measured: their levels in the order of play, and their sessions for replays."""

    runs: tuple[Run, ...]
    levels: tuple[MeasuredLevel, ...]
    replays: Replays

    @classmethod
    def read(
        cls, folders: Sequence[Path], plan: Plan, metrics: str | None = None, servers: Sequence[str] = ()
    ) -> "Measurements":
        """Read runs, and what the target's metrics tell of them (`reports.target_metrics.mapped`).

        `servers` tell what was there while a run was measured, where that is not what the plan says. Raises BadInput
        with all that is wrong with the runs: invalid, of several scenarios, steps or targets, with a step that the plan
        does not have; NotIdentifiable when no level holds a whole interval.
        """
        runs = _opened(folders)
        there = _servers(plan, servers, len(runs))
        replays = [Replay(run) for run in runs]
        _check_programs(plan, replays)
        levels: list[MeasuredLevel] = []
        by_level: dict[str, Replay] = {}
        for number, (run, replay) in enumerate(zip(runs, replays, strict=True)):
            holds = _holds(run, replay, f" of {run.folder.name}" if len(runs) > 1 else "")
            own = measured_levels(run, holds, meters_of(metrics, plan, run, there[number]), there[number])
            levels += own
            by_level |= {each.level.name: replay for each in own}
        if not levels:
            shortest = min(run.header.interval_s for run in runs)
            raise NotIdentifiable(
                f"no level is long enough to hold {shortest:g} s of steady load; measure levels of 40 s or more"
            )
        return cls(runs, tuple(levels), Replays(by_level))

    def replay(self, level: Level) -> Replay:
        """Return the replay of a level's run."""
        return self.replays.by_level[level.name]

    def chosen(self, names: Sequence[str]) -> tuple[MeasuredLevel, ...]:
        """Return the levels of these names (rates, such as `120/s`); raise BadInput for one that is none."""
        known = {each.level.name: each for each in self.levels}
        found, mistakes = [], []
        for name in names:
            own = [each for called, each in known.items() if name in (called, called.partition(" ")[0])]
            found += own
            if not own:
                remedy = f"choose of {', '.join(known)}"
                mistakes.append(Mistake("options", "--hold-out", name, "is no level of these runs", remedy))
        if mistakes:
            raise BadInput(mistakes)
        return tuple(each for each in self.levels if each in found)

    def notes(self) -> list[str]:
        """Return what people must know of the levels."""
        return drift_notes(self.levels)

    def origin(self, fitted: date) -> Origin:
        """Return what a calibrated plan keeps of where it comes from."""
        names = tuple(run.folder.name for run in self.runs)
        return Origin(names, fitted, machine=str(MachineClass.of(self.runs[0].header)))


def key_of(level: MeasuredLevel) -> str:
    """Return what a plan keeps of a level that it was not fitted on: its run and its rate."""
    return f"{level.run.folder.name}: {level.level.name.partition(' of ')[0]}"


def _opened(folders: Sequence[Path]) -> tuple[Run, ...]:
    """Open all runs; raise BadInput with the mistakes of all."""
    runs: list[Run] = []
    mistakes: list[Mistake] = []
    for folder in folders:
        try:
            run = Run.open(folder)
            wrong = [*_unfit(run)]
        except BadInput as error:
            mistakes += error.mistakes
        else:
            runs.append(run)
            mistakes += wrong
    for folder, times in Counter(folder.resolve() for folder in folders).items():
        if times > 1:
            mistakes.append(Mistake(str(folder), "run", None, f"is named {times} times", "name each run once"))
    if runs:
        mistakes += [mistake for run in runs[1:] for mistake in _other(runs[0], run)]
    if mistakes:
        raise BadInput(mistakes)
    return tuple(runs)


def _unfit(run: Run) -> Iterator[Mistake]:
    """Yield why nothing can be learnt from a run."""
    where = str(run.folder)
    for finding in findings(run):
        yield Mistake(where, "run", None, f"is invalid: {finding}", "measure again")
    if run.header.replications > 1:
        rule = "is several replications added up, whose sessions are not one schedule"
        yield Mistake(where, "replications", run.header.replications, rule, "name a run with one")
    if run.header.arm is not None:
        rule = "took turns with another target, so that no level lasts"
        yield Mistake(where, "turns", run.header.arm.other, rule, "measure the target alone")
    if any(event["event"] == PACE_CHANGED for event in run.events):
        rule = "had its pace changed while it was played, so that its levels are not the schedule's"
        yield Mistake(where, "pace", None, rule, "measure again, and leave the pace alone")


def _other(first: Run, run: Run) -> Iterator[Mistake]:
    """Yield what keeps two runs from being measurements of one thing."""
    here, there = run.header, first.header
    told = {
        "scenario": (here.scenario, there.scenario),
        "steps": (", ".join(sorted(here.steps)), ", ".join(sorted(there.steps))),
        "steps_file": (here.steps_hash, there.steps_hash),
        "target": (_host(here.target), _host(there.target)),
        "kind": (here.kind, there.kind),
    }
    for key, (mine, other) in told.items():
        if mine != other:
            rule = f"differs from that of {first.folder.name}, {other or 'none'}"
            yield Mistake(str(run.folder), key, mine or "none", rule, "name runs of one scenario on one target")


def _host(url: str | None) -> str | None:
    """Return a target's host: a portal that was started anew may have another port."""
    return None if url is None else urlsplit(url).hostname


def _check_programs(plan: Plan, replays: Sequence[Replay]) -> None:
    """Raise BadInput when the plan has no program for a step of the runs."""
    mistakes: dict[str, Mistake] = {}
    for replay in replays:
        try:
            replay.network(plan)
        except BadInput as error:
            mistakes |= {str(mistake): mistake for mistake in error.mistakes}
    if mistakes:
        raise BadInput(list(mistakes.values()))


def _holds(run: Run, replay: Replay, of: str) -> tuple[Hold, ...]:
    """Return the stretches of a run that were planned at one rate: the levels of its load, or all that it measured."""
    header, load = run.header, replay.scenario.load
    if load is None:
        window = run.whole(run.window)
        planned = sum(line.planned for line in run.counters if window.holds(line.start_s, line.length_s))
        name = rate(planned / window.length_s) if window.length_s else "no load"
        return (Hold(f"{name}{of}", window.from_s, window.to_s, settles=False),)
    levels = levels_of(replay.scenario, header.scale, header.warp)
    reached_s = max((line.end_s for line in run.latencies), default=0.0)
    seen: Counter[str] = Counter()
    holds = []
    for number, level in enumerate(levels):
        if level.to_s > reached_s + header.interval_s:
            break
        name = rate(level.per_s)
        is_probe = load.is_probe(number)
        seen[name] += not is_probe
        times = f" ({seen[name]})" if seen[name] > 1 else ""
        holds.append(Hold(f"{name}{times}{of}", level.from_s, level.to_s, level.per_s, is_probe))
    return tuple(holds)


def _servers(plan: Plan, options: Sequence[str], runs: int) -> tuple[dict[str, int], ...]:
    """Return the stations' servers and pools' tokens of each run: the plan's, or what an option says.

    An option is NAME=COUNT, of all runs, or PLACE:NAME=COUNT, of the run at that place, counted from 1.
    """
    own = {name: station.servers for name, station in plan.stations.items() if station.servers is not None}
    own |= {name: pool.tokens for name, pool in plan.pools.items() if pool.tokens is not None}
    found = tuple(dict(own) for _ in range(runs))
    mistakes = []
    for option in options:
        said = _SERVERS.fullmatch(option)
        place = int(said[1]) if said and said[1] else None
        if said is None or int(said[3]) < 1:
            rule, remedy = "must be NAME=COUNT, or PLACE:NAME=COUNT for one of the runs", "write it like 2:portal=4"
        elif said[2] not in own:
            rule, remedy = "names no station or pool of the plan", f"choose of {', '.join(own)}"
        elif place is not None and not 1 <= place <= runs:
            rule, remedy = f"names run {place}", f"count the runs from 1 to {runs}"
        else:
            for number in range(runs) if place is None else (place - 1,):
                found[number][said[2]] = int(said[3])
            continue
        mistakes.append(Mistake("options", OPTION, option, rule, remedy))
    if mistakes:
        raise BadInput(mistakes)
    return found
