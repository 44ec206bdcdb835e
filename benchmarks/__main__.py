"""Run every benchmark, one after the other; what needs a command that is missing here is left out, and told."""

import shutil
import sys

from benchmarks import (
    answer,
    busiest,
    capacity,
    citizens,
    day,
    engines,
    export,
    forecast,
    gate,
    help,  # noqa: A004 - one of the help
    portal,
    reconciled,
    recursion,
    rehearsal,
    replays,
    schedule,
    stall,
    swarm,
    wire,
)

NEEDS = {swarm: ("nginx", "openssl", "taskset"), wire: ("nginx", "openssl", "taskset"), replays: ("chromium",)}

first = (help, answer, citizens, export, schedule, engines, recursion, busiest, day, forecast, capacity)
for benchmark in (*first, portal, rehearsal, swarm, wire, replays, stall, reconciled, gate):
    missing = [command for command in NEEDS.get(benchmark, ()) if shutil.which(command) is None]
    if missing:
        sys.stderr.write(f"left out: {benchmark.__name__} (needs {', '.join(missing)})\n")
    else:
        benchmark.main()
