"""A scenario's expected sessions over time, by journey and by stream."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import VIETNAM
from models.schedule import Profile
from reports.quantities import count, rate
from scenarios.demand import mean_profile, parts
from scenarios.scenario import Scenario
from scenarios.variation import Band, day_band

INTERVALS = 288
"""As many parts of the scenario as a plot tells apart: 5 minutes of a day."""

_SECONDS_UP_TO_S = 7200.0
_DAY_S = 86_400.0

Rates = dict[str, NDArray[np.float64]]


@dataclass(frozen=True)
class Timeline:
    """Expected sessions per second in equal intervals of the scenario, the mean over days; `edges_s` are their ends.

    `mean` is the same of all sessions together, without intervals, from which the greatest rate and the total come.
    `by_stream` has the flows, with each confined surge and each later move as a stream of its own. `band` is what lies
    between the quiet and the busy days, where days differ (`scenarios.variation`).
    """

    scenario: Scenario
    mean: Profile
    edges_s: NDArray[np.float64]
    by_journey: Rates
    by_stream: Rates
    band: Band | None = None

    @classmethod
    def of(cls, scenario: Scenario, intervals: int = INTERVALS) -> "Timeline":
        """Integrate the rate of each stream over the intervals."""
        edges_s = np.linspace(0.0, scenario.file.duration_s, intervals + 1)
        by_journey: Rates = {}
        by_stream: Rates = {}
        by_varied: dict[str, tuple[float, NDArray[np.float64]]] = {}
        for part in parts(scenario):
            per_s = np.diff(Profile(part.arriving).expected(edges_s)) / np.diff(edges_s)
            by_stream[part.name] = per_s
            for name, share in part.journeys(scenario).items():
                by_journey[name] = by_journey.get(name, 0.0) + share * per_s
            if part.entry.day_cv is not None:
                _, so_far = by_varied.get(part.flow, (0.0, 0.0))
                by_varied[part.flow] = (part.entry.day_cv.value, so_far + per_s)
        band = _band(by_stream, list(by_varied.values()))
        return cls(scenario, mean_profile(scenario), edges_s, by_journey, by_stream, band)

    @property
    def per_s(self) -> NDArray[np.float64]:
        """All sessions per second, in each interval."""
        total: NDArray[np.float64] = np.sum(list(self.by_stream.values()), axis=0)
        return total

    @property
    def total(self) -> float:
        """The sessions expected in all."""
        return self.mean.total

    @property
    def most_per_s(self) -> float:
        """The greatest rate of all sessions together."""
        return max(rate for _, rate in self.mean.points)

    @property
    def busiest(self) -> str:
        """When the greatest rate is (first) reached: the time of day, with its day if there are several; or seconds."""
        most = self.most_per_s * (1 - 1e-9)  # a constant rate is so but for rounding
        at_s = next(t for t, rate in self.mean.points if rate >= most)
        if self.scenario.file.duration_s < _SECONDS_UP_TO_S:
            return f"{at_s:.0f} s"
        moment = self.scenario.starts.astimezone(VIETNAM) + timedelta(seconds=at_s)
        time = f"{moment:%H:%M}"
        if time == "00:00" and at_s == self.mean.duration_s:
            moment, time = moment - timedelta(days=1), "24:00"
        return time if self.scenario.file.duration_s <= _DAY_S else f"{moment:%-d %B} {time}"

    def shares(self, rates: Rates) -> dict[str, float]:
        """Return each part's share of all sessions, the largest first."""
        whole = float(self.per_s.sum())
        found = {name: float(values.sum()) / whole for name, values in rates.items()}
        return dict(sorted(found.items(), key=lambda item: -item[1]))

    @property
    def parts(self) -> dict[str, Rates]:
        """The ways of splitting the sessions that say something: by journey, and by stream where there are several."""
        return {"by journey": self.by_journey} | ({"by flow": self.by_stream} if len(self.by_stream) > 1 else {})

    @property
    def title(self) -> str:
        """What a plot of it shows."""
        busiest = f"the most at {self.busiest} with {rate(self.most_per_s)}"
        return f"{self.scenario.name}: {count(self.total)} sessions expected, {busiest}"

    @property
    def at_zero_s(self) -> float:
        """The time of day at scenario time 0, in seconds."""
        starts = self.scenario.starts.astimezone(VIETNAM)
        return starts.hour * 3600.0 + starts.minute * 60.0 + starts.second


def _band(by_stream: Rates, varied: list[tuple[float, NDArray[np.float64]]]) -> Band | None:
    if not varied:
        return None
    per_s = np.sum(list(by_stream.values()), axis=0)
    return day_band(np.maximum(per_s - np.sum([own for _, own in varied], axis=0), 0.0), varied)
