"""Stations of a run: how busy each was over the measurement window, and what waited there."""

from dataclasses import dataclass

from reports.counters import StationLoad
from reports.run import Run
from reports.series import counters_in


@dataclass(frozen=True)
class StationSummary:
    """A station over the window: mean and busiest interval of its utilisation (0..1), mean, greatest backlog.

    Backlog is what waits, without what is in service; a mean over an interval. `samples` counts intervals.
    """

    name: str
    mean: float
    busiest: float
    mean_backlog: float
    greatest_backlog: float
    samples: int


def stations_of(run: Run) -> tuple[StationSummary, ...]:
    """Summarise the stations that the run's counters name, the busiest first."""
    lines = counters_in(run, run.window)
    names = dict.fromkeys(name for line in lines for name in line.stations)
    found = (_summary(name, [line.stations[name] for line in lines if name in line.stations]) for name in names)
    return tuple(sorted(found, key=lambda station: -station.mean))


def _summary(name: str, loads: list[StationLoad]) -> StationSummary:
    utilisations = [load.utilisation for load in loads]
    backlogs = [load.backlog for load in loads]
    return StationSummary(
        name,
        sum(utilisations) / len(loads),
        max(utilisations),
        sum(backlogs) / len(loads),
        max(backlogs),
        len(loads),
    )
