"""A stall of 15 s in a minute at 500/s: the run's p99, an independent recorder's, and what locust says of the same.

`python -m benchmarks.stall` takes 3 minutes. The recorder (`tests/scenarios/swarm/right/open_loop.py`) has none of our
code: one thread over epoll, Poisson instants of its own, exact times, sorted. It meets the same stall as the swarm, at
the same time. Locust's users wait for their answers: 50 of them, ten requests a second each, against the same target.
"""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results import write
from tests.scenarios.swarm.right.stall import meet, stalled

RATE, LASTS_S, STALLS_AT_S, HALTS_S = 500, 60, 20, 15
USERS = 50
PEER = f"""
from locust import FastHttpUser, constant_throughput, task


class Citizen(FastHttpUser):
    wait_time = constant_throughput({RATE / USERS})

    @task
    def page(self):
        self.client.get("/k")
"""


def main() -> None:
    """Measure, and write the results."""
    with tempfile.TemporaryDirectory() as name:
        met = meet(Path(name), rate=RATE, lasts_s=LASTS_S, stalls_at_s=STALLS_AT_S, halts_s=HALTS_S)
        sent, told_s = locust(Path(name))
    ours_s, recorded_s = met.latency.p99_s, met.recorded_p99_s
    apart = abs(ours_s - recorded_s) / recorded_s
    rows = [
        (f"p99 of {met.latency.samples:,} sessions, from the log", f"{ours_s:.3f} s", ""),
        (f"p99 of {len(met.recorded):,} requests of the recorder, exact", f"{recorded_s:.3f} s", "reference"),
        ("how far the first is from the second", f"{100 * apart:.2f} %", "1 %"),
        ("p99 that the stall alone gives our schedule", f"{met.least_s:.3f} s", "computed"),
        (f"locust's FastHttpUser: p99 of {sent:,} requests, its own number", f"{told_s:.3f} s", "peer"),
    ]
    write(
        "Stall",
        f"The target stands still for {HALTS_S} s of {LASTS_S} s, at {RATE}/s: one citizen in four meets it, and the "
        "log says so.",
        rows,
        ("locust",),
    )


def locust(folder: Path) -> tuple[int, float]:
    """Return how many requests locust sent against the same target, and the p99 that it reports, seconds."""
    path, table = folder / "locustfile.py", folder / "peer"
    path.write_text(PEER, encoding="utf-8")
    with stalled(RATE * STALLS_AT_S, HALTS_S) as server:
        options = ["--headless", "--users", str(USERS), "--spawn-rate", str(USERS), "--run-time", f"{LASTS_S}s"]
        quiet = ["--loglevel", "ERROR", "--only-summary", "--csv", str(table), "--host", server.url]
        command = [sys.executable, "-m", "locust", "-f", str(path), *options, *quiet]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)
        server.halt()
    with table.with_name("peer_stats.csv").open(encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["Name"] == "Aggregated")
    return int(row["Request Count"]), float(row["99%"]) / 1000


if __name__ == "__main__":
    main()
