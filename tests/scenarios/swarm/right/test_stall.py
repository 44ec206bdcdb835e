"""A stalled target: the log's p99 is that of an independent open-loop recorder (full size: `benchmarks/stall.py`)."""

import pytest

from reports.summary import Summary
from tests.scenarios.swarm.right.playing import schedule
from tests.scenarios.swarm.right.stall import meet

pytestmark = [pytest.mark.realtime, pytest.mark.alone]

STALL_S = 3.0
DRAWN = 0.04  # both p99 are the 60th greatest of 6,000: places of Poisson arrivals, each off by 0.54 % (one sigma)


def test_the_p99_of_a_stall_is_an_independent_recorders(tmp_path):
    met = meet(tmp_path, rate=500, lasts_s=12, stalls_at_s=5, halts_s=STALL_S)
    assert met.latency.p99_s == pytest.approx(met.recorded_p99_s, rel=DRAWN)
    assert met.least_s > 0.9 * STALL_S
    assert met.least_s * 0.998 < met.latency.p99_s < 1.03 * met.least_s  # more than the stall: the server catches up
    planned = len(schedule(tmp_path / "right.toml"))
    assert Summary.of(met.run).steps["page"].outcomes == {"ok": planned}
    lag = max(line.lag.quantile(0.99) for line in met.run.counters if line.lag.count)
    assert lag < 0.5e9, "the generator waited for the target"
