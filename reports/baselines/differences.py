"""Two runs side by side: how much more or less each metric of each step is."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from reports.baselines.comparison import Compared
from reports.budgets import Budget, read_budgets
from reports.metrics import ALL
from reports.no_evidence import NoEvidence
from reports.quantities import quantity, share
from reports.run import Run

LEVEL = 0.95
METRICS = ("response p50", "response p95", "response p99", "response mean", "goodput", "error_rate")
UNITS = {"response": "s", "goodput": "per_s", "error_rate": "share"}


@dataclass(frozen=True)
class Changed:
    """A metric of a step: its value in the baseline and in the run, and the change with its 95 % interval.

    The change is a share of the baseline, or for error rates the difference in points (`is_points`); an end of the
    interval that is not known is infinite.
    """

    step: str
    metric: str
    unit: str
    base: float
    head: float
    change: float
    low: float
    high: float
    is_points: bool
    samples: int

    @property
    def word(self) -> str:
        """`more` or `less` where the whole interval lies on one side of no change, else nothing."""
        return "more" if self.low > 0 else "less" if self.high < 0 else ""

    def to_dict(self) -> dict[str, Any]:
        """Return the row as a JSON object; what is not known is None."""
        return {name: _known(value) for name, value in vars(self).items()}

    def cells(self) -> tuple[str, ...]:
        """Return the row as text."""
        values = (quantity(self.base, self.unit), quantity(self.head, self.unit))
        span = (
            f"{self._signed(self.low)} to {self._signed(self.high)}"
            if math.isfinite(self.high - self.low)
            else "no bound known"
        )
        return self.step, self.metric, *values, self._signed(self.change), span, self.word

    def _signed(self, change: float) -> str:
        sign = "+" if change > 0 else ""
        return f"{sign}{share(change).replace(' %', ' points') if self.is_points else share(change)}"


TITLES = ("step", "metric", "baseline", "run", "change", f"{LEVEL:.0%} interval", "")


def differences(run: Run, others: Sequence[Run]) -> tuple[Changed, ...]:
    """Set each metric of each step that all runs have beside that of its baselines."""
    return tuple(_changed(run, others))


def _changed(run: Run, others: Sequence[Run]) -> Iterator[Changed]:
    steps = [step for step in run.header.steps if all(step in other.header.steps for other in others)]
    for subject in (*steps, ALL):
        for metric in METRICS:
            relation = ">=" if metric == "goodput" else "<="
            (budget,) = read_budgets([f"{subject} {metric} {relation} baseline"], steps)
            try:
                yield _row(metric, budget, Compared.of(run, others, budget))
            except NoEvidence:
                continue


def _row(metric: str, budget: Budget, found: Compared) -> Changed:
    low, high = found.interval(LEVEL)
    base, head = found.high.base.value, found.low.head.value
    if found.is_log:
        base, head = math.exp(base), math.exp(head)
    unit = UNITS[budget.metric]
    samples = found.low.head.samples
    return Changed(budget.subject, metric, unit, base, head, found.value, low, high, not found.is_log, samples)


def words(rows: Sequence[Changed]) -> str:
    """Return the rows as a table for a terminal."""
    cells = [TITLES, *(row.cells() for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(TITLES))]
    lines = []
    for row in cells:
        texts = [
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(texts).rstrip())
    return "\n".join(lines)


def _known(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value
