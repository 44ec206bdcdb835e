"""Predictions of what was never calibrated on, against measurements: held-out levels, and changed configurations.

`python -m benchmarks.foresight [FOLDER]` measures three stand-in portals (limited by their processor, by their
connections, by a system behind them; the last two by timed holds), each at ten levels of load, and four of them with
something changed; calibrates a plan of each on every other level, with the portal's metrics and as a black box;
predicts the rest; and writes the table. It takes under an hour of two cores, with `--quick` under 15 minutes, and wants
the machine for itself. It can be stopped at any time and goes on where it was: a portal counts when all its levels are
measured. `--only-tell` writes the table of the last time anew.
"""

import argparse
import json
import shutil
import sys
import time
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import tomli_w

from benchmarks.foresight_figure import draw
from benchmarks.foresight_levels import (
    Course,
    drift_of,
    drifted,
    held_out,
    knee_per_s,
    once_more,
    played,
    rate_of,
    steadiest,
)
from benchmarks.foresight_table import METRICS, MODES, Held, read_points, rows_of, write_points
from benchmarks.foresight_target import HERE, Target, serving
from benchmarks.results import write
from cutover.base.clock import VIETNAM
from cutover.base.errors import CutoverError
from cutover.rehearsal.calibrating import calibrate_runs
from cutover.rehearsal.measured import Measurements
from cutover.rehearsal.validating import validate_runs
from models.factors import times
from models.plan import Plan, read_plan
from models.uncertainty import Target as Multiplied
from reports.measured_levels import MOST_DRIFT
from reports.quantities import rate
from scenarios.load import read_load
from scenarios.settings import PortalSettings

FOLDER = Path("runs") / "foresight"
POINTS = "points.csv"
DONE = "measured.json"
PILOT_PER_S = 20.0
"""A load that every portal here bears well, to find its knee from; assumed."""

REPEATS = 2
"""A level whose probes differ too much is repeated at most so often; of issue 8."""

CLAIM = (
    "Plans calibrated on every other level of load predict the levels between, and portals with something changed, "
    "with the portal's metrics and as a black box. Errors are predicted over measured less 1. A point counts where its "
    "measurement's own 95 % half-width is under a third of the goal; the others are undecided."
)


@dataclass(frozen=True)
class Case:
    """A portal that is measured: the configuration `of`, with some values of its file changed.

    `servers` tell of them as `--servers` does, `slower` which stations' services take so many times as long; `knee` is
    the expected knee, in that of what was calibrated: it chooses levels, nothing else.
    """

    name: str
    of: str
    changes: tuple[tuple[tuple[str, ...], Any], ...] = ()
    servers: tuple[str, ...] = ()
    slower: dict[str, float] = field(default_factory=dict)
    knee: float = 1.0

    @property
    def is_changed(self) -> bool:
        """Whether it is another portal than the one that is calibrated."""
        return self.name != self.of


SLOW = {"cpu": 2.0, "pool": 0.05, "system": 0.05}
"""So many times the counted operations: most of what a processor does, or next to nothing."""

LATENCY = ("systems", "each", "population_database", "latency", "mean_s")
CASES = (
    *(Case(name, name) for name in SLOW),
    Case("pool halved", "pool", ((("store", "connections"), 4),), ("connections=4",), knee=0.5),
    Case("pool doubled", "pool", ((("store", "connections"), 16),), ("connections=16",), knee=1.4),
    Case("workers doubled", "pool", ((("capacity", "workers"), 24),), ("workers=24",)),
    Case("system slower", "system", ((LATENCY, 0.32),), slower={"population": 2.0}, knee=0.5),
)


@dataclass(frozen=True)
class Size:
    """How much is measured: the levels of what is calibrated and of what is changed, and seconds for repetitions."""

    calibrated: Course
    changed: Course
    pilot_s: int
    spare_s: float
    draws: int


FULL = Size(Course(10, 36, 0.15, 1.4), Course(3, 36, 0.2, 1.3), pilot_s=30, spare_s=300.0, draws=48)
QUICK = Size(Course(6, 16, 0.15, 1.3), Course(2, 16, 0.2, 1.3), pilot_s=15, spare_s=45.0, draws=16)


