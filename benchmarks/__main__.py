"""Run every benchmark, one after the other."""

from benchmarks import citizens, day, engines, export, forecast, help, recursion, rehearsal, schedule  # noqa: A004 - one of the help

for benchmark in (help, citizens, export, schedule, engines, recursion, day, forecast, rehearsal):
    benchmark.main()
