"""Run every benchmark, one after the other."""

from benchmarks import (
    answer,
    busiest,
    citizens,
    day,
    engines,
    export,
    forecast,
    help,  # noqa: A004 - one of the help
    portal,
    recursion,
    rehearsal,
    schedule,
    swarm,
)

first = (help, answer, citizens, export, schedule, engines, recursion, busiest, day, forecast)
for benchmark in (*first, portal, rehearsal, swarm):
    benchmark.main()
