"""What a gate says of one budget: the verdict, the figures it rests on, and the windows that break it."""

import math
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from reports.budgets import Budget
from reports.decision import Word
from reports.header import Window
from reports.quantities import quantity
from reports.spans import ScenarioClock

Standing = Literal["counts", "warns", "waived", "expired"]


def standing_of(budget: Budget, on: date) -> Standing:
    """Tell what a budget's breach does on a day: it counts, or is only told; a waiver of before makes the line fail."""
    if budget.waiver is not None:
        return "waived" if on <= budget.waiver.until else "expired"
    return "warns" if budget.warns else "counts"


@dataclass(frozen=True)
class Breach:
    """A stretch of the run in which a budget is breached: its times, in seconds of the run and by the scenario's clock.

    The clock's are None where the run does not tell when its scenario starts.
    """

    window: Window
    value: float
    low: float
    high: float
    samples: int
    clock: ScenarioClock | None

    @property
    def from_clock(self) -> datetime | None:
        """When it begins, by the scenario's clock."""
        return None if self.clock is None else self.clock.at(self.window.from_s)

    @property
    def to_clock(self) -> datetime | None:
        """When it ends, by the scenario's clock."""
        return None if self.clock is None else self.clock.at(self.window.to_s)

    def words(self) -> str:
        """Write when it is."""
        return span_words(self.window, self.clock)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object; a bound that is infinite is None."""
        return {
            "from_s": self.window.from_s,
            "to_s": self.window.to_s,
            "from_clock": None if self.from_clock is None else self.from_clock.isoformat(),
            "to_clock": None if self.to_clock is None else self.to_clock.isoformat(),
            "value": finite(self.value),
            "interval": [finite(self.low), finite(self.high)],
            "samples": self.samples,
        }


@dataclass(frozen=True)
class Judgement:
    """One budget judged: the value, its interval at `level`, its sample size, and the reason in a sentence.

    Values are in the budget's unit (`budget.unit`); None where there is no data. `is_at_least` tells that the value is
    a lower bound. `level` is None where nothing was estimated, `method` how the interval was made. `breaches` are the
    windows, or the stretch that ended the run, which lie beyond the limit wholly.
    """

    budget: Budget
    verdict: Word
    reason: str
    samples: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    level: float | None = None
    method: str = ""
    is_at_least: bool = False
    breaches: tuple[Breach, ...] = ()
    standing: Standing = "counts"

    @property
    def counts(self) -> bool:
        """Whether the run's verdict rests on it."""
        return self.standing in ("counts", "expired")

    @property
    def is_breach(self) -> bool:
        """Whether it fails, or would if it counted."""
        return self.verdict == "fail"

    @property
    def called(self) -> str:
        """The verdict; of a breach that fails nothing, what it is instead: `warning` or `waived`."""
        if self.is_breach and not self.counts:
            return "waived" if self.standing == "waived" else "warning"
        return self.verdict

    def words(self) -> str:
        """Return it as a line for a terminal."""
        return f"{self.called:<12} {self.budget.text}: {self.reason}"

    @property
    def margin(self) -> float | None:
        """The distance from value to limit as a share of the limit, negative beyond it; None without a limit to share.

        Against a baseline it is the distance itself, which is a share already.
        """
        if self.value is None:
            return None
        if self.budget.is_relative:
            beyond = self.value - self.budget.limit
        elif self.budget.limit:
            beyond = self.value / self.budget.limit - 1
        else:
            return None
        return -beyond if self.budget.caps else beyond

    def value_words(self) -> str:
        """Write the value with its unit; a lower bound as such."""
        said = quantity(self.value, self.budget.unit)
        return f"at least {said}" if self.is_at_least else said

    def to_dict(self) -> dict[str, Any]:
        """Return the judgement as a JSON object; a bound that is infinite or unknown is None."""
        budget, waiver = self.budget, self.budget.waiver
        return {
            "budget": budget.text,
            "subject": budget.subject,
            "metric": budget.metric,
            "aggregate": budget.aggregate,
            "relation": budget.relation,
            "verdict": self.verdict,
            "standing": self.standing,
            "action": budget.action,
            "reason": self.reason,
            "unit": budget.unit,
            "limit": budget.limit,
            "baseline_share": budget.baseline_share,
            "value": finite(self.value),
            "is_at_least": self.is_at_least,
            "interval": [finite(self.low), finite(self.high)],
            "level": self.level,
            "method": self.method,
            "margin_share": finite(self.margin),
            "samples": self.samples,
            "over_s": budget.over_s,
            "within": None if budget.within is None else [budget.within.from_s, budget.within.to_s],
            "waiver": None
            if waiver is None
            else {
                "until": waiver.until.isoformat(),
                "because": waiver.because,
                "is_expired": self.standing == "expired",
            },
            "breaches": [breach.to_dict() for breach in self.breaches],
        }


def span_words(window: Window, clock: ScenarioClock | None) -> str:
    """Write when a stretch of a run is: by the scenario's clock, or in seconds of the run where it is not known."""
    if clock is None:
        return f"{window.from_s:g} s to {window.to_s:g} s"
    begin, end = clock.at(window.from_s), clock.at(window.to_s)
    day = "" if clock.at(0).date() == begin.date() else f"{begin:%Y-%m-%d} "
    return f"{day}{begin:%H:%M:%S} to {end:%H:%M:%S}"


def finite(value: float | None) -> float | None:
    """Return a number that JSON can hold, else None."""
    return value if value is not None and math.isfinite(value) else None
