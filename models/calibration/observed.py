"""What calibration sees of measured runs: levels of load, as plain arrays; and how a plan's prediction of one is asked.

Times are seconds. A *level* is a stretch of a run in which the load did not change.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.plan import Plan

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Latencies:
    """How often each latency was seen: `values_s` float64[n] ascending, `counts` int64[n]."""

    values_s: Floats
    counts: Integers
    _ends: Integers = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ends", np.cumsum(self.counts))

    @classmethod
    def of(cls, values_s: ArrayLike) -> "Latencies":
        """Count single latencies, in any order."""
        values, counts = np.unique(np.asarray(values_s, np.float64), return_counts=True)
        return cls(values, counts.astype(np.int64))

    @classmethod
    def together(cls, several: "Iterable[Latencies]") -> "Latencies":
        """Count what several have counted."""
        parts = [each for each in several if each.count]
        if not parts:
            return cls.of([])
        values, places = np.unique(np.concatenate([each.values_s for each in parts]), return_inverse=True)
        counts = np.zeros(values.size, np.int64)
        np.add.at(counts, places, np.concatenate([each.counts for each in parts]))
        return cls(values, counts)

    @property
    def count(self) -> int:
        """How many there are."""
        return int(self._ends[-1]) if self._ends.size else 0

    @property
    def mean_s(self) -> float:
        """Their mean; NaN of none."""
        return float(self.values_s @ self.counts) / self.count if self.count else float("nan")

    @property
    def variance(self) -> float:
        """Their variance about the mean, in s²; NaN of none."""
        return float((self.values_s - self.mean_s) ** 2 @ self.counts) / self.count if self.count else float("nan")

    def quantile(self, q: float) -> float:
        """Return the least latency that at least the share q of all is at most; NaN of none."""
        if not self.count:
            return float("nan")
        place = int(np.searchsorted(self._ends, q * self.count * (1.0 - 1e-12), side="left"))
        return float(self.values_s[min(place, self.values_s.size - 1)])


@dataclass(frozen=True)
class Blocks:
    """Neighbouring blocks of time of a level, each `length_s` long: what regressions and resampling take.

    `offered` int64[B, S] counts steps by intended start and `mean_s` float64[B, S] is the mean response of those ok
    (NaN where there was none), both in the order of `steps`; `busy` float64[B, K] are the mean busy servers, in the
    order of `stations`, without columns for a black box.
    """

    length_s: float
    steps: tuple[str, ...]
    offered: Integers
    mean_s: Floats
    stations: tuple[str, ...]
    busy: Floats

    def rates(self, steps: Iterable[str]) -> Floats:
        """Return the steps offered per second, float64[B, n], 0 of a step that the level did not have."""
        columns = [
            self.offered[:, self.steps.index(step)] if step in self.steps else np.zeros(len(self.offered), np.int64)
            for step in steps
        ]
        return np.stack(columns, axis=1) / self.length_s if columns else np.empty((len(self.offered), 0))


@dataclass(frozen=True)
class Level:
    """A level of measured load, `length_s` long; `begins_s` counts from the run's start, and names are its own.

    `offered` and `ok` count steps by intended start, `response` and `service` are the latencies of those that were ok.
    `busy` are a station's (or pool's) mean busy servers as the target's metrics tell them, `busy_by_step` those that
    each step kept busy; both empty for a black box. `servers` are the stations' servers and the pools' tokens at that
    time. `drift` is how much the low-load probes around the level differ, relative to their mean.
    """

    name: str
    begins_s: float
    length_s: float
    offered: Mapping[str, int]
    ok: Mapping[str, int]
    response: Mapping[str, Latencies]
    service: Mapping[str, Latencies]
    busy: Mapping[str, float] = field(default_factory=dict)
    busy_by_step: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    blocks: Blocks | None = None
    servers: Mapping[str, int] = field(default_factory=dict)
    drift: float | None = None

    @property
    def rps(self) -> float:
        """All steps offered per second."""
        return sum(self.offered.values()) / self.length_s

    @property
    def goodness(self) -> float:
        """The share of offered steps that were ok; 1 where none was offered."""
        offered = sum(self.offered.values())
        return sum(self.ok.values()) / offered if offered else 1.0

    def rate(self, step: str) -> float:
        """Return how many of a step were offered per second."""
        return self.offered.get(step, 0) / self.length_s


def steps_of(levels: Sequence[Level]) -> tuple[str, ...]:
    """Return the steps that levels offered, in the order in which they come."""
    return tuple(dict.fromkeys(step for level in levels for step, count in level.offered.items() if count))


@dataclass(frozen=True)
class Origin:
    """Where levels come from, as the calibrated plan keeps it: runs, the day of fitting, the target, the machine."""

    runs: tuple[str, ...]
    fitted: date
    version: str | None = None
    machine: str | None = None


@dataclass(frozen=True)
class Answered:
    """How a plan answers a step over a level: `offered` and `ok` as a level counts them, responses of those ok."""

    offered: int
    ok: int
    response: Latencies


class Predict(Protocol):
    """Replays a level's own sessions through a plan.

    The sessions start at the same instants and think as long as in the run; what the plan serves is drawn anew. `again`
    chooses other draws of services (`models.calibration.redrawn`): another answer that the same plan might have given
    to the same sessions. Stations and pools have the number of servers that the plan says, whatever the level's were.
    """

    def __call__(self, plan: Plan, level: Level, again: int = 0) -> Mapping[str, Answered]:
        """Return the answers by step."""
