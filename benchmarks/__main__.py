"""Run every benchmark, one after the other."""

from benchmarks import citizens, export, forecast, help, rehearsal, schedule  # noqa: A004 - the benchmark of the help

for benchmark in (help, citizens, export, schedule, forecast, rehearsal):
    benchmark.main()
