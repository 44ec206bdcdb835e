"""What a run has to say about a budget: an estimate, or the reason why there is none."""

from dataclasses import replace

import numpy as np

from models.statistics.counted import Counted
from models.statistics.ratio import Ratio
from reports.budgets import DOSSIERS, Budget
from reports.observed import NoEvidence, observed
from reports.run import Run
from reports.statistics import (
    Estimate,
    exact_count,
    mean_estimate,
    quantile_estimates,
    rate_estimate,
    share_estimate,
)


def evidence(run: Run, budget: Budget) -> Estimate:
    """Estimate a budget's value over the run's measurement window; raise NoEvidence when there is no data."""
    if budget.subject == DOSSIERS:
        return _dossiers(run, budget)
    found = observed(run, budget)
    if isinstance(found, Counted):
        assert budget.quantile is not None
        return quantile_estimates(found.counts, found.values, (budget.quantile,))[0]
    return _estimate(found, budget.metric)


def _estimate(found: Ratio, metric: str) -> Estimate:
    if metric == "utilisation":
        return replace(mean_estimate(found.series()), value=found.value)
    if metric == "goodput":
        return rate_estimate(found.parts.astype(np.int64), float(found.wholes.sum()))
    return share_estimate(found.parts.astype(np.int64), found.wholes.astype(np.int64))


def _dossiers(run: Run, budget: Budget) -> Estimate:
    found = run.findings.get("reconciliation")
    if found is None:
        raise NoEvidence("receipts were not set against the portal's database")
    if not found["submitted"]:
        raise NoEvidence("no dossier was submitted")
    if budget.metric in found.get("unjudged", ()):
        raise NoEvidence(f"what the portal gave out does not tell which dossiers are {budget.metric}")
    count, unasked = len(found[budget.metric]), len(found.get("unasked", ()))
    if budget.holds(count) and not budget.holds(count + unasked):
        raise NoEvidence(f"the portal did not tell what became of {unasked} receipts")
    return exact_count(count, found["submitted"])
