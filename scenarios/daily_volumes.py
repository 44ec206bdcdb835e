"""What a scenario expects on its first whole day, beside what had been published of a day by then."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from cutover.base.clock import VIETNAM
from fixtures.volumes import Volume, VolumeName, volume
from models.demand.rates import DAY_S
from models.journeys import expected_visits
from models.schedule import Profile
from reports.quantities import count
from scenarios.demand import parts
from scenarios.scenario import Scenario

_COUNTED: tuple[tuple[VolumeName, str, str | None], ...] = (
    ("visits", "visits", None),
    ("sign_ins", "sign-ins", "sign_in"),
    ("dossiers_received", "submissions", "submit"),
    ("status_synchronised", "submissions", "submit"),
    ("feedback", "feedback", "feedback"),
)
"""The published volume, what of the scenario stands beside it, and the step that is counted (None: the sessions)."""

_PER = {"day": "a day", "working_day": "a working day"}


@dataclass(frozen=True)
class DailyVolume:
    """A number that the sessions beginning on one day are expected to make, and the newest published one, if any.

    `of` is the published volume, `step` what is counted of the scenario: sessions where it is None.
    """

    of: VolumeName
    name: str
    step: str | None
    day: date
    expected: float
    as_of: date
    published: Volume | None

    @property
    def counted(self) -> str:
        """What is counted of the scenario."""
        return "sessions" if self.step is None else f"steps {self.step}"

    def __str__(self) -> str:
        known = self.published
        beside = (
            f"published {count(known.value)} {_PER[known.per]}: {known.counts} ({known.source}, {known.published})"
            if known
            else f"n/a: no figure of {self.of} had been published by {self.as_of}"
        )
        what = f"{self.name} ({self.counted})"
        return f"{what:26} {count(self.expected):>12} expected; {beside}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        published = self.published.model_dump(mode="json") if self.published else None
        own = {"volume": self.of, "name": self.name, "counted": self.counted, "day": str(self.day)}
        return own | {"expected": self.expected, "published": published}


def daily_volumes(scenario: Scenario) -> tuple[DailyVolume, ...]:
    """Return a row for each published volume; none where the scenario has no day from midnight to midnight.

    Expected is the mean over days: of the sessions that begin on the day, and of what they do if no step fails.
    """
    starts = scenario.starts.astimezone(VIETNAM)
    midnight = starts.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight if midnight == starts else midnight + timedelta(days=1)
    from_s = (first - starts).total_seconds()
    if from_s + DAY_S > scenario.file.duration_s:
        return ()
    sessions, steps = _expected(scenario, from_s)
    as_of = scenario.file.as_of
    return tuple(
        DailyVolume(of, name, step, first.date(), steps.get(step, 0.0) if step else sessions, as_of, volume(of, as_of))
        for of, name, step in _COUNTED
    )


def _expected(scenario: Scenario, from_s: float) -> tuple[float, dict[str, float]]:
    """Return the sessions that begin within a day, and how often they pass each step."""
    visits = {journey.name: expected_visits(journey) for journey in scenario.journeys}
    whole, steps = 0.0, dict.fromkeys(scenario.steps, 0.0)
    for part in parts(scenario):
        sessions = float(np.diff(Profile(part.arriving).expected([from_s, from_s + DAY_S]))[0])
        whole += sessions
        for journey, share in part.journeys(scenario).items():
            for step, times in visits[journey].items():
                steps[step] += sessions * share * times
    return whole, steps
