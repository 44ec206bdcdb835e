"""Response times over time: p50, p95 and p99 of all steps, with the budgets that limit them."""

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from models.statistics.rank import rank
from reports.budgets import ALL, Budget
from reports.figures.look import (
    BLUE,
    GREEN,
    MUTED,
    PURPLE,
    budget_line,
    drawing,
    empty,
    legend,
    not_played,
    seconds_axis,
    time_axis,
)
from reports.quantities import count
from reports.run import Run
from reports.series import LatencySeries, Rows, played
from reports.summary import Summary

QUANTILES = {"p50": (0.5, BLUE), "p95": (0.95, GREEN), "p99": (0.99, PURPLE)}

_MOST_ROWS = 60  # few enough that a row of an ordinary run holds the samples that a p99 takes


def response(run: Run, budgets: tuple[Budget, ...] = ()) -> Figure:
    """Draw the response-time quantiles of all steps by intended start, with the budgets on `all response`.

    A quantile that is a lower bound, since steps had no answer, is marked by an open arrow head.
    """
    rows = Rows.of(run, played(run), _MOST_ROWS)
    series = LatencySeries.of(run, "response", None, rows)
    if not series.offered.any():
        return empty(response_title(run), "No step was offered.")
    figure, (axes,) = drawing(response_title(run), 3.4)
    middles_s = rows.starts_s + rows.lengths_s / 2
    for name, (quantile, colour) in QUANTILES.items():
        values, are_bounds = _over_time(series, quantile)
        axes.plot(middles_s, values, color=colour, label=name, marker=".", ms=3)
        bounds = middles_s[are_bounds], values[are_bounds]
        axes.plot(*bounds, color=colour, marker="^", mfc="none", ls="", ms=6)
    for budget in budgets:
        if budget.subject == ALL and budget.metric == "response" and not budget.is_relative:
            budget_line(axes, budget)
    axes.set_ymargin(0.08)
    seconds_axis(axes, "y")
    time_axis(axes, run, "intended start of the step; shaded: not measured")
    not_played(axes, run)
    axes.axvspan(rows.from_s, run.window.from_s, color=MUTED, alpha=0.12, linewidth=0)
    if run.state == "complete":
        axes.axvspan(run.window.to_s, rows.to_s, color=MUTED, alpha=0.12, linewidth=0)
    axes.set_ylabel("response time of all steps")
    legend(axes)
    return figure


def response_title(run: Run) -> str:
    """Say how long steps took, over the measurement window."""
    found = Summary.of(run).all
    if found.response is None:
        what = "No step was offered" if not found.offered else "Every step was answered wrongly"
        return f"{what} in the measurement window"
    p95 = found.response.words("p95_s")
    known = "p95_s" not in found.response.at_least
    said = f"95 % of steps were answered within {p95}" if known else f"p95 of the steps was {p95}"
    return f"{said} ({count(found.response.samples)} steps)"


def _over_time(series: LatencySeries, quantile: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the quantile of each row, seconds, NaN where no step counts, and which are lower bounds."""
    lower, upper = (np.cumsum(counts, axis=1) for counts in (series.counts, series.ok_counts))
    values, are_bounds = np.full(len(lower), np.nan), np.zeros(len(lower), np.bool_)
    for row, total in enumerate(series.counted.tolist()):
        if total:
            wanted = rank(quantile, total)
            at = int(np.searchsorted(lower[row], wanted))
            values[row], are_bounds[row] = series.values_s[at], np.searchsorted(upper[row], wanted) > at
    return values, are_bounds
