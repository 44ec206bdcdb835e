"""How long it takes to judge and to report a day of a billion requests, and how much memory.

The runs are made up from their histograms: 24 h in intervals of 900 s, 40 steps, one as a forecast writes it, and one
as a swarm does: counters with send lags for each second, and a line a second of each of eight workers. Each step's
times are lognormal; the load follows the sun; a few steps fail, and a few time out.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

import numpy as np
from scipy import special

from benchmarks.results import spread, write
from cutover.base.clock import VIETNAM
from reports.buckets import COUNT, HIGHEST_NS, LOWEST_NS, index_of
from reports.counters import Counters, StationLoad
from reports.header import Header, Planned, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.workers import WorkerSecond
from reports.writer import RunWriter

RUNS = 5
DAY_S, INTERVAL_S = 86_400, 900
STEPS = tuple(f"step_{number:02d}" for number in range(40))
REQUESTS = 1_000_000_000
WORKERS = 8
SOONER = 30
"""So many buckets less is a service latency than the response time: 3 % or less."""
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


@dataclass(frozen=True)
class Day:
    """A day of either kind: a forecast counts by interval, a swarm by second, and its workers tell of themselves."""

    kind: Literal["simulated", "measured"]

    def make(self, folder: Path) -> int:
        """Write the run; return how many requests it holds."""
        rng, total = np.random.default_rng(7), 0
        intervals = DAY_S // INTERVAL_S
        shares = 1 + 0.8 * np.sin(2 * np.pi * (np.arange(intervals) / intervals - 0.3))
        with RunWriter.create(folder, self._header(intervals)) as writer:
            for interval, share in enumerate(shares / shares.sum()):
                start_s = interval * INTERVAL_S
                parts = {step: self._ended(rng, number, REQUESTS * share) for number, step in enumerate(STEPS)}
                writer.latencies(_lines(parts, float(start_s)))
                outcomes = {
                    step: {outcome: own["response"].count for outcome, own in by.items()} for step, by in parts.items()
                }
                total += sum(sum(by.values()) for by in outcomes.values())
                if self.kind == "simulated":
                    writer.counters([_interval(float(start_s), outcomes)])
                else:
                    writer.counters(_seconds(rng, start_s, outcomes))
                    writer.workers(_told(rng, start_s))
        return total

    def _header(self, intervals: int) -> Header:
        return Header(
            kind=self.kind,
            scenario="billion",
            scenario_hash="0" * 64,
            title="A day of a billion requests",
            plan="made up",
            seed=7,
            started=datetime(2026, 7, 1, tzinfo=VIETNAM),
            starts=datetime(2026, 7, 1, tzinfo=VIETNAM),
            duration_s=DAY_S,
            interval_s=INTERVAL_S,
            measurement=Window(from_s=0, to_s=DAY_S),
            steps=STEPS,
            budgets=BUDGETS,
            planned=Planned(sessions=intervals if self.kind == "simulated" else DAY_S),
        )

    def _ended(self, rng: np.random.Generator, number: int, steps: float) -> dict[str, dict[str, Histogram]]:
        """Draw how the steps of an interval ended: outcome, kind of latency, durations; a model's two are one."""
        ok = histogram(rng, 0.05 + 0.01 * number, steps / len(STEPS))
        sent = ok if self.kind == "simulated" else Histogram(ok.buckets - SOONER, ok.counts)
        failed = Histogram.of({index_of(5_000_000): ok.count // 1000})
        late = Histogram.of({index_of(30_000_000_000): ok.count // 2000})
        found = {"ok": (ok, sent), "failed": (failed, failed), "timed_out": (late, late)}
        return {outcome: {"response": response, "service": service} for outcome, (response, service) in found.items()}


def _lines(parts: Mapping[str, Mapping[str, Mapping[str, Histogram]]], start_s: float) -> list[Line]:
    return [
        Line(step, outcome, kind, start_s, float(INTERVAL_S), part)
        for step, by in parts.items()
        for outcome, own in by.items()
        for kind, part in own.items()
    ]


def _interval(start_s: float, outcomes: Mapping[str, Mapping[str, int]]) -> Counters:
    offered = {step: sum(by.values()) for step, by in outcomes.items()}
    loads = {name: StationLoad(0.5, 1.0, 64.0) for name in ("portal", "database")}
    return Counters(start_s, float(INTERVAL_S), 1, 1, offered, outcomes, stations=loads)


def _seconds(rng: np.random.Generator, start_s: int, outcomes: Mapping[str, Mapping[str, int]]) -> Iterator[Counters]:
    """Yield the seconds of an interval, its steps spread evenly; one in a hundred has sends that were late."""
    lag = Histogram.of({index_of(0): 1})
    for second in range(INTERVAL_S):
        ended = {step: {name: _part(count, second) for name, count in by.items()} for step, by in outcomes.items()}
        offered = {step: sum(by.values()) for step, by in ended.items()}
        if second % 60 == 0 or second % 100 in (0, 1):
            lag = histogram(rng, 0.03 if second % 100 == 0 else 0.0005, float(sum(offered.values())))
        cpu_s = float(rng.uniform(0.4, 0.6))
        yield Counters(float(start_s + second), 1.0, 1, 1, offered, ended, lag, cpu=0.5, target_cpu_s=cpu_s)


def _part(count: int, second: int) -> int:
    return count // INTERVAL_S + (second < count % INTERVAL_S)


def _told(rng: np.random.Generator, start_s: int) -> Iterator[WorkerSecond]:
    """Yield what each worker told of itself in each second of an interval."""
    used = rng.uniform(0.3, 0.7, (INTERVAL_S, WORKERS))
    lags_ns = rng.uniform(1e5, 5e6, (INTERVAL_S, WORKERS))
    for second in range(INTERVAL_S):
        for worker in range(WORKERS):
            cpu, lag_ns = round(float(used[second, worker]), 4), float(lags_ns[second, worker])
            limits = {"sockets": 900, "sockets_most": 28_000, "memory_bytes": 300 << 20, "memory_most": 16 << 30}
            yield WorkerSecond(
                t=float(start_s + second),
                worker=worker + 1,
                host=f"host-{worker // 4}",
                cores=4,
                cpu=cpu,
                lag_p50_ns=lag_ns / 3,
                lag_p99_ns=lag_ns,
                lag_max_ns=2 * lag_ns,
                loop_max_ns=2 * lag_ns,
                in_progress=700,
                **limits,
            )


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
    """Make the runs, and measure the gate and the report of each."""
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        for day in (Day("simulated"), Day("measured")):
            folder = Path(temporary) / day.kind
            total = day.make(folder)
            size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
            for command, what in (("gate", "the verdict"), ("report", "the page, verdict included")):
                found = [measured(command, str(folder)) for _ in range(RUNS)]
                of = f"{day.kind}, {total:,} requests of {len(STEPS)} steps in 24 h, {size:.0f} MB"
                rows.append((f"`cutover {command}`: {what} ({of})", spread([seconds for seconds, _ in found]), "5 s"))
                rows.append(("its greatest memory", f"{max(memory for _, memory in found):.0f} MiB", "500 MiB"))
    claim = f"A day's run of a billion requests is judged, by {len(BUDGETS)} budgets, in seconds"
    write("Gate", claim, rows, ("numpy", "scipy"))


if __name__ == "__main__":
    main()
