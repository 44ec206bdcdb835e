"""What a run observed of a budget's subject, by stretches of its measurement window, for estimates of its course."""

import numpy as np

from models.statistics.counted import Counted
from models.statistics.ratio import Ratio
from reports.budgets import ALL, PORTAL, Budget
from reports.header import Window
from reports.intervals import Loads
from reports.metrics import MEAN
from reports.no_evidence import NoEvidence
from reports.run import Run
from reports.series import MOST_ROWS, Floats, LatencySeries, Rows

Observed = Ratio | Counted

KEPT = 4
"""Series of a run that are kept for the next budgets of the same steps: a long run's take 10 MB each."""


def observed(run: Run, budget: Budget, most: int = MOST_ROWS) -> Observed:
    """Return durations by value for a quantile, two sums for a mean or any other metric of the measurement window.

    Steps come in at most so many rows, utilisations by interval. Raises NoEvidence when there is no data, or the budget
    is of something that has no course: a greatest value, hours, windows, or a difference from a baseline.
    """
    if budget.over_s is not None or budget.within is not None or budget.is_relative or budget.aggregate == "max":
        raise NoEvidence("the course of one run tells of the whole window's quantiles, means and shares only")
    if budget.metric == "utilisation":
        if budget.aggregate != MEAN:
            raise NoEvidence("the course of one run tells of a utilisation's mean only")
        return utilisation(run, budget.subject, run.window)
    if budget.metric not in ("response", "service", "error_rate", "goodput"):
        raise NoEvidence(f"the course of one run tells nothing of `{budget.metric}`")
    series = latency_series(run, budget, run.window, most)
    if budget.metric == "error_rate":
        return Ratio((series.offered - series.ok).astype(np.float64), series.offered.astype(np.float64))
    if budget.metric == "goodput":
        return Ratio(series.ok.astype(np.float64), series.lengths_s * run.header.replications)
    if budget.aggregate == MEAN:
        return Ratio(series.counts @ series.middles_s, series.counted.astype(np.float64))
    return Counted(series.counts, series.values_s)


def latency_series(run: Run, budget: Budget, window: Window, most: int = MOST_ROWS) -> LatencySeries:
    """Return the series of a budget of steps over a window; raise NoEvidence where none was offered, or none counts."""
    series = read_series(run, budget, window, most)
    refuse_empty(series, budget)
    return series


def read_series(run: Run, budget: Budget, window: Window, most: int | None = None) -> LatencySeries:
    """Return the series of a budget of steps over a window, in at most so many rows, or one per interval."""
    kind = "service" if budget.metric == "service" else "response"
    key = (read_series, kind, budget.subject, window.from_s, window.to_s, most)
    if key not in run.kept:
        old = [each for each in run.kept if isinstance(each, tuple) and each[0] is read_series]
        for each in old[: 1 - KEPT]:
            del run.kept[each]
        step = None if budget.subject == ALL else budget.subject
        run.kept[key] = LatencySeries.of(run, kind, step, Rows.of(run, window, most))
    found: LatencySeries = run.kept[key]
    return found


def refuse_empty(series: LatencySeries, budget: Budget) -> None:
    """Raise NoEvidence where no step was offered, or none that a latency counts."""
    what = "step" if budget.subject == ALL else f"`{budget.subject}` step"
    if not series.offered.sum():
        raise NoEvidence(f"no {what} was offered in the measurement window")
    if not series.counted.sum() and budget.metric in ("response", "service"):
        raise NoEvidence(f"every {what} was answered wrongly, so that no latency counts")


def utilisation(run: Run, station: str, window: Window) -> Ratio:
    """Return busy servers and servers by interval of the counters; raise NoEvidence where there are none."""
    known, servers = loads_of(run, station, window)
    if not known.size:
        raise NoEvidence(f"the utilisation of `{station}` was not observed in the measurement window")
    if not servers.any():
        raise NoEvidence(f"`{station}` had no servers in the measurement window")
    return Ratio(known * servers, servers)


def loads_of(run: Run, station: str, window: Window) -> tuple[Floats, Floats]:
    """Return a station's utilisation and servers in each interval of the counters in which it was observed.

    Where nobody knows how many servers there were, one is taken. The real portal's utilisation is its CPU's share of
    one core.
    """
    told = run.intervals
    none = np.full(len(told), np.nan)
    loads = told.stations.get(station, Loads(none, none, none))
    share = loads.utilisation
    if station == PORTAL:
        share = np.where(np.isnan(share), told.target_cpu_s / told.length_s, share)
    seen = told.held(window) & ~np.isnan(share)
    return share[seen], np.nan_to_num(loads.servers[seen], nan=1.0)
