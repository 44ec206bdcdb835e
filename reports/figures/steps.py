"""Response times per step: p50, p95 and p99 beside each step's budgets."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.budgets import Budget
from reports.figures.look import (
    BLUE,
    GREEN,
    GRID,
    LIMIT,
    MUTED,
    PURPLE,
    drawing,
    empty,
    legend,
    lower_bound,
    seconds_axis,
)
from reports.metrics import ALL
from reports.run import Run
from reports.summary import Latency, Summary

_MARKS = {"p50": (BLUE, "o"), "p95": (GREEN, "s"), "p99": (PURPLE, "D")}
_SHIFTS = {"p50": -0.22, "p95": 0.0, "p99": 0.22}  # so that bounds do not hide each other


def steps(run: Run, budgets: tuple[Budget, ...] = ()) -> Figure:
    """Draw each step's response-time quantiles over the measurement window, in the order of the header.

    A quantile that is a lower bound, since steps had no answer, is an open arrow head.
    """
    summary = Summary.of(run)
    found = {name: step.response for name, step in summary.steps.items() if step.response is not None}
    if not found:
        return empty(steps_title(run), "No step ended well in the measurement window.")
    figure, (axes,) = drawing(steps_title(run), 1.5 + 0.32 * len(found))
    for quantile, (colour, marker) in _MARKS.items():
        axes.plot([], [], color=colour, marker=marker, ls="", ms=6, label=quantile)
    for row, (name, latency) in enumerate(found.items()):
        values = {"p50": latency.p50_s, "p95": latency.p95_s, "p99": latency.p99_s}
        axes.hlines(row, min(values.values()), max(values.values()), color=GRID, linewidth=4, zorder=1)
        for quantile, value in values.items():
            colour, marker = _MARKS[quantile]
            if f"{quantile}_s" in latency.at_least:
                lower_bound(axes, value, row + _SHIFTS[quantile], colour)
            else:
                axes.plot(value, row, color=colour, marker=marker, ls="", ms=6)
        _limits(axes, row, name, budgets)
    seconds_axis(axes, "x")
    axes.set_yticks(range(len(found)), list(found))
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("response time (budgets as bars; open arrow heads: at least)", color=MUTED)
    legend(axes)
    return figure


def steps_title(run: Run) -> str:
    """Name the step that took longest at p95."""
    found = {name: step.response for name, step in Summary.of(run).steps.items() if name != ALL}
    slowest = max(found, key=lambda name: _p95(found[name]), default=None)
    latency = found[slowest] if slowest is not None else None
    if latency is None:
        return "No step ended well in the measurement window"
    return f"Slowest step at p95: {slowest}, {latency.words('p95_s')}"


def _p95(latency: Latency | None) -> float:
    return -np.inf if latency is None else latency.p95_s


def _limits(axes: Axes, row: int, name: str, budgets: tuple[Budget, ...]) -> None:
    for budget in budgets:
        if budget.subject == name and budget.metric == "response" and not budget.is_relative:
            axes.plot([budget.limit] * 2, [row - 0.36, row + 0.36], color=LIMIT, linewidth=2)
            axes.annotate(f"{budget.aggregate} budget", (budget.limit, row - 0.36), xytext=(3, 0), va="top",
                          textcoords="offset points", color=LIMIT, fontsize=9)  # fmt: skip
