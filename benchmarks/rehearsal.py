"""How long a rehearsal takes, and how far its prediction was off: at most 3 minutes on 2 cores."""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.results import spread, write
from reports.comparison import QUANTITIES
from reports.counters import Counters
from reports.run import Run
from reports.summary import Summary

RUNS = 3


def main() -> None:
    """Rehearse three times; report the time, the load, and measured beside predicted over all steps."""
    seconds, errors, lags = [], {quantity: [] for quantity in QUANTITIES}, []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as out:
            begun = time.perf_counter()
            ended = subprocess.run(
                [sys.executable, "-m", "cutover", "rehearse", "--json", "--out", out], capture_output=True, check=True
            )
            seconds.append(time.perf_counter() - begun)
            run = Run.open(Path(json.loads(ended.stdout)["run"]))
            for pair in run.findings["comparison"]["pairs"]:
                if pair["step"] == "all" and pair["error_share"] is not None:
                    errors[pair["quantity"]].append(pair["error_share"])
            lags.append(_lag_p99_s(run.counters))
            offered = Summary.of(run).all.offered
    rows = [
        ("`cutover rehearse`, whole", spread(seconds), "at most 180 s"),
        ("steps offered in the measurement window", f"{offered:,}", ""),
        ("send lag p99", spread(lags, "ms", 1e3), "100 ms makes a run invalid"),
        *(
            (f"prediction of {name}, all steps, held out", spread(found, "%", 100.0), "error against measured")
            for name, found in errors.items()
        ),
    ]
    write(
        "Rehearsal",
        "One command from a synthetic nation to a verdict takes at most 3 minutes on 2 cores.",
        rows,
        ("locust", "simpy"),
    )


def _lag_p99_s(lines: tuple[Counters, ...]) -> float:
    return max(line.lag.quantile(0.99) for line in lines if line.sent) / 1e9


if __name__ == "__main__":
    main()
