"""The search for the smallest plan: theory's bracket, a search on the replications that decide, then all that matter.

1. By theory each place has a number below which it is not stable, and one with which waits are negligible.
2. On three replications, about whose outcome the probability decides, the line between the two is bisected: the first
   answer. From there each place is lowered as far as the budgets hold.
3. What was found must hold with the probability, and every single step down from it must not. What does not hold is
   raised, what still holds is lowered, and the three replications are chosen anew, until both are so.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.capacity.search import Axis, Look, Looked, Point, climb, cost, descend, line, steps_down
from scenarios.capacity import Asked
from scenarios.capacity_load import erlangs
from scenarios.capacity_odds import Hardness, Odds, critical, odds
from scenarios.capacity_plays import Plays
from scenarios.capacity_setting import Setting
from scenarios.capacity_trial import Outcome

DECIDING = 3
"""Replications whose median outcome is looked at while searching; one where theory tells which it is."""

FAR_BELOW = 0.85
"""Below this part of the least stable number nothing is tried but by single steps; assumed."""

LITTLE = 1e-6
ROUNDS = 25
"""So often a point is raised or lowered before the search gives up; a round changes a single number."""

Say = Callable[[str, Point], None]


@dataclass(frozen=True)
class Step:
    """A point with one less at a place, of `number`: how likely its budgets hold, and the deciding outcome's excess."""

    name: str
    number: int
    point: Point
    odds: Odds
    excess: float


@dataclass(frozen=True)
class Found:
    """The smallest plan that was found, or the best within limits where none holds (`odds` None).

    `first` is the first point that held, `low` and `high` the bracket of theory, `steps` every single step down.
    `settled` tells whether all of them fail.
    """

    point: Point
    odds: Odds | None
    first: Point | None
    low: Point
    high: Point
    steps: tuple[Step, ...]
    settled: bool
    deciding: tuple[Outcome, ...]

    def ranked(self) -> list[Step]:
        """Return the steps down, what binds first, then the runner-up.

        By ln(excess of the step / excess of the point) · number: how many per cent farther from its limit the worst
        budget is for each per cent of servers less, so that places of few servers compare with those of many.
        """
        here = max(median(self.deciding).excess, LITTLE) if self.deciding else 1.0
        return sorted(self.steps, key=lambda step: -math.log(max(step.excess, LITTLE) / here) * step.number)


