"""How fast a surge day's sessions stream, and how soon any second is reached, against NumPy drawing arrivals only."""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.results import spread, timed, write
from scenarios.demand import mean_profile
from scenarios.scenario import Scenario, read_scenario
from scenarios.sessions import Sessions

DAY_S = 86_400
STEP_S = 60.0
SURGE_DAY = """
schema = 1
name = "surge-day"
title = "A day of 70 million sessions"
starts = 2025-08-28T00:00:00+07:00
duration_s = 86400
as_of = 2025-08-28
seed = 1
[population]
value = 101_600_000
assumed = "a benchmark"
[journeys]
look_up = 0.6
submit_online = 0.4
[forecast]
plan = "national"
[arrivals]
sessions = { value = 16_400_000, assumed = "a benchmark" }
profile = "portal"
procedures = "catalogue"
[[arrivals.surges]]
name = "gift"
at_s = 36000
ramp_s = 1800
hold_s = 14400
decay_s = 21600
times = { value = 7.5, assumed = "a benchmark" }
[[arrivals.surges]]
name = "deadline"
at_s = 30000
ramp_s = 600
hold_s = 3600
decay_s = 3600
times = { value = 4, assumed = "a benchmark" }
provinces = ["01", "79"]
[[flows]]
name = "counters"
volume = { of = "life_events", times = 0.5, assumed = "a benchmark" }
profile = "counter"
procedures = "life_events"
assisted = true
bursts = { size = 6, gap_s = 90, assumed = "a benchmark" }
day_cv = { value = 0.08, assumed = "a benchmark" }
"""


def main() -> None:
    """Stream the day in a process of its own, reach into it at random, and write the results."""
    scenario = _scenario()
    sessions, expected = Sessions(scenario), np.diff(mean_profile(scenario).expected(np.arange(DAY_S + 1.0)))
    count, stream_s, peak_bytes = _streamed_apart()
    rng = np.random.default_rng(1)
    seconds = rng.integers(0, DAY_S, 200).astype(float)
    single = [timed(1, lambda at=at: sessions.columns(at, at + 1.0))[0] for at in seconds]
    busiest = float(np.argmax(expected))
    worst = timed(20, lambda: sessions.columns(busiest, busiest + 1.0))
    in_words = timed(20, lambda: list(sessions.window(busiest, busiest + 1.0)))
    peer = timed(3, lambda: _peer_hour(expected[43_200:46_800]))
    ours = timed(3, lambda: [sessions.columns(43_200.0 + t, 43_200.0 + t + STEP_S) for t in np.arange(0, 3600, STEP_S)])
    write(
        "Schedule",
        "A surge day of about 70 million sessions streams in a minute; any second of it is reached in milliseconds.",
        [
            (
                f"stream of {count:,} sessions, all columns, {STEP_S:.0f} s at a time, one core",
                f"{stream_s:.1f} s",
                "at most 60 s",
            ),
            ("memory of that process at its peak", f"{peak_bytes / 2**20:,.0f} MiB", "at most 1,024 MiB"),
            ("a random second of the day", spread(single, "ms", 1e3), "at most 5 ms"),
            ("the busiest second, as columns", spread(worst, "ms", 1e3), "at most 5 ms"),
            ("the busiest second, as sessions one by one", spread(in_words, "ms", 1e3), ""),
            ("the hour from 12:00, all columns", spread(ours), ""),
            ("the same hour by NumPy: a Poisson number each second, sorted uniforms, no columns", spread(peer), "peer"),
        ],
        ("numpy", "numba"),
    )


def _scenario() -> Scenario:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "surge-day.toml"
        path.write_text(SURGE_DAY, encoding="utf-8")
        return read_scenario(path)


def _peer_hour(expected: NDArray[np.float64]) -> int:
    rng, count = np.random.default_rng(1), 0
    for second, number in enumerate(rng.poisson(expected)):
        count += np.sort(second + rng.random(number)).size
    return count


def _streamed_apart() -> tuple[int, float, int]:
    command = [sys.executable, "-m", "benchmarks.schedule", "stream"]
    count, seconds, peak_bytes = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    return int(count), float(seconds), int(peak_bytes)


def _stream() -> None:
    sessions, count, check = Sessions(_scenario()), 0, 0
    sessions.columns(0.0, 1.0)  # compiled code is loaded before the clock starts
    begun = time.perf_counter()
    for minute in range(DAY_S // 60):
        found = sessions.columns(minute * STEP_S, (minute + 1) * STEP_S)
        count += found.number.size
        check ^= int(found.citizen.sum())
    seconds = time.perf_counter() - begun
    print(count, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


if __name__ == "__main__":
    if sys.argv[1:] == ["stream"]:
        _stream()
    else:
        main()
