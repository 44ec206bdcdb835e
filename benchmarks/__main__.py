"""Run every benchmark, one after the other."""

from benchmarks import answer, busiest, citizens, day, engines, export, forecast, help, recursion, rehearsal, schedule  # noqa: A004 - one of the help

for benchmark in (help, answer, citizens, export, schedule, engines, recursion, busiest, day, forecast, rehearsal):
    benchmark.main()