@dataclass(frozen=True)
class Measured:
    """What was measured of a case: its course in words, and the folders of its runs, repetitions behind it."""

    case: Case
    folder: Path
    words: str
    runs: tuple[str, ...]

    def measurements(self, plan: Plan, mode: str = METRICS) -> Measurements:
        """Read its levels, each at its steadiest."""
        found = read(self.case, self.folder, self.runs, plan, mode)
        return replace(found, levels=steadiest(found.levels, self.words))

    def keep(self) -> None:
        """Note that all is measured."""
        told = {"words": self.words, "runs": self.runs}
        (self.folder / DONE).write_text(json.dumps(told), encoding="utf-8")


@dataclass
class Clock:
    """What is told on the way, and how many seconds are left for repetitions."""

    spare_s: float
    began_s: float = field(default_factory=time.monotonic)

    def tell(self, words: str) -> None:
        """Say what is done, and when."""
        print(f"{(time.monotonic() - self.began_s) / 60:5.1f} min  {words}", file=sys.stderr, flush=True)

    def spend(self, seconds: float) -> bool:
        """Take seconds for a repetition; tell whether there were so many."""
        if seconds > self.spare_s:
            return False
        self.spare_s -= seconds
        return True


def main() -> None:
    """Measure what is missing, calibrate, predict, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter levels")
    parser.add_argument("--only-tell", action="store_true")
    asked = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    name, size = ("Foresight, quick", QUICK) if asked.quick else ("Foresight", FULL)
    folder = asked.folder or FOLDER.with_name(f"{FOLDER.name}-quick" if asked.quick else FOLDER.name)
    notes: list[tuple[str, str, str]] = []
    if not asked.only_tell:
        clock = Clock(size.spare_s)
        measured = [measure(case, size, folder, clock) for case in CASES]
        notes, points = predicted(measured, size.draws, clock)
        write_points(points, folder / POINTS)
        notes.append(("from scratch", f"{(time.monotonic() - clock.began_s) / 60:.0f} min", _limit(asked.quick)))
    points = read_points(folder / POINTS)
    if not asked.quick:
        shutil.copyfile(folder / POINTS, HERE / POINTS)
        draw(points)
    write(name, CLAIM, [*rows_of(points), *notes], ("scipy", "numpy"))


def _limit(is_quick: bool) -> str:
    return f"under {15 if is_quick else 60} min on 2 cores"


def measure(case: Case, size: Size, out: Path, clock: Clock) -> Measured:
    """Measure a case, unless that was done before."""
    folder = out / case.name.replace(" ", "-")
    if (folder / DONE).exists():
        told = json.loads((folder / DONE).read_text(encoding="utf-8"))
        return Measured(case, folder, told["words"], tuple(told["runs"]))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = portal_file(case)
    (folder / "portal.toml").write_text(tomli_w.dumps(file), encoding="utf-8")
    plan = plan_of(case)
    with serving(PortalSettings(slow=SLOW[case.of], config="portal.toml"), folder) as target:
        if case.is_changed:
            knee = case.knee * _knee_of(out / case.of)
            course = size.changed
        else:
            pilot = target.play(f"constant {PILOT_PER_S:g}/s for {size.pilot_s}s")
            knee = knee_per_s(read(case, folder, (pilot.folder.name,), plan).levels)
            course = size.calibrated
        words = course.words(knee)
        clock.tell(f"{case.name}: a knee of {knee:.3g} sessions/s is expected; {words}")
        runs = [target.play(words).folder.name]
        found = Measured(case, folder, words, tuple(runs))
        for again in _repeated(found, target, plan, knee, clock):
            found = again
    found.keep()
    return found


def _repeated(found: Measured, target: Target, plan: Plan, knee: float, clock: Clock) -> Iterator[Measured]:
    """Repeat levels at which the target's speed changed, those nearest to the knee first; yield what is there then."""
    for _ in range(REPEATS):
        levels = found.measurements(plan).levels
        for per_s in sorted(drifted(levels, found.words), key=lambda per_s: abs(per_s - knee)):
            words = once_more(found.words, per_s)
            if not clock.spend(read_load(words).duration_s):
                return
            clock.tell(f"{found.case.name}: {rate(per_s)} once more")
            found = replace(found, runs=(*found.runs, target.play(words).folder.name))
            yield found


