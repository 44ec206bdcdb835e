"""A run compared with its baselines: how much more or less a metric is, and how sure that is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.statistics.run_effects import Difference, Effect
from reports.baselines.comparable import is_aligned
from reports.baselines.prior import GOODPUT, amplified, busy, run_effects
from reports.baselines.readings import Readings, readings
from reports.budgets import Budget
from reports.decision import COMPARISON_ERROR_RATE
from reports.no_evidence import NoEvidence
from reports.quantities import duration, share
from reports.run import Run
from reports.statistics import Bounds, Estimate

RESOLUTION, RESOLUTION_POINTS = 0.10, 0.01
"""A change larger than this, as a share or in points of a share, is never passed unseen; of issue 7, and assumed."""

ADVISED = 1 - COMPARISON_ERROR_RATE
"""The level at which lengths are reckoned: that of a comparison that shares its rate with no other."""

LEAST_LONGER = 1.5
"""Where a verdict needs hardly more than there was, for what others share of the rate; assumed."""


@dataclass(frozen=True)
class Baselines:
    """The runs that others are compared with; one at least."""

    runs: tuple[Run, ...]

    def estimate(self, run: Run, budget: Budget) -> Estimate:
        """Estimate how far a budget's metric lies above the baseline's, as a share of it (a share's: in points).

        Raises NoEvidence when one of the runs has no data on it.
        """
        return Compared.of(run, self.runs, budget).estimate()


@dataclass(frozen=True, eq=False)
class Compared:
    """A budget's metric in a run and in its baselines.

    `low` and `high` are the least and the greatest that the difference may be: they are two where steps had no answer.
    """

    budget: Budget
    low: Difference
    high: Difference
    is_log: bool
    baselines: int
    length_s: float

    @classmethod
    def of(cls, run: Run, others: Sequence[Run], budget: Budget) -> "Compared":
        """Read a budget's metric in a run and its baselines; raise NoEvidence when one has no data."""
        here, there = readings(run, budget), [readings(other, budget) for other in others]
        if not here.is_log or all(math.isfinite(each.low.value) for each in (here, *there)):
            aligned = all(is_aligned(run, other) for other in others)
            return cls.read(budget, here, there, effect_of(run, others, budget), run.window.length_s, aligned=aligned)
        raise NoEvidence(f"`{budget.metric}` is nothing in one of the runs")

    @classmethod
    def read(
        cls,
        budget: Budget,
        here: Readings,
        there: Sequence[Readings],
        effect: Effect,
        length_s: float,
        *,
        aligned: bool,
    ) -> "Compared":
        """Set readings beside each other, runs of the same code differing by an effect."""
        low = Difference.of(here.low, [each.high for each in there], effect, aligned=aligned)
        is_one = here.low is here.high and all(each.low is each.high for each in there)
        high = low if is_one else Difference.of(here.high, [each.low for each in there], effect, aligned=aligned)
        return cls(budget, low, high, here.is_log, len(there), length_s)

    @property
    def value(self) -> float:
        """The difference, as a share or in points."""
        return self._told(float(np.subtract(self.low.head.value, self.high.base.value)))

    @property
    def resolution(self) -> float:
        """The change beyond the limit that a pass rules out."""
        return RESOLUTION if self.is_log else RESOLUTION_POINTS

    def interval(self, level: float) -> Bounds:
        """Return the interval of the difference at a level."""
        low, high = self.low.interval(level)[0], self.high.interval(level)[1]
        return self._told(low), self._told(high)

    def estimate(self) -> Estimate:
        """Return the estimate that the gate judges."""
        runs = "one baseline run" if self.baselines == 1 else f"{self.baselines} baseline runs"
        unit = "relative difference" if self.is_log else "difference in points"
        return Estimate(
            value=self.value,
            samples=self.low.head.samples,
            replicates=np.array([self.value]),
            exact=self.interval,
            method=f"{unit} from {runs}; blocks of time within runs, run effects between them",
            advice=self.advice(),
            resolution=self.resolution,
        )

    def advice(self) -> str:
        """Say how long runs would have to be for a verdict, or that no length would do, as the end of a sentence.

        What happens within runs averages out as 1/√length; run effects stay. With an interval that reaches h to the
        farther side, b of it by run effects, it is √((h² − b²)·T/T′ + b²) at the length T′, and is to be no more than
        the distance to the farther of the two, limit and resolution.
        """
        ends = (self.low.interval(ADVISED)[0], self.high.interval(ADVISED)[1])
        if not all(math.isfinite(end) for end in ends):
            return "longer runs, or more load, would bound it."
        difference = self.high
        half = max(difference.value - ends[0], ends[1] - difference.value)
        beyond = [self._untold(self.budget.limit + side) for side in (0.0, self._side() * self.resolution)]
        reach = max(abs(difference.value - end) for end in beyond)
        between = difference.errors_at(ADVISED) * difference.effects_error
        if between >= reach:
            return (
                f"no length would decide: runs of the same code differ by ±{share(abs(self._told(between)))} by "
                "themselves; add baseline runs, or play both side by side (--ab)."
            )
        longer = (half**2 - between**2) / (reach**2 - between**2)
        return f"runs of {duration(self.length_s * max(longer, LEAST_LONGER))} would decide, at this rate."

    def _side(self) -> int:
        return 1 if self.budget.caps else -1

    def _told(self, value: float) -> float:
        """Return a difference of logarithms as a share of the baseline; points as they are."""
        return float(np.expm1(value)) if self.is_log else value

    def _untold(self, change: float) -> float:
        return math.log1p(max(change, -0.999)) if self.is_log else change


def effect_of(run: Run, others: Sequence[Run], budget: Budget) -> Effect:
    """Return how much a budget's metric varies between runs of the same code, on the scale of its readings."""
    speed = run_effects().of((run, *others))
    if budget.metric == "goodput":
        return Effect(min(speed.deviation, GOODPUT), speed.freedom)
    return Effect(speed.deviation * amplified(budget.metric, busy(others)), speed.freedom)
