"""What a generator tells of each second, as the histograms and counters of a run.

    {"kind": "second", "n": second, "lines": […], "counters": […], "begun": [sessions], "ended": [sessions],
     "open": […], "in_progress": sessions, "connections": […], "vital": {…}}

A line is `[step, outcome, kind, second of the intended start, buckets, counts]`, the last two as little-endian int32;
late samples come in later messages, and lines of one tag and second add up, as counters of one second do. `open` holds,
for each step that citizens are in now, how long they have been waiting: `[step, buckets, counts]`; `connections` how
many were opened since the last: `[address, protocol, count]`. Free of uvloop, for both sides.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from reports.counters import Counters
from reports.histogram import Histogram
from reports.hlog import Line

LENGTH_S = 1.0


def lines_of(message: Mapping[str, Any]) -> tuple[Line, ...]:
    """Return the lines of a `second`, each of the second of its intended starts."""
    return tuple(
        Line(step, outcome, kind, float(second), LENGTH_S, histogram_of(buckets, counts))
        for step, outcome, kind, second, buckets, counts in message["lines"]
    )


def counters_of(message: Mapping[str, Any]) -> tuple[Counters, ...]:
    """Return the counters of a `second`: of each second about which there is something to tell."""
    return tuple(_counters(each) for each in message["counters"])


def open_of(message: Mapping[str, Any]) -> dict[str, Histogram]:
    """Return how long the open steps have been waiting, by step."""
    return {step: histogram_of(buckets, counts) for step, buckets, counts in message["open"]}


def histogram_of(buckets: bytes, counts: bytes) -> Histogram:
    """Return the histogram of two columns as they travel."""
    return Histogram(np.frombuffer(buckets, "<i4").astype(np.int64), np.frombuffer(counts, "<i4").astype(np.int64))


def _counters(part: Mapping[str, Any]) -> Counters:
    return Counters(
        start_s=float(part["t"]),
        length_s=LENGTH_S,
        planned=part.get("planned", 0),
        started=part.get("started", 0),
        offered_by_step=part.get("offered", {}),
        outcomes=part.get("outcomes", {}),
        lag=histogram_of(*part["lag"]) if "lag" in part else Histogram.of({}),
        clipped=part.get("clipped", 0),
        received_bytes=part.get("received_bytes", 0),
        cpu=part.get("cpu"),
        come_backs=part.get("come_backs", 0),
        reloads=part.get("reloads", 0),
    )
