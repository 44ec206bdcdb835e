"""Stations of a run: how busy each was over the measurement window, and what waited there."""

from dataclasses import dataclass

import numpy as np

from reports.intervals import Bools, Loads
from reports.run import Run


@dataclass(frozen=True)
class StationSummary:
    """A station over the window: mean and busiest interval of its utilisation (0..1), mean, greatest backlog.

    Utilisation is the busy share of the servers that were there; backlog is what waits, without what is in service; a
    mean over an interval. `samples` counts intervals. `servers` is the mean number of them, `least_servers` and
    `most_servers` the least and greatest of an interval; None where the run does not know.
    """

    name: str
    mean: float
    busiest: float
    mean_backlog: float
    greatest_backlog: float
    samples: int
    servers: float | None = None
    least_servers: float | None = None
    most_servers: float | None = None


def stations_of(run: Run) -> tuple[StationSummary, ...]:
    """Summarise the stations that the run's counters name, the busiest first."""
    held = run.intervals.held(run.window)
    found = (_summary(name, loads, held) for name, loads in run.intervals.stations.items())
    return tuple(sorted((each for each in found if each is not None), key=lambda station: -station.mean))


def _summary(name: str, loads: Loads, held: Bools) -> StationSummary | None:
    """Summarise a station over some intervals; None where it was not observed in them."""
    seen = held & ~np.isnan(loads.utilisation)
    if not seen.any():
        return None
    utilisation, backlog, servers = loads.utilisation[seen], loads.backlog[seen], loads.servers[seen]
    known = not np.isnan(servers).any()
    weights = servers if known else np.ones(len(servers))
    total = float(weights.sum())
    return StationSummary(
        name,
        float(np.dot(utilisation, weights)) / total if total else 0.0,
        float(utilisation.max()),
        float(backlog.mean()),
        float(backlog.max()),
        len(utilisation),
        total / len(servers) if known else None,
        float(servers.min()) if known else None,
        float(servers.max()) if known else None,
    )
