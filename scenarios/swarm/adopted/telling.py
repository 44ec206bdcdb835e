"""What a recorder has closed, as the message of a second: see `scenarios/swarm/generator/seconds.py`."""

from typing import Any

from reports.counters import Counters
from reports.histogram import Histogram
from reports.recorder import Closed


def lines_as_told(closed: Closed) -> list[list[Any]]:
    """Return the lines as a message holds them."""
    return [
        [line.step, line.outcome, line.kind, round(line.start_s), *_columns(line.histogram)]
        for line in closed.latencies
    ]


def counters_as_told(closed: Closed) -> list[dict[str, Any]]:
    """Return the counters as a message holds them."""
    return [_counters(each) for each in closed.counters]


def lags_ns(closed: Closed, second: int) -> dict[str, int]:
    """Return the send-lag quantiles of a second, 0 where nothing was sent."""
    lag = next((each.lag for each in closed.counters if round(each.start_s) == second), Histogram.of({}))
    named = (("lag_p50_ns", 0.5), ("lag_p99_ns", 0.99), ("lag_max_ns", 1.0))
    return {name: int(lag.quantile(q)) if lag.count else 0 for name, q in named}


def _counters(each: Counters) -> dict[str, Any]:
    told: dict[str, Any] = {"t": round(each.start_s), "started": each.started, "clipped": each.clipped}
    told |= {"offered": dict(each.offered_by_step), "outcomes": {s: dict(o) for s, o in each.outcomes.items()}}
    return told | ({"lag": _columns(each.lag)} if each.lag.count else {})


def _columns(histogram: Histogram) -> list[bytes]:
    return [histogram.buckets.astype("<i4").tobytes(), histogram.counts.astype("<i4").tobytes()]
