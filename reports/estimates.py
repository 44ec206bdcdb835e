"""How sure a forecast is of its budgets' values: each with its interval, or the sentence why it has none.

The verdict's intervals are of the one run that all replications add up to; these are of the differences between
replications, which also hold what a whole replication has in common, such as a day that is busier than others. Where
there is one replication only, the course of that run tells, if its load is steady.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from models.statistics.interval import Interval
from models.statistics.means import BATCH_MEANS
from models.statistics.replications import over_replications
from reports.budgets import DOSSIERS, Budget, read_budgets
from reports.evidence import value
from reports.no_evidence import NoEvidence
from reports.quantities import count, duration, interval, quantity, share
from reports.run import Run
from reports.steady import LEVEL, steady

ASK = "ask for --replications 5 or more"


def judged(run: Run) -> tuple[Budget, ...]:
    """Return the budgets of a simulated run's header, without those of dossiers, which it stores none of."""
    budgets = read_budgets(run.header.budgets, run.header.steps, source=run.folder / "run.json")
    return tuple(budget for budget in budgets if budget.subject != DOSSIERS)


def replication_values(runs: Sequence[Run], budget: Budget) -> list[float]:
    """Return a budget's value in each replication that holds data about it."""
    values = []
    for run in runs:
        try:
            values.append(value(run, budget))
        except NoEvidence:
            continue
    return values


def first_values(runs: Sequence[Run]) -> list[float]:
    """Return the first budget's value in each replication that holds data about it; none where there is no budget."""
    return [found for run in runs for budget in judged(run)[:1] for found in replication_values([run], budget)]


def estimates(run: Run, replications: Sequence[Run], unsteady: str | None) -> list[dict[str, Any]]:
    """Estimate each budget's value of a simulated run, from its replications if they are several.

    `unsteady` says why the load is not steady, as a sentence's end; None where it is.
    """
    runs = replications if len(replications) > 1 else ()
    return [_told(budget, partial(_over, run, runs, budget, unsteady)) for budget in judged(run)]


def steady_estimates(run: Run, budgets: Sequence[Budget]) -> list[dict[str, Any]]:
    """Estimate each budget's value from the course of one long run, whose load is steady."""
    return [_told(budget, partial(_steady, run, budget)) for budget in budgets]


def words(found: Mapping[str, Any]) -> str:
    """Tell an estimate in a line."""
    if not found["samples"]:
        return f"{found['budget']}: {found['why']}"
    said = quantity(math.inf if found["value"] is None else found["value"], found["unit"])
    cut = "" if found.get("warm_up_s") is None else f" after {duration(found['warm_up_s'])} of warm-up (MSER-5)"
    if found["why"]:
        return f"{found['budget']}: {said}{cut}; no interval: {found['why']}"
    span, level = interval(found["low"], found["high"], found["unit"]), share(found["level"])
    basis = f"{found['method']}{cut}" if cut else f"{found['method']}, {count(found['samples'])} of them"
    return f"{found['budget']}: {said} ({span} at {level}; {basis})"


def _told(budget: Budget, estimate: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Name an estimate; where there are no data, say so."""
    named = {"budget": budget.text, "unit": budget.unit}
    try:
        return named | estimate()
    except NoEvidence as reason:
        nothing = dict.fromkeys(("value", "low", "high", "method"))
        return named | nothing | {"level": LEVEL, "samples": 0, "why": f"No data: {reason}."}


def _steady(run: Run, budget: Budget) -> dict[str, Any]:
    return steady(run, budget).to_dict()


def _over(run: Run, runs: Sequence[Run], budget: Budget, unsteady: str | None) -> dict[str, Any]:
    """Estimate over several replications, or from the course of a single one, where its load is steady."""
    whole = value(run, budget)
    if runs:
        return over_replications(replication_values(runs, budget), LEVEL).to_dict()
    if unsteady is not None:
        why = f"One replication, and {unsteady}; {ASK}."
        return Interval.unknown(whole, LEVEL, 1, BATCH_MEANS, why).to_dict()
    found = steady(run, budget).to_dict()
    return found | {"why": f"{found['why'].rstrip('.')}; {ASK}."} if found["why"] else found
