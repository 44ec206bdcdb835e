"""Demand over time: what was planned, what was sent, and what was achieved."""

import numpy as np
from matplotlib.figure import Figure

from reports.figures.look import (
    BLUE,
    GREEN,
    GRID,
    MUTED,
    ORANGE,
    drawing,
    empty,
    legend,
    not_played,
    time_axis,
)
from reports.quantities import count, share
from reports.run import Run
from reports.series import Floats, Ints, Rows, played, row_sums
from reports.summary import Summary

_MOST_ROWS = 120  # as many steps as a screen shows apart


def arrivals(run: Run) -> Figure:
    """Draw sessions planned and started, and steps offered, sent and ended well, per second over the run.

    Sent and ended steps are counted at their own instants, so that what waits shows as a gap.
    """
    rows = Rows.of(run, played(run), _MOST_ROWS)
    if not len(run.intervals) or not rows.count:
        return empty(arrivals_title(run), "No interval of the run was recorded.")
    figure, (sessions, steps) = drawing(arrivals_title(run), 4.2, rows=2)
    told = run.intervals
    edges = np.append(rows.starts_s, rows.to_s)

    def per_s(amounts: Ints) -> Floats:
        return row_sums(rows, told.start_s, amounts) / rows.lengths_s / run.header.replications

    sessions.stairs(per_s(told.planned), edges, fill=True, color=GRID, label="planned")
    sessions.stairs(per_s(told.started), edges, color=BLUE, linewidth=1.6, label="started")
    sessions.set_ylabel("sessions per second")
    steps.stairs(per_s(told.offered), edges, fill=True, color=GRID, label="offered")
    steps.stairs(per_s(told.sent), edges, color=ORANGE, linewidth=1.6, label="sent")
    steps.stairs(per_s(told.ok), edges, color=GREEN, linewidth=1.6, label="ended well")
    steps.set_ylabel("steps per second")
    time_axis(steps, run, "time")
    for axes in (sessions, steps):
        axes.set_ylim(0, max(1.0, 1.25 * axes.dataLim.ymax))
        axes.axvline(run.window.from_s, color=MUTED, linewidth=1, linestyle=":")
        not_played(axes, run)
        legend(axes)
    steps.annotate(
        "measured from here", (run.window.from_s, 1), xycoords=("data", "axes fraction"), xytext=(4, -4),
        textcoords="offset points", va="top", color=MUTED, fontsize=9,
    )  # fmt: skip
    return figure


def arrivals_title(run: Run) -> str:
    """Say what became of the planned demand."""
    found = Summary.of(run).arrivals
    if found.achieved is None:
        return "No session was planned"
    started = f"{count(found.started_sessions)} of {count(found.planned_sessions)} planned sessions were started"
    times = run.header.replications
    return f"{started} ({share(found.achieved)})" + (f", {times} replications in all" if times > 1 else "")
