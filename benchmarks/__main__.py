"""Run every benchmark, one after the other."""

from benchmarks import forecast, help, rehearsal  # noqa: A004 - the benchmark of the help

for benchmark in (help, forecast, rehearsal):
    benchmark.main()
