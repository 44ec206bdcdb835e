"""Response times over time: p50, p95 and p99 of all steps, with the budgets that limit them."""

import numpy as np
from matplotlib.figure import Figure

from models.statistics.quantiles import rank
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
from reports.quantities import count, quantity
from reports.run import Run
from reports.series import LatencySeries, Rows, played
from reports.summary import Summary

QUANTILES = {"p50": (0.5, BLUE), "p95": (0.95, GREEN), "p99": (0.99, PURPLE)}

_EDGES = {
    "p50": 0.9,
    "p95": 0.95,
    "p99": 1.0,
}  # where on the plot's height a quantile that was not reached is marked
_MOST_ROWS = 60  # few enough that a row of an ordinary run holds the samples that a p99 takes


def response(run: Run, budgets: tuple[Budget, ...] = ()) -> Figure:
    """Draw the response-time quantiles of all steps by intended start, with the budgets on `all response`.

    A quantile that was not reached, because too many steps went wrong, is a mark at the upper edge.
    """
    rows = Rows.of(run, played(run), _MOST_ROWS)
    series = LatencySeries.of(run, "response", None, rows)
    if not series.offered.any():
        return empty(response_title(run), "No step was offered.")
    figure, (axes,) = drawing(response_title(run), 3.4)
    middles_s = rows.starts_s + rows.lengths_s / 2
    for name, (quantile, colour) in QUANTILES.items():
        values = _over_time(series, quantile)
        axes.plot(
            middles_s,
            np.where(np.isfinite(values), values, np.nan),
            color=colour,
            label=name,
            marker=".",
            ms=3,
        )
        beyond_s = middles_s[np.isposinf(values)]
        top = axes.get_xaxis_transform()
        edge = np.full(len(beyond_s), _EDGES[name])
        axes.plot(beyond_s, edge, color=colour, marker="^", ls="", ms=6, clip_on=False, transform=top)
    for budget in budgets:
        if budget.subject == ALL and budget.metric == "response":
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
        what = "was offered" if not found.offered else "ended well"
        return f"No step {what} in the measurement window"
    p95 = quantity(found.response.p95_s, "s")
    said = (
        f"95 % of steps were answered within {p95}"
        if np.isfinite(found.response.p95_s)
        else _unreached(found.error_rate)
    )
    return f"{said} ({count(found.offered)} steps)"


def _unreached(error_rate: float | None) -> str:
    return f"p95 was not reached: {quantity(error_rate, 'share')} of steps did not end well"


def _over_time(series: LatencySeries, quantile: float) -> np.ndarray:
    """Return the quantile of each row, seconds; NaN where nothing was offered."""
    ends = np.cumsum(series.counts, axis=1)
    values = np.full(len(ends), np.nan)
    for row, total in enumerate(ends[:, -1].tolist()):
        if total:
            values[row] = series.values_s[np.searchsorted(ends[row], rank(quantile, total))]
    return values
