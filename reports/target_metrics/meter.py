"""Meters: how long the servers of a station had been busy by when, whatever metric told it.

A counter of busy seconds is that already. A gauge of servers in use is integrated, linear between its samples; a gauge
of the busy share is that times the servers. Between two samples the busy time grows evenly.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Meter:
    """Busy seconds up to each time: `busy_s` float64[n] at `times_s` float64[n], ascending, since the run's start."""

    times_s: Floats
    busy_s: Floats

    @classmethod
    def of_gauge(cls, times_s: Floats, busy: Floats) -> "Meter":
        """Integrate how many servers were busy, by the trapezoid rule."""
        parts = np.diff(times_s) * (busy[1:] + busy[:-1]) / 2.0
        return cls(times_s, np.concatenate([[0.0], np.cumsum(parts)]))

    def mean(self, from_s: float, to_s: float) -> float:
        """Return the mean number of busy servers in a stretch that it covers."""
        before, after = np.interp([from_s, to_s], self.times_s, self.busy_s)
        return float(after - before) / (to_s - from_s)


def together(meters: Iterable[Meter]) -> Meter:
    """Add meters up over the time that all of them cover."""
    parts = tuple(meters)
    if len(parts) == 1:
        return parts[0]
    from_s, to_s = max(part.times_s[0] for part in parts), min(part.times_s[-1] for part in parts)
    times_s = np.unique(np.concatenate([part.times_s for part in parts] + [np.array([from_s, to_s])]))
    times_s = times_s[(times_s >= from_s) & (times_s <= to_s)]
    sums = np.sum([np.interp(times_s, part.times_s, part.busy_s) for part in parts], axis=0)
    return Meter(times_s, np.asarray(sums, np.float64))


@dataclass(frozen=True)
class Meters:
    """The meters of stations and pools by name, and by step where the metrics tell steps apart."""

    whole: Mapping[str, Meter] = field(default_factory=dict)
    by_step: Mapping[str, Mapping[str, Meter]] = field(default_factory=dict)
