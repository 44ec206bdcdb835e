"""Estimates from one long run under a steady load: the start cut off by MSER-5, then batch means and sections."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.statistics.interval import Interval
from models.statistics.means import BATCH_MEANS, batch_means
from models.statistics.quantiles import SECTIONING
from models.statistics.ratio import Ratio
from models.statistics.warm_up import WarmUp, mser_5
from reports.budgets import Budget
from reports.observed import Observed, observed
from reports.run import Run
from reports.series import LatencySeries, Rows

ROWS = 2000
LEVEL = 0.95


@dataclass(frozen=True)
class Steady:
    """A steady-state estimate: `interval`, after `warm_up_s` seconds of the window, `window_s` long, were cut off.

    Where the end of the warm-up cannot be told, `warm_up_s` is None, and the value is that of the whole window.
    """

    interval: Interval
    warm_up_s: float | None
    window_s: float

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**self.interval.to_dict(), "warm_up_s": self.warm_up_s, "window_s": self.window_s}


def steady(run: Run, budget: Budget) -> Steady:
    """Estimate a budget's value; raise NoEvidence when there is no data.

    The warm-up of steps is that of the response times of all steps, a station's that of its utilisation.
    """
    found = observed(run, budget, ROWS)
    warm_up = mser_5(found.series()) if isinstance(found, Ratio) and budget.metric == "utilisation" else _responses(run)
    return _after(found, warm_up, run.whole(run.window).length_s, budget.quantile)


def steady_backlogs(run: Run) -> Iterator[tuple[str, Steady]]:
    """Yield each station's mean backlog, what waits there, by its name."""
    held = run.intervals.held(run.window)
    for name, loads in run.intervals.stations.items():
        backlogs = loads.backlog[held & ~np.isnan(loads.backlog)]
        if not backlogs.size:
            continue
        found = Ratio(backlogs, np.ones(len(backlogs)))
        yield name, _after(found, mser_5(backlogs), run.whole(run.window).length_s)


def _responses(run: Run) -> WarmUp:
    """Find the warm-up of the seconds that an answer takes, by the rows in which the steps were meant to start."""
    series = LatencySeries.of(run, "response", None, Rows.of(run, run.window, ROWS))
    if not series.ok.sum():
        return WarmUp(len(series.ok), len(series.ok), "No step ended well, so that no warm-up can be found.")
    return mser_5(Ratio(series.ok_sums_s, series.ok.astype(np.float64)).series())


def _after(found: Observed, warm_up: WarmUp, window_s: float, quantile: float | None = None) -> Steady:
    if warm_up.why:
        return Steady(_unknown(found, warm_up.why, quantile), None, window_s)
    kept, cut_s = found.after(warm_up.cut), warm_up.cut / warm_up.samples * window_s
    if not (kept.wholes if isinstance(kept, Ratio) else kept.counts).any():
        why = "After the warm-up nothing was observed."
        return Steady(_unknown(found, why, quantile), cut_s, window_s)
    if isinstance(kept, Ratio):
        return Steady(batch_means(kept.series(), LEVEL), cut_s, window_s)
    return Steady(kept.sectioned(quantile or 0.5, LEVEL), cut_s, window_s)


def _unknown(found: Observed, why: str, quantile: float | None) -> Interval:
    """Return the estimate of which only the value over the whole window can be told."""
    if isinstance(found, Ratio):
        return Interval.unknown(found.value, LEVEL, len(found.parts), BATCH_MEANS, why)
    return Interval.unknown(found.quantile(quantile or 0.5), LEVEL, int(found.counts.sum()), SECTIONING, why)
