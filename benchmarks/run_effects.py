"""How large the effects of runs are, from the tables of `benchmarks.aa_runs`: what simulated pairs and the gate take.

All runs play the same sessions at the same instants, so that what differs between them in the same second is the
machine's doing. `python -m benchmarks.run_effects` tells them, and writes `reports/baselines/run_effects.toml`.
"""

import csv
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.queue_runs import Demand, Effects, Floats, Load, Played, Weather, play
from models.statistics.blocks import block_variance
from reports.baselines.prior import FILE

HERE = Path(__file__).parent / "aa"
BY_SECOND = ("mean_s", "p50_s", "ok", "target_cpu_s")
BLOCK_S = 10
CVS = (0.1, 0.2, 0.3, 0.4, 0.5)
BURST = 4.0
"""A second so many deviations (by the median absolute one) slower than in other runs is one with a burst."""


@dataclass(frozen=True, eq=False)
class Table:
    """Runs by second: mean and median responses, steps that were ok, the target's CPU, float64[runs, seconds].

    `p50_s` float64[runs] are the medians of whole runs.
    """

    mean_s: Floats
    median_s: Floats
    ok: Floats
    cpu_s: Floats
    p50_s: Floats
    processor: str
    cores: int
    day: str

    @classmethod
    def read(cls, folder: Path = HERE) -> "Table":
        """Read the tables; seconds in which the target did not tell of its CPU have those of the other seconds."""
        columns: Mapping[str, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
        with (folder / "seconds.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for name in BY_SECOND:
                    columns[name][int(row["run"])].append(float(row[name] or "nan"))
        with (folder / "runs.csv").open(encoding="utf-8", newline="") as file:
            rows = [row for row in csv.DictReader(file) if row["step"] == "all"]
        p50_s = np.array([float(row["p50_s"]) for row in rows])
        found = (np.array(list(columns[name].values())) for name in BY_SECOND)
        return cls(*found, p50_s, rows[0]["processor"], int(rows[0]["cores"]), rows[0]["started"][:10])

    @property
    def utilisation(self) -> float:
        """The target's CPU, as a share of one core."""
        return float(np.nanmean(self.cpu_s))


def effects(table: Table) -> Effects:
    """Estimate effects.

    The speed is that of services: 1 − ρ times what responses show beyond what happens within runs, and what the
    target's CPU a step shows; the greater of the two, since the former is lost in noise where it is small.
    """
    slack = 1 - table.utilisation
    total, within = spread(table)
    apart = float(np.mean(np.diff(np.log(table.p50_s)) ** 2)) / 2
    own = min(1.0, apart / float(np.var(np.log(table.p50_s), ddof=1)))
    at = bursts(table)
    stalls_s = np.sqrt(2 * slack * (table.mean_s - np.median(table.mean_s, axis=0))[at])
    return Effects(
        speed=max(slack * math.sqrt(max(0.0, total - within)), float(cost(table).std(ddof=1))),
        own=own,
        drift=drift(table),
        stalls_per_min=60 * float(at.mean()),
        stalls_s=tuple(np.round(stalls_s, 4).tolist()),
    )


def service_cv(table: Table) -> float:
    """Return how much services vary that the same sessions have in different runs, as a coefficient of variation.

    The more they do, the less do runs agree on which seconds are slow. It is the least value of which simulated runs
    agree no better than measured ones, so that whatever else keeps those apart is taken for it.
    """
    measured = agreement(table.mean_s)
    load = Load(float(table.ok.mean()), table.utilisation, table.ok.shape[1])
    return next((cv for cv in CVS[:-1] if _simulated_agreement(replace(load, service_cv=cv)) <= measured), CVS[-1])


def agreement(mean_s: Floats) -> float:
    """Return the mean correlation of two runs' seconds."""
    correlations = np.corrcoef(np.log(mean_s))
    return float(correlations[np.triu_indices(len(correlations), 1)].mean())


def _simulated_agreement(load: Load, runs: int = 8) -> float:
    random = np.random.default_rng(1)
    demand, weather = Demand.drawn(load, random), Weather.drawn(Effects(), load.lasts_s, random)
    return agreement(np.array([_seconds(play(load, demand, weather, random)) for _ in range(runs)]))


def _seconds(run: Played) -> Floats:
    return np.bincount(run.seconds, run.responses) / np.bincount(run.seconds)


def cost(table: Table) -> Floats:
    """Return the logarithm of the CPU that the target took for a step, by run."""
    told = np.isfinite(table.cpu_s)
    cpu_s, ok = (np.where(told, each, 0.0).sum(axis=1) for each in (table.cpu_s, table.ok))
    found: Floats = np.log(cpu_s / ok)
    return found


def off_others(seconds: Floats) -> Floats:
    """Return the logarithm of how much more there was in each second than in the same second of the other runs."""
    logs = np.log(seconds)
    off: Floats = logs - np.median(logs, axis=0)
    return off


def spread(table: Table) -> tuple[float, float]:
    """Return the variance of the runs' log medians, and how much of it what happens within runs explains."""
    off = off_others(table.median_s)
    off = off - off.mean(axis=1, keepdims=True)
    within = [block_variance(row / len(row)) for row in off]
    return float(np.var(np.log(table.p50_s), ddof=1)), float(np.mean(within))


def drift(table: Table) -> float:
    """Return the standard deviation of what the speed's logarithm gains in a minute, noise taken out.

    The slope of CPU a step over blocks of ten seconds has the variance of the drift and that of the blocks' noise.
    """
    blocks = table.cpu_s.shape[1] // BLOCK_S
    cut = (len(table.cpu_s), blocks, BLOCK_S)
    by_block = np.log(np.nanmean(table.cpu_s[:, : blocks * BLOCK_S].reshape(cut), axis=2))
    off = by_block - by_block.mean(axis=0)
    off -= off.mean(axis=1, keepdims=True)
    minutes = (np.arange(blocks) - (blocks - 1) / 2) * BLOCK_S / 60
    slopes = off @ minutes / float(minutes @ minutes)
    noise = off - np.outer(slopes, minutes)
    error = float(np.mean(noise**2)) * blocks / (blocks - 2) / float(minutes @ minutes)
    return math.sqrt(max(0.0, float(np.var(slopes, ddof=1)) - error))


def bursts(table: Table) -> np.ndarray:
    """Tell which seconds had a burst, bool[runs, seconds]."""
    off = off_others(table.mean_s)
    off = off - np.median(off, axis=1, keepdims=True)
    deviation = 1.4826 * float(np.median(np.abs(off)))
    return np.asarray(off > BURST * deviation)


def main() -> None:
    """Print the effects, and write those of this machine into the gate's file."""
    table = Table.read()
    found = effects(table)
    runs = len(table.p50_s)
    total, within = spread(table)
    print(f"{runs} runs, utilisation {table.utilisation:.2f}; the log median varies by {math.sqrt(total):.4f},")
    of_cost = float(cost(table).std(ddof=1))
    print(f"within runs by {math.sqrt(within):.4f}; the target's CPU a step varies by {of_cost:.4f}")
    print(f"speed {found.speed:.4f}, own {found.own:.2f}, drift {found.drift:.4f} a minute")
    print(
        f"{found.stalls_per_min:.2f} stalls a minute, of {found.stalls_s} s; services vary by {service_cv(table):.1f}"
    )
    keep(table, found)


def keep(table: Table, found: Effects) -> None:
    """Write the effects into the gate's file, in place of those known of such machines."""
    name = f'processor = "{table.processor}"\ncores = {table.cores}\n'
    source = f"{len(table.p50_s)} runs of a minute of the stand-in portal, {table.day} (benchmarks/aa/runs.csv)"
    entry = (
        f"[[measured]]\n{name}speed = {found.speed:.4f}\nown = {found.own:.2f}\n"
        f'freedom = {len(table.p50_s) - 1}\nsource = "{source}"\n'
    )
    text = FILE.read_text(encoding="utf-8")
    others = re.sub(rf"\n\[\[measured\]\]\n{re.escape(name)}(?:\w+ = .*\n)*", "", text)
    FILE.write_text(f"{others}\n{entry}", encoding="utf-8")


if __name__ == "__main__":
    main()
