"""What budgets can limit: each metric with whose it is, its unit and what goes with it."""

from collections.abc import Mapping
from dataclasses import dataclass

ALL = "all"
DOSSIERS = "dossiers"
PORTAL = "portal"
BACKLOG = "backlog"

RESERVED = (ALL, DOSSIERS, PORTAL, BACKLOG)
"""Subjects that no step or station can be called."""

MEAN, MAX = "mean", "max"


@dataclass(frozen=True)
class Metric:
    """What a budget can limit: whose property it is (`step`, `station` or a reserved subject), its unit, its words.

    `is_live` tells whether a run can be stopped by it, `has_time` whether it is of a stretch of time, so that hours and
    windows make sense, and `most` the greatest limit that means anything.
    """

    of: str
    unit: str
    aggregates: tuple[str, ...]
    relations: tuple[str, ...]
    is_live: bool = False
    has_time: bool = True
    most: float | None = None


_AT_MOST, _AT_LEAST = ("<", "<="), (">", ">=")
_PERCENTILES = ("p50", "p90", "p95", "p99")
_LATENCY = Metric("step", "s", (*_PERCENTILES, MEAN, MAX), _AT_MOST, is_live=True)
_COUNT = Metric(DOSSIERS, "count", (), ("==", *_AT_MOST), has_time=False)

METRICS: Mapping[str, Metric] = {
    "response": _LATENCY,
    "service": _LATENCY,
    "error_rate": Metric("step", "share", (), _AT_MOST, is_live=True, most=1.0),
    "goodput": Metric("step", "per_s", (), _AT_LEAST, is_live=True),
    "availability": Metric(PORTAL, "share", (), _AT_LEAST, most=1.0),
    "utilisation": Metric("station", "share", (*_PERCENTILES, MEAN, MAX), (*_AT_MOST, *_AT_LEAST)),
    "age": Metric(BACKLOG, "s", (*_PERCENTILES, MAX), _AT_MOST),
    "lost": _COUNT,
    "altered": _COUNT,
    "duplicated": _COUNT,
    "foreign": _COUNT,
}

CHANGE = "change"
"""The unit of what is set against a baseline: the relative difference, 0.03 for 3 % more."""

UNITS: Mapping[str, Mapping[str, float]] = {
    "s": {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0},
    "share": {"%": 0.01},
    "per_s": {"/s": 1.0},
    "count": {"": 1.0},
    CHANGE: {"%": 0.01},
}
