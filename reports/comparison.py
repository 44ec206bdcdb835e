"""A measured run beside a simulated one: how far the prediction was off, step by step."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from reports.budgets import ALL
from reports.header import Window
from reports.run import Run
from reports.series import LatencySeries, Rows
from reports.statistics import Estimate, Resampling, quantile_estimates, rate_estimate, ratio_estimate

LEVEL = 0.95
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
QUANTITIES = ("throughput", "mean", *QUANTILES)

_FEWER = Resampling(400)  # a table has dozens of intervals; each tail at 95 % still holds ten resamples


@dataclass(frozen=True)
class Reading:
    """A value with its 95 % interval and its sample size; `is_at_least` where it is a lower bound."""

    value: float
    low: float
    high: float
    samples: int
    is_at_least: bool = False

    @classmethod
    def of(cls, estimate: Estimate) -> "Reading":
        """Read an estimate at the comparison's level."""
        return cls(estimate.value, *estimate.interval(LEVEL), estimate.samples, estimate.is_at_least)

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the figures by name, and whether the value is a lower bound; a bound that is infinite is None."""
        return {name: value if math.isfinite(value) else None for name, value in vars(self).items()}


@dataclass(frozen=True)
class Pair:
    """One quantity of one step, measured and predicted.

    `quantity` is `throughput` (ok steps per second), or a response time in seconds: `mean` (of ok steps),
    `p50`, `p95` or `p99` (of the steps that count, see `reports.ranked`).
    """

    step: str
    quantity: str
    measured: Reading
    predicted: Reading

    @property
    def unit(self) -> str:
        """The unit of both values: `per_s` or `s`."""
        return "per_s" if self.quantity == "throughput" else "s"

    @property
    def error(self) -> float | None:
        """How far the prediction lies above the measurement, as a share of it; None if one is a lower bound."""
        known = not (self.measured.is_at_least or self.predicted.is_at_least)
        return self.predicted.value / self.measured.value - 1 if known and self.measured.value else None

    @property
    def agrees(self) -> bool:
        """Whether the two intervals overlap."""
        return self.predicted.low <= self.measured.high and self.measured.low <= self.predicted.high


@dataclass(frozen=True)
class Comparison:
    """All pairs of the steps that both runs offered, `all` last; `window` is the time that both measured."""

    window: Window
    pairs: tuple[Pair, ...]

    @classmethod
    def of(cls, measured: Run, predicted: Run) -> "Comparison":
        """Set a measured run beside a simulated one, over the time that both measurement windows hold."""
        from_s = max(measured.window.from_s, predicted.window.from_s)
        to_s = max(from_s, min(measured.window.to_s, predicted.window.to_s))
        window = Window(from_s=from_s, to_s=to_s)
        return cls(window, tuple(_pairs(measured, predicted, window)))

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps compared, in order."""
        return tuple(dict.fromkeys(pair.step for pair in self.pairs))

    def pair(self, step: str, quantity: str) -> Pair | None:
        """Return the pair of a step and a quantity; None when it was not compared."""
        return next((pair for pair in self.pairs if (pair.step, pair.quantity) == (step, quantity)), None)

    def worst(self, quantity: str) -> Pair | None:
        """Return the pair whose prediction is furthest off among single steps; None when there is none."""
        steps = [pair for pair in self.pairs if pair.quantity == quantity and pair.step != ALL]
        known = [pair for pair in steps if pair.error is not None]
        return max(known, key=lambda pair: abs(pair.error or 0.0), default=None)

    def to_dict(self) -> list[dict[str, Any]]:
        """Return the pairs as JSON objects."""
        return [
            {
                "step": pair.step,
                "quantity": pair.quantity,
                "unit": pair.unit,
                "measured": pair.measured.to_dict(),
                "predicted": pair.predicted.to_dict(),
                "error_share": pair.error,
                "agrees": pair.agrees,
            }
            for pair in self.pairs
        ]


def _pairs(measured: Run, predicted: Run, window: Window) -> Iterator[Pair]:
    names = [step for step in measured.header.steps if step in predicted.header.steps]
    for name in (*names, ALL):
        left, right = _readings(measured, name, window), _readings(predicted, name, window)
        if left and right:
            yield from (Pair(name, quantity, left[quantity], right[quantity]) for quantity in QUANTITIES)


def _readings(run: Run, name: str, window: Window) -> dict[str, Reading]:
    """Return a step's readings by quantity; none when the step was not offered or never ended well."""
    rows = Rows.of(run, window)
    series = LatencySeries.of(run, "response", None if name == ALL else name, rows)
    if not series.ok.any():
        return {}
    estimates = {
        "throughput": rate_estimate(series.ok, series.lengths_s * run.header.replications),
        "mean": ratio_estimate(series.ok_sums_s, series.ok, _FEWER),
    }
    counts = series.ok_counts, series.at_least_counts
    found = quantile_estimates(*counts, series.values_s, tuple(QUANTILES.values()), _FEWER)
    estimates |= dict(zip(QUANTILES, found, strict=True))
    return {quantity: Reading.of(estimate) for quantity, estimate in estimates.items()}
