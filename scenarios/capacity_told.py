"""A search for capacity in words and as data."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from models.capacity.search import Point, cost
from reports.quantities import change, count, interval, quantity, share, significant
from scenarios.capacity import Asked
from scenarios.capacity_answer import Elsewhere, Knee, Lifted, Sized
from scenarios.capacity_odds import Odds
from scenarios.capacity_search import Found
from scenarios.capacity_trial import Outcome
from scenarios.foresight import instant
from scenarios.span import Span


@dataclass(frozen=True)
class Answer:
    """All that was found; what comes after the plan is missing where no plan within the limits holds."""

    asked: Asked
    found: Found
    simulations: int
    knee: Knee | None = None
    nine: Sized | None = None
    frontier: tuple[Sized, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    lifted: tuple[Lifted, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether a plan within the limits keeps its budgets with the probability."""
        return self.found.odds is not None

    def words(self) -> list[str]:
        """Tell it in lines."""
        return [*self._plan(), *self._binds(), *self._room(), *self._left_out()]

    def to_dict(self) -> dict[str, Any]:
        """Return it as the data that `cutover capacity --json` prints; an infinite value is None."""
        asked, found = self.asked, self.found
        return {
            "scenario": asked.forecast.scenario.name,
            "plan": asked.forecast.plan.name,
            "probability": asked.probability,
            "budgets": [budget.text for budget in asked.budgets],
            "holds": self.holds,
            "numbers": self._numbers(found.point),
            "cost": self._cost(found.point),
            "odds": None if found.odds is None else _odds(found.odds),
            "settled": found.settled,
            "first": None
            if found.first is None
            else {"numbers": self._numbers(found.first), "cost": self._cost(found.first)},
            "bracket": {"low": self._numbers(found.low), "high": self._numbers(found.high)},
            "kept": list(asked.kept),
            "steps_down": [
                {"name": s.name, "numbers": self._numbers(s.point), "excess": s.excess, **_odds(s.odds)}
                for s in found.ranked()
            ],
            "deciding": [_outcome(each) for each in found.deciding],
            "knee": None
            if self.knee is None
            else {"holds": self.knee.holds, "breaks": self.knee.breaks, "headroom": self.knee.headroom},
            "one_nine_more": None if self.nine is None else self._sized(self.nine),
            "frontier": [self._sized(each) for each in self.frontier],
            "windows": [vars(span.window) | {"warm_up_s": span.warm_up_s} for span in asked.spans],
            "left_out": [
                {
                    "from_s": e.span.window.from_s,
                    "to_s": e.span.window.to_s,
                    "searched": _outcome(e.searched),
                    **_outcome(e.outcome),
                }
                for e in self.elsewhere
            ],
            "limits": [vars(each) for each in self.lifted],
            "simulations": self.simulations,
            "words": self.words(),
        }

    def _plan(self) -> Iterator[str]:
        asked, found = self.asked, self.found
        said = self._said(found.point)
        what = f"budgets hold with probability {asked.probability:g}"
        if found.odds is None:
            price = significant(self._cost(found.point))
            yield f"No plan within the limits was found whose {what}; the best: {said}, cost {price}"
            for number, each in enumerate(self.lifted):
                first = "the limit that binds" if number == 0 else "another limit"
                rest = (
                    "then they hold"
                    if each.excess < 1.0
                    else f"then the worst budget is still {significant(each.excess)} times its limit"
                )
                yield f"  {first}: {each.name} at most {count(each.limit)}; with {count(each.lifted)} there, {rest}"
            return
        yield f"The smallest plan found whose {what}: {said}"
        yield f"  cost {significant(self._cost(found.point))}; {_held(found.odds, asked.probability)}"
        if not found.settled:
            yield "  not settled: a smaller plan may hold; ask for more --replications"
        if asked.kept:
            yield f"  left as they are, since their number changes over time: {', '.join(asked.kept)}"

    def _binds(self) -> Iterator[str]:
        ranked, busy = self.found.ranked(), self._busy()
        for number, step in enumerate(ranked if self.holds else ()):
            role = "binds: " if number == 0 else "runner-up: " if number == 1 else ""
            load = f", {share(busy[step.name])} busy" if step.name in busy else ""
            held = f"{step.odds.held} of {step.odds.of}"
            most = "" if step.odds.decided or step.odds.holds else "at most "
            yield (
                f"  {role}{step.name} {count(step.number)}{load}; with {count(step.number - 1)} they hold in "
                f"{most}{held}, the worst budget at {significant(step.excess)} of its limit"
            )

    def _room(self) -> Iterator[str]:
        if self.knee is not None:
            breaks = "" if self.knee.breaks is None else f", and break at {significant(self.knee.breaks)}"
            yield (
                f"  knee: with every figure at its estimate the budgets hold up to {significant(self.knee.holds)} "
                f"times the sessions{breaks}; headroom {share(self.knee.headroom)}"
            )
        if self.nine is not None:
            yield f"  one nine more, probability {self.nine.probability:g}: {self._more(self.nine.point)}"
        for each in self.frontier:
            said = "none within the limits" if each.point is None else f"cost {significant(self._cost(each.point))}"
            yield f"  {significant(each.times)} times the sessions: {said}"

    def _more(self, point: Point | None) -> str:
        if point is None:
            return "not within the limits"
        price = self._cost(self.found.point)
        more = self._cost(point) - price
        part = f" ({change(more / price)})" if price else ""
        return f"{significant(more)} more{part}: {self._said(point)}"

    def _left_out(self) -> Iterator[str]:
        windows = ", ".join(self._window(span) for span in self.asked.spans)
        yield f"  simulated: {windows}, each after its run-in"
        for each in self.elsewhere:
            stands = "hold" if each.outcome.holds else "do NOT hold: ask for this --window"
            texts = "; ".join(self._beside(text, each) for text in each.outcome.values)
            yield f"  left out, {self._window(each.span)}: the budgets {stands} ({texts})"

    def _window(self, span: Span) -> str:
        scenario, window = self.asked.forecast.scenario, span.window
        return f"{instant(scenario, window.from_s)} to {instant(scenario, window.to_s)}"

    def _beside(self, text: str, each: Elsewhere) -> str:
        unit = next(budget.unit for budget in self.asked.budgets if budget.text == text)
        there, here = (quantity(one.values.get(text), unit) for one in (each.outcome, each.searched))
        return f"{text}: {there} there, {here} where it was searched"

    def _busy(self) -> Mapping[str, float]:
        seen = self.found.deciding
        return seen[len(seen) // 2].utilisation if seen else {}

    def _numbers(self, point: Point) -> dict[str, int]:
        return {axis.name: number for axis, number in zip(self.asked.axes, point, strict=True)}

    def _said(self, point: Point) -> str:
        return ", ".join(f"{name} {count(number)}" for name, number in self._numbers(point).items())

    def _cost(self, point: Point) -> float:
        return cost(self.asked.axes, point)

    def _sized(self, sized: Sized) -> dict[str, Any]:
        return {
            "times": sized.times,
            "probability": sized.probability,
            "cost": None if sized.point is None else self._cost(sized.point),
            "numbers": None if sized.point is None else self._numbers(sized.point),
        }


def _held(odds: Odds, probability: float) -> str:
    span = interval(odds.low, odds.high, "share")
    said = f"they hold in {odds.held} of {odds.of} replications, {odds.played} of them played"
    said += f" ({span} at 95 %, Clopper-Pearson)"
    return said if odds.decided else f"{said}, which leaves {probability:g} open"


def _odds(odds: Odds) -> dict[str, Any]:
    return {**vars(odds), "share": odds.share}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    values = {text: value if math.isfinite(value) else None for text, value in outcome.values.items()}
    return {"holds": outcome.holds, "excess": outcome.excess, "values": values, "utilisation": outcome.utilisation}
