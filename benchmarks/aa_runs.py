"""Runs of the same code: how much the machine alone makes runs differ, which the judge of comparisons has to know.

`python -m benchmarks.aa_runs [FOLDER]` plays 40 runs of a minute (70 s each with their ends), each against a stand-in
portal of its own that was just started, into FOLDER (`runs/aa`). It can be stopped at any time and goes on where it
was: a run counts when it is complete. At the end, and with `--only-tell`, it writes `benchmarks/aa/runs.csv` (a row a
run and step) and `benchmarks/aa/seconds.csv` (a row a run and second). It wants the machine for itself.
"""

import argparse
import csv
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC
from pathlib import Path

from cutover.base.errors import BadInput
from cutover.rehearsal.fleet import Fleet, play_fleet
from cutover.rehearsal.live_screen import showing
from cutover.rehearsal.portal import stand_in
from reports.histogram import Histogram
from reports.machine_class import MachineClass
from reports.run import Run
from reports.summary import ALL
from scenarios.scenario import read_scenario
from scenarios.swarm.order import Order
from scenarios.volume import Volume

HERE = Path(__file__).parent / "aa"
FOLDER = Path("runs") / "aa"
RUNS = 40
QUANTILES = {"p50_s": 0.5, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99}
OF_RUNS = ("run", "started", "processor", "cores", "step", "offered", "ok", "mean_s", *QUANTILES)
OF_SECONDS = ("run", "second", "offered", "ok", "mean_s", "p50_s", "target_cpu_s", "generator_cpu", "lag_p99_s")


def main() -> None:
    """Play what is missing, and tell of all there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--scale", type=float, default=1.0, help="multiply the sessions")
    parser.add_argument("--to", type=Path, default=HERE, help="folder of the two tables")
    parser.add_argument("--only-tell", action="store_true")
    asked = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else [])
    if not asked.only_tell:
        while len(complete(asked.folder)) < asked.runs:
            print(f"run {len(complete(asked.folder)) + 1} of {asked.runs}", file=sys.stderr)
            play(asked.folder, asked.scale)
    tell(complete(asked.folder), asked.to)


def complete(folder: Path) -> tuple[Run, ...]:
    """Return the runs that were played to their end, in order of time."""
    runs = []
    for path in sorted(folder.glob("*-measured*")):
        try:
            runs.append(Run.open(path))
        except BadInput:
            continue
    return tuple(run for run in runs if run.state == "complete" and not run.header.validity)


def play(out: Path, scale: float) -> Run:
    """Play one run against a portal that was just started, and drop what is not needed to compare it."""
    scenario = read_scenario(HERE / "aa.toml")
    volume = Volume.of(scenario, scale, None)
    out.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="cutover-aa-") as folder,
        stand_in(Path(folder) / "portal", scenario.file.portal, HERE) as portal,
        showing(quiet=True) as show,
    ):
        order = Order.of(scenario, volume, portal.url, "run", forwarded=True)
        played = play_fleet(Fleet(order, target_metrics="/metrics"), out, show)
    if played.interrupted:
        raise KeyboardInterrupt
    shutil.rmtree(played.run.folder / "samples", ignore_errors=True)
    return played.run


def tell(runs: Sequence[Run], to: Path) -> None:
    """Write both tables of runs."""
    to.mkdir(parents=True, exist_ok=True)
    for name, titles, rows in (("runs.csv", OF_RUNS, of_run), ("seconds.csv", OF_SECONDS, of_second)):
        with (to / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(titles)
            for number, run in enumerate(runs):
                writer.writerows((number, *row) for row in rows(run))
    print(f"{len(runs)} runs, {to}/runs.csv and seconds.csv")


def of_run(run: Run) -> Iterator[Sequence[object]]:
    """Yield a row for each step, and one for all."""
    started = f"{run.header.started.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    machine = MachineClass.of(run.header)
    for step in (*run.header.steps, ALL):
        name = None if step == ALL else step
        lines = run.lines("response", name, window=run.window)
        ok = Histogram.total(line.histogram for line in lines if line.outcome == "ok")
        if ok.count:
            quantiles = [f"{ok.quantile(q) / 1e9:.6g}" for q in QUANTILES.values()]
            offered = sum(line.histogram.count for line in lines)
            yield (
                started,
                machine.processor,
                machine.cores,
                step,
                offered,
                ok.count,
                f"{ok.mean_ns / 1e9:.6g}",
                *quantiles,
            )


def of_second(run: Run) -> Iterator[Sequence[object]]:
    """Yield a row for each second of the window."""
    for line in run.counters:
        if run.window.holds(line.start_s, line.length_s):
            ok = Histogram.total(one.histogram for one in run.lines("response") if one.start_s == line.start_s)
            middle = (f"{ok.mean_ns / 1e9:.6g}", f"{ok.quantile(0.5) / 1e9:.6g}") if ok.count else ("", "")
            cpu = [f"{known:.4g}" if known is not None else "" for known in (line.target_cpu_s, line.cpu)]
            lag = f"{line.lag.quantile(0.99) / 1e9:.4g}" if line.sent else ""
            yield f"{line.start_s:g}", line.offered, ok.count, *middle, *cpu, lag


if __name__ == "__main__":
    main()
