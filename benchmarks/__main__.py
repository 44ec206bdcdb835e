"""Run every benchmark, one after the other."""

from benchmarks import citizens, engines, export, forecast, help, rehearsal, schedule  # noqa: A004 - the benchmark of the help

for benchmark in (help, citizens, export, schedule, engines, forecast, rehearsal):
    benchmark.main()
