"""How long it takes to judge and to report a day of a billion requests, and how much memory.

The run is made up from its histograms: 24 h in intervals of 900 s, 40 steps, as a forecast writes it. Each step's times
are lognormal; the load follows the sun; a few steps fail, and a few time out.
"""

import os
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

import numpy as np
from scipy import special

from benchmarks.results import spread, write
from cutover.base.clock import VIETNAM
from reports.buckets import COUNT, HIGHEST_NS, LOWEST_NS, index_of
from reports.counters import Counters, StationLoad
from reports.header import Header, Planned, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.writer import RunWriter

RUNS = 5
DAY_S, INTERVAL_S = 86_400, 900
STEPS = tuple(f"step_{number:02d}" for number in range(40))
REQUESTS = 1_000_000_000
SIGMA = 0.5
"""Of the logarithm of a time: then p99 is three times the median."""

BUDGETS = (
    "all response p95 < 2s",
    "all error_rate < 1%",
    "all goodput >= 100/s",
    "all response p99 < 5s over 1h within 07:30..17:30",
    "portal availability >= 99%",
    *(f"{step} response p95 < 3s" for step in STEPS),
)


def histogram(rng: np.random.Generator, median_s: float, steps: float) -> Histogram:
    """Draw how many of so many lognormal times fall into each bucket."""
    edges_s = np.append(LOWEST_NS, HIGHEST_NS[-1] + 1) / 1e9
    below = special.ndtr(np.log(np.maximum(edges_s, 1e-12) / median_s) / SIGMA)
    return Histogram.of_dense(rng.poisson(np.diff(below) * steps).astype(np.int64)[:COUNT])


def make(folder: Path) -> int:
    """Write the run; return how many requests it holds."""
    rng, total = np.random.default_rng(7), 0
    intervals = DAY_S // INTERVAL_S
    shares = 1 + 0.8 * np.sin(2 * np.pi * (np.arange(intervals) / intervals - 0.3))
    header = Header(
        kind="simulated",
        scenario="billion",
        scenario_hash="0" * 64,
        title="A day of a billion requests",
        plan="made up",
        seed=7,
        started=datetime(2026, 7, 1, tzinfo=VIETNAM),
        duration_s=DAY_S,
        interval_s=INTERVAL_S,
        measurement=Window(from_s=0, to_s=DAY_S),
        steps=STEPS,
        budgets=BUDGETS,
        planned=Planned(sessions=intervals),
    )
    with RunWriter.create(folder, header) as writer:
        for interval, share in enumerate(shares / shares.sum()):
            lines, outcomes = [], {}
            start_s, length_s = float(interval * INTERVAL_S), float(INTERVAL_S)
            for number, step in enumerate(STEPS):
                ok = histogram(rng, 0.05 + 0.01 * number, REQUESTS * share / len(STEPS))
                parts = {"ok": ok, "failed": Histogram.of({index_of(5_000_000): ok.count // 1000})}
                parts["timed_out"] = Histogram.of({index_of(30_000_000_000): ok.count // 2000})
                lines += [
                    Line(step, outcome, kind, start_s, length_s, part)
                    for outcome, part in parts.items()
                    for kind in ("response", "service")
                ]
                outcomes[step] = {outcome: part.count for outcome, part in parts.items()}
            offered = {step: sum(by.values()) for step, by in outcomes.items()}
            total += sum(offered.values())
            loads = {name: StationLoad(0.5, 1.0, 64.0) for name in ("portal", "database")}
            writer.latencies(lines)
            writer.counters([Counters(start_s, length_s, 1, 1, offered, outcomes, stations=loads)])
    return total


def measured(*arguments: str) -> tuple[float, float]:
    """Return the wall seconds and the greatest memory, MiB, of a command in a process of its own."""
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "cutover", *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3, 4):
        raise SystemExit(f"cutover {' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def main() -> None:
    """Make the run, and measure the gate and the report."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "run"
        total = make(folder)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        for command, what in (("gate", "the verdict"), ("report", "the page, verdict included")):
            found = [measured(command, str(folder)) for _ in range(RUNS)]
            name = f"`cutover {command}`: {what}, of {total:,} requests of {len(STEPS)} steps in 24 h ({size:.0f} MB)"
            rows.append((name, spread([seconds for seconds, _ in found]), "5 s"))
            rows.append(("its greatest memory", f"{max(memory for _, memory in found):.0f} MiB", "500 MiB"))
    claim = f"A day's run of a billion requests is judged, by {len(BUDGETS)} budgets, in seconds"
    write("Gate", claim, rows, ("numpy", "scipy"))


if __name__ == "__main__":
    main()
