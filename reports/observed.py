"""What a run observed of a budget's subject, by stretches of its measurement window."""

import numpy as np

from models.statistics.counted import Counted
from models.statistics.ratio import Ratio
from reports.budgets import ALL, PORTAL, Budget
from reports.counters import Counters, StationLoad
from reports.run import Run
from reports.series import MOST_ROWS, LatencySeries, Rows, counters_in

Observed = Ratio | Counted


class NoEvidence(Exception):
    """The run holds no data about a budget's subject; the message says why, as a sentence's end."""


def observed(run: Run, budget: Budget, most: int = MOST_ROWS) -> Observed:
    """Return durations by value for a quantile, two sums for any other metric of a simulated or measured run.

    Steps come in at most so many rows, utilisations by interval. Raises NoEvidence when there is no data.
    """
    if budget.metric == "utilisation":
        return _utilisation(run, budget.subject)
    kind = "service" if budget.metric == "service" else "response"
    rows = Rows.of(run, run.window, most)
    series = LatencySeries.of(run, kind, None if budget.subject == ALL else budget.subject, rows)
    if not series.offered.sum():
        what = "step" if budget.subject == ALL else f"`{budget.subject}` step"
        raise NoEvidence(f"no {what} was offered in the measurement window")
    if budget.metric == "error_rate":
        return Ratio((series.offered - series.ok).astype(np.float64), series.offered.astype(np.float64))
    if budget.metric == "goodput":
        return Ratio(series.ok.astype(np.float64), rows.lengths_s * run.header.replications)
    return Counted(series.counts, series.values_s)


def value(run: Run, budget: Budget) -> float:
    """Return a budget's value over the run's measurement window; raise NoEvidence when there is no data."""
    found = observed(run, budget)
    if isinstance(found, Ratio):
        return found.value
    assert budget.quantile is not None
    return found.quantile(budget.quantile)


def _utilisation(run: Run, station: str) -> Ratio:
    loads = [_load(line, station) for line in counters_in(run, run.window)]
    known = [load for load in loads if load is not None]
    if not known:
        raise NoEvidence(f"the utilisation of `{station}` was not observed in the measurement window")
    servers = np.array([1.0 if load.servers is None else load.servers for load in known])
    if not servers.any():
        raise NoEvidence(f"`{station}` had no servers in the measurement window")
    return Ratio(np.array([load.utilisation for load in known]) * servers, servers)


def _load(line: Counters, station: str) -> StationLoad | None:
    """Return a station's load in an interval; the real portal's utilisation is its CPU's share of one core."""
    if station in line.stations:
        return line.stations[station]
    if station != PORTAL or line.target_cpu_s is None:
        return None
    return StationLoad(line.target_cpu_s / line.length_s, 0.0)
