"""What a run has to say about a budget: an estimate, or the reason why there is none."""

import numpy as np

from reports.budgets import ALL, DOSSIERS, PORTAL, Budget
from reports.counters import Counters
from reports.run import Run
from reports.series import LatencySeries, Rows, counters_in
from reports.statistics import (
    Estimate,
    exact_count,
    mean_estimate,
    quantile_estimates,
    rate_estimate,
    share_estimate,
)


class NoEvidence(Exception):
    """The run holds no data about a budget's subject; the message says why, as a sentence's end."""


def evidence(run: Run, budget: Budget) -> Estimate:
    """Estimate a budget's value over the run's measurement window; raise NoEvidence when there is no data."""
    if budget.subject == DOSSIERS:
        return _dossiers(run, budget.metric)
    if budget.metric == "utilisation":
        return _utilisation(run, budget.subject)
    kind = "service" if budget.metric == "service" else "response"
    rows = Rows.of(run, run.window)
    series = LatencySeries.of(run, kind, None if budget.subject == ALL else budget.subject, rows)
    if not series.offered.sum():
        what = "step" if budget.subject == ALL else f"`{budget.subject}` step"
        raise NoEvidence(f"no {what} was offered in the measurement window")
    if budget.metric == "error_rate":
        return share_estimate(series.offered - series.ok, series.offered)
    if budget.metric == "goodput":
        return rate_estimate(series.ok, rows.duration_s * run.header.replications)
    assert budget.quantile is not None
    return quantile_estimates(series.counts, series.values_s, (budget.quantile,))[0]


def _dossiers(run: Run, metric: str) -> Estimate:
    found = run.findings.get("reconciliation")
    if found is None:
        raise NoEvidence("receipts were not set against the portal's database")
    if not found["submitted"]:
        raise NoEvidence("no dossier was submitted")
    return exact_count(len(found[metric]), found["submitted"])


def _utilisation(run: Run, station: str) -> Estimate:
    loads = [_load(line, station) for line in counters_in(run, run.window)]
    known = [load for load in loads if load is not None]
    if not known:
        raise NoEvidence(f"the utilisation of `{station}` was not observed in the measurement window")
    return mean_estimate(np.array(known))


def _load(line: Counters, station: str) -> float | None:
    """Return a station's utilisation in an interval; the real portal's is its CPU's share of one core."""
    if station in line.stations:
        return line.stations[station].utilisation
    is_observed = station == PORTAL and line.target_cpu_s is not None
    return line.target_cpu_s / line.length_s if is_observed and line.target_cpu_s is not None else None
