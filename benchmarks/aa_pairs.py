"""The gate's verdicts on measured pairs of the same code, and on the same pairs with every latency times 1.25.

`python -m benchmarks.aa_pairs [FOLDER]` judges the runs of `benchmarks.aa_runs` two by two, in the order of time, with
the command's own functions. A change is planted by multiplying what was recorded: the demand stays what it was.
"""

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.aa_runs import FOLDER, complete
from benchmarks.results import write
from reports.baselines.comparison import Baselines
from reports.buckets import MEDIAN_NS, index_of
from reports.budgets import Budget, read_budgets
from reports.decision import Word
from reports.gate import judge
from reports.histogram import Histogram
from reports.hlog import Encoder, Line, head
from reports.run import Run
from reports.statistics import clopper_pearson
from reports.writer import LATENCY

STEPS = ("home", "search", "procedure", "sign_in", "submit")
LINES = ("all response p50", "all response p95", *(f"{step} response p95" for step in STEPS))
FACTORS = {1.0: "none fails", 1.25: "all fail"}
CLAIM = (
    "Measured pairs of runs of the stand-in portal, 60 s each, one after the other, judged against `<= baseline` by "
    "p50 and p95 of all steps and p95 of five. Of the same code none fails; with every recorded latency times 1.25 all "
    "do."
)


def main() -> None:
    """Judge the pairs there are, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    runs = complete(parser.parse_args(sys.argv[1:] if __name__ == "__main__" else []).folder)
    pairs = list(zip(runs[::2], runs[1::2], strict=False))
    rows = [(f"latency × {factor:g}", told(verdicts(pairs, factor)), bound) for factor, bound in FACTORS.items()]
    write("Measured pairs", CLAIM, rows)


def verdicts(pairs: Sequence[tuple[Run, Run]], factor: float) -> Counter[Word]:
    """Return how often each verdict came out, the later run of a pair as the head, made slower by a factor."""
    found: Counter[Word] = Counter()
    for base, run in pairs:
        with tempfile.TemporaryDirectory() as folder:
            slower = run if factor == 1 else planted(run, factor, Path(folder) / run.folder.name)
            found[judge(slower, budgets(run), baseline=Baselines((base,))).verdict] += 1
    return found


def budgets(run: Run) -> tuple[Budget, ...]:
    """Return the comparisons that a verdict holds."""
    return read_budgets([f"{line} <= baseline" for line in LINES], run.header.steps)


def planted(run: Run, factor: float, folder: Path) -> Run:
    """Copy a run, with every latency multiplied."""
    shutil.copytree(run.folder, folder)
    encoder = Encoder()
    with (folder / LATENCY).open("w", encoding="utf-8") as file:
        file.write(head(run.header.started))
        for line in run.latencies:
            file.write(encoder.line(_slower(line, factor)))
    return Run.open(folder)


def _slower(line: Line, factor: float) -> Line:
    counts: Counter[int] = Counter()
    for bucket, count in zip(line.histogram.buckets.tolist(), line.histogram.counts.tolist(), strict=True):
        counts[index_of(round(factor * int(MEDIAN_NS[bucket])))] += count
    return Line(line.step, line.outcome, line.kind, line.start_s, line.length_s, Histogram.of(counts))


def told(found: Counter[Word]) -> str:
    """Return the verdicts with the interval of how often it fails."""
    low, high = clopper_pearson(found["fail"], found.total(), 0.95)
    words = ", ".join(f"{word} {count}" for word, count in sorted(found.items()))
    return f"{found.total()} pairs: {words} (fails {100 * low:.1f} to {100 * high:.1f} %)"


if __name__ == "__main__":
    main()
