"""The courses of visits: which step followed which, and the pauses between, counted per kind and entry."""

import itertools
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from scenarios.imports.thinking import GRID_NS, Thinking, fit
from scenarios.imports.visits import Visit
from scenarios.journey import EXIT

LEAST_ENTRIES = 20
"""Visits of a kind that begin at a step more rarely seen get no journey of their own."""

_DIGITS = 9

Key = TypeVar("Key")


@dataclass
class Course:
    """The visits of one kind that begin at one step."""

    visits: int = 0
    following: Counter[tuple[str, str]] = field(default_factory=Counter)
    pauses: dict[str, Counter[int]] = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        """Count a visit: its branches, its exit, and the pause before each step but the first."""
        self.visits += 1
        steps = visit.steps
        for before, after in itertools.pairwise(steps):
            self.following[before.name, after.name] += 1
            tenths = max(0, after.start_ns // GRID_NS - before.end_ns // GRID_NS)
            self.pauses.setdefault(after.name, Counter())[tenths] += 1
        self.following[steps[-1].name, EXIT] += 1


@dataclass(frozen=True)
class ImportedStep:
    """A step of an imported journey: how often it was seen, what followed, and the pauses before it."""

    name: str
    samples: int
    following: Mapping[str, float]
    thinking: Thinking | None


@dataclass(frozen=True)
class ImportedJourney:
    """A kind of session as imported: its share of all, and its steps, the entry first."""

    name: str
    visits: int
    share: float
    steps: tuple[ImportedStep, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "visits": self.visits,
            "share": self.share,
            "steps": {
                step.name: {
                    "samples": step.samples,
                    "next": dict(step.following),
                    "think": step.thinking.to_dict() if step.thinking else None,
                }
                for step in self.steps
            },
        }


class Courses:
    """All visits, counted by kind and entry."""

    def __init__(self) -> None:
        self._courses: dict[tuple[str, str], Course] = {}

    def add(self, kind: str, visit: Visit) -> None:
        """Count a visit of a kind."""
        self._courses.setdefault((kind, visit.steps[0].name), Course()).add(visit)

    def rare(self) -> int:
        """Return how many visits begin where too few of their kind do: counted, but their course is not used."""
        main = self._main_entries()
        return sum(c.visits for (kind, entry), c in self._courses.items() if not self._kept(kind, entry, main))

    def journeys(self, prefix: str, *, whole_seconds: bool) -> tuple[ImportedJourney, ...]:
        """Return a journey per kind and entry, by visits; the rare are counted with their kind's main entry."""
        main = self._main_entries()
        visits: Counter[tuple[str, str]] = Counter()
        for (kind, entry), course in self._courses.items():
            visits[kind, entry if self._kept(kind, entry, main) else main[kind]] += course.visits
        shares = rounded_shares(visits)
        return tuple(
            ImportedJourney(
                f"{prefix}_{kind}" if entry == main[kind] else f"{prefix}_{kind}_from_{entry}",
                count,
                shares[kind, entry],
                _steps(entry, self._courses[kind, entry], whole_seconds=whole_seconds),
            )
            for (kind, entry), count in sorted(visits.items(), key=lambda item: (-item[1], item[0]))
        )

    def _main_entries(self) -> dict[str, str]:
        """Return the step at which most visits of each kind begin."""
        ordered = sorted(self._courses.items(), key=lambda item: (item[1].visits, item[0]))
        return {kind: entry for (kind, entry), _ in ordered}

    def _kept(self, kind: str, entry: str, main: Mapping[str, str]) -> bool:
        return entry == main[kind] or self._courses[kind, entry].visits >= LEAST_ENTRIES


def _steps(entry: str, course: Course, *, whole_seconds: bool) -> tuple[ImportedStep, ...]:
    seen: Counter[str] = Counter()
    for (step, _), count in course.following.items():
        seen[step] += count
    names = sorted(seen, key=lambda name: (name != entry, -seen[name], name))
    return tuple(
        ImportedStep(
            name,
            seen[name],
            rounded_shares({to: n for (step, to), n in sorted(course.following.items()) if step == name}),
            fit(course.pauses[name], whole_seconds=whole_seconds) if name in course.pauses else None,
        )
        for name in names
    )


def rounded_shares(counts: Mapping[Key, float]) -> dict[Key, float]:
    """Return each count's share, rounded, the largest taking up what rounding leaves, so that they add up to 1."""
    total = sum(counts.values())
    shares = {key: round(count / total, _DIGITS) for key, count in counts.items()}
    largest = max(shares, key=lambda key: counts[key])
    rest = math.fsum(share for key, share in shares.items() if key != largest)
    return shares | {largest: round(1.0 - rest, _DIGITS)}
