"""Stations of a run: how busy each was over the measurement window, and what waited there."""

from dataclasses import dataclass

from reports.counters import StationLoad, mean_load
from reports.run import Run
from reports.series import counters_in


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
    lines = counters_in(run, run.window)
    names = dict.fromkeys(name for line in lines for name in line.stations)
    found = (_summary(name, [line.stations[name] for line in lines if name in line.stations]) for name in names)
    return tuple(sorted(found, key=lambda station: -station.mean))


def _summary(name: str, loads: list[StationLoad]) -> StationSummary:
    mean = mean_load(loads)
    servers = [load.servers for load in loads if load.servers is not None]
    return StationSummary(
        name,
        mean.utilisation,
        max(load.utilisation for load in loads),
        mean.backlog,
        max(load.backlog for load in loads),
        len(loads),
        mean.servers,
        None if mean.servers is None else min(servers),
        None if mean.servers is None else max(servers),
    )
