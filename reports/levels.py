"""The levels of a load: what each was answered with, which broke the rule first, and which was the last that held."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from reports.buckets import HIGHEST_TRACKABLE_NS, index_of
from reports.budgets import ALL, Budget
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.outcomes import LEFT_OUT, MOST_WRONG, OK, UNFINISHED
from reports.quantities import count, duration, quantity, rate, share

P99 = 0.99
EDGE_S = 1e-9


@dataclass(frozen=True)
class Level:
    """A span of the run, seconds, with the sessions a second that it plans."""

    from_s: float
    to_s: float
    per_s: float

    def holds(self, start_s: float, length_s: float) -> bool:
        """Tell whether an interval lies wholly inside."""
        return Window(from_s=self.from_s, to_s=self.to_s).holds(start_s, length_s)


class _Seen:
    """What was recorded of one level: by intended start, whole intervals of it only."""

    def __init__(self) -> None:
        self.started, self.seconds = 0, set[tuple[float, float]]()
        self.offered, self.ended = Counter[str](), Counter[str]()
        self.wrong, self.left_out = Counter[str](), Counter[str]()
        self.known = defaultdict[tuple[str, str], Histogram](lambda: Histogram.of({}))


class Levels:
    """Takes what a run records and tells of each level how it went; memory grows with levels and steps only.

    `rule` are budgets of steps (response, service, error_rate) that a level must keep; its first breach ends the load.
    Which steps a latency counts is told by `reports.ranked`: its value is the lower of the two there, and "not reached"
    where more of them were answered wrongly than a latency budget bears. A step that has not ended counts as late as it
    is so far, and neither as ok nor as an error; `replications` are how
    many runs are added up.
    """

    def __init__(self, levels: Sequence[Level], rule: Sequence[Budget] = (), replications: int = 1) -> None:
        self._levels, self._rule, self._replications = tuple(levels), tuple(rule), replications
        self._seen = tuple(_Seen() for _ in self._levels)

    def __bool__(self) -> bool:
        return bool(self._levels)

    @property
    def has_rule(self) -> bool:
        """Whether the load ends by a rule."""
        return bool(self._rule)

    def lines(self, lines: Iterable[Line]) -> None:
        """Add lines of any interval."""
        for line in lines:
            seen = self._at(line.start_s, line.length_s)
            if seen is None or line.kind not in ("response", "service"):
                continue
            if line.outcome not in LEFT_OUT:
                seen.known[line.step, line.kind] += line.histogram
            elif line.kind == "response":
                seen.left_out[line.step] += line.histogram.count
            if line.kind == "response" and line.outcome != UNFINISHED:
                seen.ended[line.step] += line.histogram.count
                seen.wrong[line.step] += 0 if line.outcome == OK else line.histogram.count

    def counters(self, counters: Iterable[Counters]) -> None:
        """Add counters of any interval."""
        for each in counters:
            seen = self._at(each.start_s, each.length_s)
            if seen is not None:
                seen.started += each.started
                seen.offered.update(each.offered_by_step)
                seen.seconds.add((each.start_s, each.length_s))

    def _at(self, start_s: float, length_s: float) -> _Seen | None:
        for level, seen in zip(self._levels, self._seen, strict=True):
            if level.holds(start_s, length_s):
                return seen
        return None

    def broken(self, now_s: float) -> int | None:
        """Return the first of the levels that are over at a time and break the rule; None while all hold."""
        for number, level in enumerate(self._levels):
            if level.to_s <= now_s + EDGE_S and self._breaches(number, now_s):
                return number
        return None

    def until_s(self, number: int) -> float:
        """Return when a level is over."""
        return self._levels[number].to_s

    def _breaches(self, number: int, now_s: float) -> list[tuple[Budget, float]]:
        values = ((budget, self._value(number, budget, now_s)) for budget in self._rule)
        return [(budget, value) for budget, value in values if value is not None and not budget.holds(value)]

    def _value(self, number: int, budget: Budget, now_s: float) -> float | None:
        """Return a budget's value at a level; None where it offered no such step."""
        seen = self._seen[number]
        steps = sorted(seen.offered) if budget.subject == ALL else [budget.subject]
        offered = sum(seen.offered[step] for step in steps)
        if not offered:
            return None
        if budget.metric == "error_rate":
            return sum(seen.wrong[step] for step in steps) / offered
        assert budget.quantile is not None, "latency budgets have one"
        return self._quantile(number, steps, budget.metric, budget.quantile, now_s)

    def _quantile(self, number: int, steps: Sequence[str], kind: str, q: float, now_s: float) -> float:
        seen = self._seen[number]
        known = Histogram.total(seen.known[step, kind] for step in steps)
        left_out, offered = (sum(counts[step] for step in steps) for counts in (seen.left_out, seen.offered))
        if left_out > MOST_WRONG * offered:
            return math.inf
        waiting = max(0, offered - known.count - left_out)
        if waiting:
            age_ns = max(0, round((now_s - self._levels[number].to_s) * 1e9))
            known += Histogram.of({index_of(min(max(1, age_ns), HIGHEST_TRACKABLE_NS)): waiting})
        return known.quantile(q) / 1e9

    def _held(self, number: int, now_s: float) -> bool | None:
        """Tell whether a level held the rule; None where there is none, or part of it had no data there."""
        values = [self._value(number, budget, now_s) for budget in self._rule]
        if self._breaches(number, now_s):
            return False
        return True if values and None not in values else None

    def told(self, text: str, now_s: float, ended_s: float | None = None) -> dict[str, Any]:
        """Return what is kept in a run: the load in words, each level that is over, and what came of it.

        `ended_s` is where the load was ended; a level that was cut short there is told too.
        """
        last_s = now_s if ended_s is None else ended_s
        over = [number for number, level in enumerate(self._levels) if level.to_s <= last_s + EDGE_S]
        if ended_s is not None and len(over) < len(self._levels) and self._levels[len(over)].from_s < ended_s - EDGE_S:
            over.append(len(over))
        broken = next((number for number in over if self._breaches(number, now_s)), None)
        if broken is not None:
            over = over[: over.index(broken) + 1]
        rows = [self._row(number, now_s) for number in over]
        held = [row["per_s"] for row in rows if row["held"]]
        return {
            "load": text,
            "levels": rows,
            "held_per_s": held[-1] if held else None,
            "broke_per_s": None if broken is None else self._levels[broken].per_s,
            "words": self._words(over, broken, now_s),
        }

    def _row(self, number: int, now_s: float) -> dict[str, Any]:
        level, seen = self._levels[number], self._seen[number]
        offered, seconds = sum(seen.offered.values()), sum(length_s for _, length_s in seen.seconds)
        p99_s = self._quantile(number, sorted(seen.offered), "response", P99, now_s) if offered else None
        breaches = self._breaches(number, now_s)
        return {
            "from_s": level.from_s,
            "to_s": level.to_s,
            "per_s": level.per_s,
            "started_per_s": seen.started / seconds / self._replications if seconds else None,
            "steps": offered,
            "error_share": sum(seen.wrong.values()) / offered if offered else None,
            "p99_s": None if p99_s is None or p99_s == float("inf") else p99_s,
            "p99_is_reached": p99_s is not None and p99_s != float("inf"),
            "held": self._held(number, now_s),
            "breaches": [
                {"budget": budget.text, "value": None if value == float("inf") else value, "unit": budget.unit}
                for budget, value in breaches
            ],
        }

    def _words(self, over: Sequence[int], broken: int | None, now_s: float) -> str:
        """Say which load was the last that held."""
        if not over:
            return "No level was over when the run ended."
        if not self._rule:
            return f"{len(over)} of {len(self._levels)} levels were played."
        held = [number for number in over if self._held(number, now_s)]
        if broken is None and len(held) == len(over):
            top = rate(self._levels[over[-1]].per_s)
            return f"All {len(over)} levels played held; the greatest load was {top}. It did not come to its limit."
        last = f"{rate(self._levels[held[-1]].per_s)} was the last load that held" if held else "No level held"
        unknown = len(over) - len(held) - (broken is not None)
        without = f" Of {unknown} of {len(over)} levels nothing is known: they offered no step of the rule's."
        without = without if unknown else ""
        if broken is None:
            return f"{last}; none broke the rule.{without}"
        said = "; ".join(
            f"{budget.text} was broken with {quantity(value, budget.unit)}"
            for budget, value in self._breaches(broken, now_s)
        )
        per_s = rate(self._levels[broken].per_s)
        at = f"the first, {per_s}" if broken == 0 else per_s
        return f"{last}{';' if held else ':'} at {at}, {said}.{without}"


def table(told: Mapping[str, Any]) -> list[str]:
    """Return what a run keeps of its load as lines for a terminal: a row for each level, then what came of it."""
    heads = ("load", "started", "steps", "errors", "p99", "")
    rows = [heads, *(_cells(row) for row in told["levels"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = ["  " + "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    return [str(told["load"]), *(line.rstrip() for line in lines), str(told["words"])]


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    none = "–"
    p99 = none if not row["steps"] else duration(row["p99_s"]) if row["p99_is_reached"] else "not reached"
    started = none if row["started_per_s"] is None else rate(row["started_per_s"])
    errors = none if row["error_share"] is None else share(row["error_share"])
    held = "" if row["held"] is None else "held" if row["held"] else "broke"
    return rate(row["per_s"]), started, count(row["steps"]), errors, p99, held