class Search:
    """A search in progress."""

    def __init__(self, asked: Asked, plays: Plays, say: Say = lambda _what, _point: None) -> None:
        self.asked, self.plays = asked, plays
        self.axes: tuple[Axis, ...] = asked.axes
        self._say = say
        self.hardness = Hardness(self._erlangs(asked.replications))

    def find(self, probability: float) -> Found:
        """Return the smallest plan whose budgets hold with a probability."""
        low, high = self._bracket(probability)
        chosen = self.deciding(high, probability)
        first = line(low, high, self.look(chosen))
        if first is None:
            seen = tuple(self._outcomes(high, chosen))
            return Found(high, None, None, low, high, (), settled=False, deciding=seen)
        self._say("first", first)
        point = descend(self._not_far_below(low), first, self.look(chosen))
        for _ in range(ROUNDS):
            likely = self.odds(point, probability)
            if not likely.holds:
                raised = climb(self.axes, point, self.look(self._failing(point, probability)))
                if raised is None:
                    break
                point = raised
                continue
            self._say("holds", point)
            steps, lower = self._steps(point, probability)
            if lower is None:
                seen = tuple(self._outcomes(point, self.deciding(point, probability)))
                return Found(point, likely, first, low, high, tuple(steps), settled=True, deciding=seen)
            point = lower
        likely = self.odds(point, probability)
        steps, _ = self._steps(point, probability)
        seen = tuple(self._outcomes(point, self.deciding(point, probability)))
        kept = likely if likely.holds else None
        return Found(point, kept, first, low, high, tuple(steps), settled=False, deciding=seen)

    def deciding(self, point: Point, probability: float, times: float = 1.0) -> tuple[int, ...]:
        """Return the replications about whose outcome at a point a probability decides."""
        return critical(self.hardness, self.plays.of(point, times), probability, self._count())

    def of_replications(self, count: int) -> "Search":
        """Return a search that knows so many replications at least, where they differ by what they draw."""
        if not self.hardness.differs or count <= self.asked.replications:
            return self
        return Search(replace(self.asked, replications=count), self.plays)

    def look(self, numbers: Sequence[int], setting: Setting | None = None) -> Look:
        """Return what looks at points by the median outcome of some replications; `setting` gives times and draws."""
        base = setting or self.plays.of(())

        def look(points: Sequence[Point]) -> list[Looked]:
            wanted = [(replace(base, point=point), number) for point in points for number in numbers]
            found = self.plays.outcomes(wanted)
            rows = [found[at : at + len(numbers)] for at in range(0, len(found), len(numbers))]
            return [median(row) for row in rows]

        return look

    def odds(self, point: Point, probability: float) -> Odds:
        """Decide whether a point's budgets hold with a probability."""
        setting = self.plays.of(point)
        found = odds(self.plays, self.hardness, setting, probability)
        seen = {number: self.plays.known(setting, number) for number in range(self.asked.replications)}
        self.hardness.remember({number: each.excess for number, each in seen.items() if each is not None})
        return found

    def _steps(self, point: Point, probability: float) -> tuple[list[Step], Point | None]:
        """Return what single steps down come to, and the one that holds and saves most; the dearest are tried first."""
        chosen, found = self.deciding(point, probability), []
        lower = sorted(steps_down(self.axes, point), key=lambda each: -self.axes[each[0]].price)
        looked = self.look(chosen)([each for _, each in lower]) if lower else []
        for (at, each), seen in sorted(
            zip(lower, looked, strict=True), key=lambda pair: (not pair[1].holds, -self.axes[pair[0][0]].price)
        ):
            likely = odds(self.plays, self.hardness, self.plays.of(each), probability)
            found.append(Step(self.axes[at].name, point[at], each, likely, seen.excess))
            if likely.holds:
                return found, each
        return found, None

    def _failing(self, point: Point, probability: float) -> tuple[int, ...]:
        """Return the replications that fail by least, of which some must hold for the point to do so."""
        setting = self.plays.of(point)
        seen = [(number, self.plays.known(setting, number)) for number in range(self.asked.replications)]
        failed = sorted((each.excess, number) for number, each in seen if each is not None and not each.holds)
        chosen = [number for _, number in failed[: self._count()]]
        return tuple(chosen) or self.deciding(point, probability)

    def _bracket(self, probability: float) -> tuple[Point, Point]:
        """Return theory's bracket for the replications that decide, or, where none is harder, any."""
        at_first = tuple(max(1, round(each)) for each in self.hardness.erlangs.max(axis=0))
        (first, *_) = self.deciding(at_first, probability)
        return self.asked.bracket(self.asked.offered(self.asked.forecast.of(first)))

    def _not_far_below(self, low: Point) -> tuple[Axis, ...]:
        """Return the axes without what is far from stable; from there on single steps lead further down, if any."""
        return tuple(
            replace(axis, least=max(axis.least, math.floor(FAR_BELOW * number)))
            for axis, number in zip(self.axes, low, strict=True)
        )

    def _count(self) -> int:
        return 1 if self.hardness.differs else min(DECIDING, self.asked.replications)

    def _outcomes(self, point: Point, numbers: Sequence[int]) -> list[Outcome]:
        return self.plays.outcomes([(self.plays.of(point), number) for number in numbers])

    def _erlangs(self, count: int) -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
        """Return the load of each place in each replication, float64[N, K]."""
        forecast, windows = self.asked.forecast, [span.window for span in self.asked.spans]
        names = [axis.name for axis in self.axes]
        numbers = range(count) if forecast.is_uncertain else range(1)
        rows = np.array([erlangs(forecast.of(number), windows, names) for number in numbers])
        return np.repeat(rows, count if len(rows) == 1 else 1, axis=0)


def median(outcomes: Sequence[Outcome]) -> Looked:
    """Return the outcome in the middle; of an even number the worse one."""
    ordered = sorted(outcomes, key=lambda each: (not each.holds, each.excess))
    middle = ordered[len(ordered) // 2]
    return Looked(middle.holds, middle.excess)


def price(asked: Asked, point: Point) -> float:
    """Return what a point costs."""
    return cost(asked.axes, point)
