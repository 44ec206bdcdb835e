"""Generators over time: how much of its core the busiest used, and how late the latest sent."""

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from reports.figures.look import BLUE, LIMIT, MUTED, drawing, empty, legend, not_played, seconds_axis, time_axis
from reports.generators import Generator, generators_of
from reports.quantities import count, duration, share
from reports.run import Run
from reports.series import Rows, played
from reports.workers import CPU, LAG_P99_S

_MOST_ROWS = 120  # as many steps as a screen shows apart

Floats = NDArray[np.float64]


def generators(run: Run) -> Figure:
    """Draw, over the run, the greatest CPU and send lag p99 of any worker, the mean CPU of all, and their limits."""
    rows = Rows.of(run, played(run), _MOST_ROWS)
    found = generators_of(run)
    if not found or not rows.count:
        return empty(generators_title(found), "No worker told of itself.")
    figure, (cpu, lag) = drawing(generators_title(found), 4.2, rows=2)
    edges = np.append(rows.starts_s, rows.to_s)
    told = run.vitals.chosen((run.vitals.t >= rows.from_s) & (run.vitals.t < rows.to_s))
    used, late = told.cpu, np.nan_to_num(told.lag_p99_ns, nan=-np.inf) / 1e9
    at = ((told.t - rows.from_s) / rows.length_s).astype(np.intp)
    if len(found) > 1:
        cpu.stairs(_mean(at, used, rows.count), edges, color=MUTED, linewidth=1.2, label="mean of all")
    cpu.stairs(_greatest(at, used, rows.count), edges, color=BLUE, label="busiest worker")
    cpu.axhline(CPU, color=LIMIT, linestyle=(0, (5, 3)), linewidth=1.2, label="limit, on average")
    cpu.set_ylim(0, 1.15)
    cpu.yaxis.set_major_formatter(PercentFormatter(1.0))
    cpu.set_ylabel("CPU of one core")
    lag.stairs(_greatest(at, late, rows.count), edges, color=BLUE, label="latest worker, p99", baseline=None)
    lag.axhline(LAG_P99_S, color=LIMIT, linestyle=(0, (5, 3)), linewidth=1.2, label="limit of a second")
    lag.set_ylabel("send lag")
    seconds_axis(lag, "y")
    time_axis(lag, run, "time")
    for axes in (cpu, lag):
        not_played(axes, run)
        legend(axes)
    return figure


def _greatest(at: NDArray[np.intp], values: Floats, rows: int) -> Floats:
    """Return the greatest value of each row, NaN where it has none."""
    found = np.full(rows, -np.inf)
    np.maximum.at(found, at, values)
    return np.where(np.isneginf(found), np.nan, found)


def _mean(at: NDArray[np.intp], values: Floats, rows: int) -> Floats:
    """Return the mean value of each row, NaN where it has none."""
    counts = np.bincount(at, minlength=rows)
    return np.where(counts > 0, np.bincount(at, values, rows) / np.maximum(counts, 1), np.nan)


def generators_title(found: tuple[Generator, ...]) -> str:
    """Name the busiest worker and the latest send."""
    if not found:
        return "No worker was measured"
    busiest = max(found, key=lambda one: one.cpu_mean)
    lags = [one.lag_p99_s for one in found if one.lag_p99_s is not None]
    said = f"The busiest of {count(len(found))} workers" if len(found) > 1 else "The only worker"
    sent = f"; steps were sent within {duration(max(lags))} (p99 of the worst second)" if lags else ""
    return f"{said} used {share(busiest.cpu_mean)} of its core on average{sent}"
