"""Whether a portal was still warming up when its measurement began.

Asked only where the planned rate is constant: elsewhere the load itself changes. The window is cut into 20 batches of
equal length, and the mean response time of all steps taken of each. It was still warming up when

- the first quarter's mean differs from the other batches' at 0.1 % (two-sided), and by a tenth at least, where the
  others tell how much batches vary: t = (Ȳ_first − Ȳ_others)/(s·√(1/5 + 1/15)), with 14 degrees of freedom,
- and it was so from the start: the first batch lies off by half as much, at least, as the farthest of that quarter,
- and the others have settled: their second half does not differ from their first, at 5 % and by a tenth (a portal
  whose queue grows to the end of the window is overloaded, not cold, and is judged by its budgets).

Without a warm-up the finding is wrong in at most one run in 1,000, as far as batches are independent: where neighbours
correlate by 0.4 or more, nothing is said. Simulated M/M/1 queues without a warm-up had it in 1 of 3,000 runs of 20,000
steps at utilisations of .5 and .7, and in 6 of 3,000 of 60,000 at .8 and .9 (tests/reports/test_warming.py plays some).
"""

import math
from collections.abc import Iterator

import numpy as np
from scipy import special

from models.statistics.interval import Floats
from reports.quantities import duration, share
from reports.run import Run
from reports.series import LatencySeries, Rows, row_sums

BATCHES, FIRST = 20, 5
LEVEL, SETTLED_LEVEL = 0.001, 0.05
LEAST_SHARE = 0.1
"""A smaller difference is no warm-up that changes a verdict; assumed."""

MOST_ALIKE = 0.4
LEAST_STEPS = 20
"""Of a batch: fewer tell no mean; assumed."""


def warm_up(run: Run) -> Iterator[str]:
    """Yield that the warm-up was not over when the window began, where that can be told."""
    rows = Rows.of(run, run.window, None)
    size = rows.count // BATCHES
    if not size:
        return
    used = Rows(rows.from_s, size * rows.length_s, BATCHES, rows.from_s + size * rows.length_s * BATCHES)
    if not _is_constant(run, used):
        return
    series = LatencySeries.of(run, "response", None, used)
    if series.ok.min() < LEAST_STEPS:
        return
    means = series.ok_sums_s / series.ok
    early, late = means[:FIRST], means[FIRST:]
    off = early - late.mean()
    began_so = off[0] * off.mean() > 0 and 2 * abs(off[0]) >= abs(off).max()
    if not began_so or _alike(late) >= MOST_ALIKE or not _differ(early, late, LEVEL):
        return
    half = len(late) // 2
    if not _differ(late[:half], late[half:], SETTLED_LEVEL):
        more = float(early.mean() / late.mean()) - 1
        yield (
            f"The warm-up was not over when the measurement began: over its first {duration(FIRST * used.length_s)} "
            f"steps took {share(abs(more))} {'longer' if more > 0 else 'less'} than after that, at a constant rate; "
            "measure later."
        )


def _is_constant(run: Run, rows: Rows) -> bool:
    """Tell whether as many sessions were planned in each fifth of the rows, as far as chance can tell (0.1 %)."""
    told = run.intervals
    planned = row_sums(rows, told.start_s, np.where(told.planned > 0, told.planned, told.started))
    fifths = planned.reshape(5, -1).sum(axis=1)
    mean = float(fifths.mean())
    if not mean:
        return False
    return float(special.chdtrc(4, float(((fifths - mean) ** 2).sum()) / mean)) > LEVEL


def _differ(one: Floats, other: Floats, level: float) -> bool:
    """Tell whether two means differ, by a tenth at least and by the t-test at a level, the other's spread taken."""
    off = abs(float(one.mean() - other.mean()))
    if off < LEAST_SHARE * float(other.mean()):
        return False
    spread = float(other.std(ddof=1)) * math.sqrt(1 / len(one) + 1 / len(other))
    return not spread or 2 * float(special.stdtr(len(other) - 1, -off / spread)) < level


def _alike(means: Floats) -> float:
    """Return how neighbouring batches correlate."""
    off = means - means.mean()
    spread = float(np.dot(off, off))
    return float(np.dot(off[1:], off[:-1])) / spread if spread else 0.0
