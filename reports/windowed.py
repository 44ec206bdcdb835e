"""Windows of one budget, each judged: the budget is as good as its worst window.

A budget's level is shared by its windows (Bonferroni), so that its error rate is that of one budget, however many
windows it has.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from reports.header import Window
from reports.statistics import Bounds, Estimate


@dataclass(frozen=True)
class WindowBounds:
    """A window with its estimate, and its interval at the level that was asked."""

    window: Window
    estimate: Estimate
    low: float
    high: float


@dataclass(frozen=True)
class Windowed:
    """Estimates of windows, together one: its value is the worst window's, and so are its interval's ends.

    `caps` tells whether smaller values are better. `empty` counts windows without data: with one there is no pass.
    """

    resolution: ClassVar[float] = 0.0

    parts: tuple[tuple[Window, Estimate], ...]
    caps: bool
    empty: int = 0
    doubt: str = ""
    _known: dict[float, tuple[WindowBounds, ...]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def value(self) -> float:
        """The worst window's value."""
        return self._worst([estimate.value for _, estimate in self.parts])

    @property
    def samples(self) -> int:
        """What was counted in all windows."""
        return sum(estimate.samples for _, estimate in self.parts)

    @property
    def is_at_least(self) -> bool:
        """Whether the worst value is a lower bound."""
        return any(estimate.is_at_least for _, estimate in self.parts if estimate.value == self.value)

    @property
    def method(self) -> str:
        """How the intervals were made."""
        return f"{self.parts[0][1].method}, in each of {len(self.parts) + self.empty} windows"

    @property
    def advice(self) -> str:
        """What would decide it."""
        if not self.empty:
            return ""
        verb = "holds" if self.empty == 1 else "hold"
        return f"{self.empty} of {len(self.parts) + self.empty} windows {verb} no data."

    def interval(self, level: float) -> Bounds:
        """Return the worst low and the worst high end of the windows' intervals at a level that they share."""
        found = self.bounds(level)
        low, high = self._worst([each.low for each in found]), self._worst([each.high for each in found])
        if not self.empty:
            return low, high
        return (low, math.inf) if self.caps else (-math.inf, high)

    def bounds(self, level: float) -> tuple[WindowBounds, ...]:
        """Return each window with its interval, where a level is shared by all."""
        if level not in self._known:
            each = 1 - (1 - level) / (len(self.parts) + self.empty)
            found = (WindowBounds(window, estimate, *estimate.interval(each)) for window, estimate in self.parts)
            self._known[level] = tuple(found)
        return self._known[level]

    def _worst(self, values: Sequence[float]) -> float:
        return max(values) if self.caps else min(values)