def _knee_of(folder: Path) -> float:
    """Return the knee of what was measured before, sessions a second."""
    case = next(case for case in CASES if case.name == folder.name)
    told = json.loads((folder / DONE).read_text(encoding="utf-8"))
    measured = Measured(case, folder, told["words"], tuple(told["runs"]))
    return knee_per_s(measured.measurements(plan_of(case)).levels)


def portal_file(case: Case) -> dict[str, Any]:
    """Return a case's portal file, with its changes."""
    data = tomllib.loads((HERE / f"{case.of}-portal.toml").read_text(encoding="utf-8"))
    for path, value in case.changes:
        table = data
        for key in path[:-1]:
            table = table[key]
        if path[-1] not in table:
            raise KeyError(f"{case.of}-portal.toml has no {'.'.join(path)} to change")
        table[path[-1]] = value
    return data


def plan_of(case: Case) -> Plan:
    """Return the plan before any calibration."""
    return read_plan(HERE / f"{case.of}-plan.toml")


def read(case: Case, folder: Path, runs: Sequence[str], plan: Plan, mode: str = METRICS) -> Measurements:
    """Read all levels of some runs of a case."""
    metrics = str(folder / "metrics.csv") if mode == METRICS else None
    return Measurements.read([folder / "runs" / run for run in runs], plan, metrics, case.servers)


def predicted(
    measured: Sequence[Measured], draws: int, clock: Clock
) -> tuple[list[tuple[str, str, str]], tuple[Held, ...]]:
    """Calibrate on what is not held out, and predict the rest; return rows of what was noticed, and the points."""
    notes: list[tuple[str, str, str]] = []
    points: list[Held] = []
    levels = {each.case.name: each.measurements(plan_of(each.case)).levels for each in measured}
    knees = {name: knee_per_s(own) for name, own in levels.items()}
    shaken = [drift_of(level) > MOST_DRIFT for own in levels.values() for level in own]
    notes.append(("levels whose probes differ by over 2 %, repetitions and all", f"{sum(shaken)} of {len(shaken)}", ""))
    for mode in MODES:
        plans: dict[str, Plan] = {}
        for each in measured:
            case = each.case
            try:
                if not case.is_changed:
                    plans[case.name] = calibrated(each, mode)
                    clock.tell(f"{case.name}: calibrated, {mode}")
                if case.of in plans:
                    points += judged(each, plans[case.of], mode, knees[case.name], draws)
                    clock.tell(f"{case.name}: predicted, {mode}")
            except CutoverError as error:
                notes.append((f"{mode}: {case.name}", f"refused: {' '.join(str(error).split())}", ""))
    return notes, tuple(points)


def calibrated(measured: Measured, mode: str) -> Plan:
    """Return a case's plan, fitted on every other level."""
    plan, names = plan_of(measured.case), held_out(measured.words)
    measurements = measured.measurements(plan, mode)
    out = [level.level.name for level in measurements.levels if rate_of(level) in names]
    return calibrate_runs(plan, measurements, out, datetime.now(VIETNAM).date()).plan


def judged(measured: Measured, plan: Plan, mode: str, knee: float, draws: int) -> Iterator[Held]:
    """Yield the held-out points of a case by a calibrated plan.

    Levels beyond the knee that were fitted on are left out, so that the knee is read at others.
    """
    case = measured.case
    loads = {rate(per_s): per_s / knee for per_s in played(measured.words)}
    names = loads.keys() if case.is_changed else held_out(measured.words)
    found = measured.measurements(plan, mode)
    kept = tuple(level for level in found.levels if rate_of(level) in names or loads[rate_of(level)] < 1.0)
    changed = times(plan, [(Multiplied(of="service", station=place), by) for place, by in case.slower.items()])
    nothing: Callable[[int], None] = lambda _: None  # noqa: E731
    for point in validate_runs(changed, replace(found, levels=kept), draws, nothing).points:
        load = loads[point.level.removeprefix("knee, at ").partition(" ")[0]]
        held = Held.at(point, mode, case.name, case.of, load) if point.held_out else None
        if held is not None:
            yield held


if __name__ == "__main__":
    main()
