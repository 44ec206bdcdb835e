"""Budgets that stop a run: `for 60s stop`, watched second by second while it is played.

At the end of each second of the measurement window a budget's value is that of the last 10 s, or of its own window
(`over`): of the steps that ended in them, and for latencies of those that are open too, at least as late as they are
now. Breached at every second for as long as it says, it stops the run. A second that says nothing breaks the row.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from reports.budgets import ALL, Budget
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.judgement import standing_of
from reports.outcomes import OK
from reports.ranked import Ranked
from reports.spans import ScenarioClock
from scenarios.swarm.conduct.storm import OWN

LAST_S = 10.0
"""A budget without windows of its own is looked at over so many seconds; assumed: shorter than any `for`, and long
enough for several steps."""


@dataclass(frozen=True)
class Breached:
    """A budget that was breached without a break for as long as it says."""

    budget: Budget
    from_s: float
    to_s: float
    value: float
    samples: int


class Stopping:
    """Keeps the last seconds, and since when each budget has been breached."""

    def __init__(self, budgets: Iterable[Budget], measurement: Window, clock: ScenarioClock | None, on: date) -> None:
        stopping = (each for each in budgets if each.stop_after_s is not None and standing_of(each, on) == "counts")
        self._budgets = {budget: _spans(budget, measurement, clock) for budget in stopping}
        self._most_s = max((_length_s(budget) for budget in self._budgets), default=0.0)
        self._from_s = measurement.from_s
        self._lines = deque[tuple[int, Line]]()
        self._ended = deque[tuple[int, Mapping[str, Mapping[str, int]]]]()
        self._since: dict[Budget, float] = {}

    def second(self, number: int, lines: Iterable[Line], counters: Iterable[Counters]) -> None:
        """Take what a worker reported of a second: steps that ended in it."""
        if not self._budgets:
            return
        self._lines.extend((number, line) for line in lines if line.kind in ("response", "service"))
        self._ended.extend((number, each.outcomes) for each in counters)

    def look(self, now_s: int, waiting: Sequence[Mapping[str, Histogram]]) -> Breached | None:
        """Look at the second that ends now; return the budget that stops the run, if one does.

        `waiting` are the open steps of each worker, by how long they have been so.
        """
        for kept in (self._lines, self._ended):
            while kept and kept[0][0] < now_s - self._most_s:
                kept.popleft()
        for budget, spans in self._budgets.items():
            found = self._value(budget, now_s, waiting) if _within(spans, now_s) else None
            if found is None or budget.holds(found[0]):
                self._since.pop(budget, None)
                continue
            since_s = self._since.setdefault(budget, now_s - 1.0)
            assert budget.stop_after_s is not None
            if now_s - since_s >= budget.stop_after_s:
                return Breached(budget, since_s, float(now_s), *found)
        return None

    def _value(
        self, budget: Budget, now_s: int, waiting: Sequence[Mapping[str, Histogram]]
    ) -> tuple[float, int] | None:
        """Return a budget's value over its last seconds and how much it rests on; None where there is nothing."""
        from_s = max(self._from_s, now_s - _length_s(budget))
        if budget.metric in ("response", "service"):
            assert budget.quantile is not None, "no other latency stops a run"
            lines = (line for number, line in self._lines if from_s <= number < now_s)
            own = (line for line in lines if line.kind == budget.metric and budget.subject in (ALL, line.step))
            ranked = Ranked.of(line for line in own if line.start_s >= self._from_s)
            still = [h for by in waiting for step, h in by.items() if budget.subject in (ALL, step)]
            ranked = replace(ranked, at_least=Histogram.total([ranked.at_least, *still]))
            return (ranked.quantile(budget.quantile).value_s, ranked.count) if ranked.count else None
        ended = self._outcomes(budget.subject, from_s, now_s)
        if budget.metric == "goodput":
            return ended[OK] / (now_s - from_s), ended[OK]
        told = ended.total() - sum(ended[own] for own in OWN)
        return ((told - ended[OK]) / told, told) if told else None

    def _outcomes(self, subject: str, from_s: float, to_s: float) -> Counter[str]:
        found: dict[str, int] = defaultdict(int)
        for number, outcomes in self._ended:
            if from_s <= number < to_s:
                for step, by in outcomes.items():
                    if subject in (ALL, step):
                        for outcome, count in by.items():
                            found[outcome] += count
        return Counter(found)


def _length_s(budget: Budget) -> float:
    return LAST_S if budget.over_s is None else budget.over_s


def _spans(budget: Budget, measurement: Window, clock: ScenarioClock | None) -> tuple[Window, ...]:
    if budget.within is None:
        return (measurement,)
    return () if clock is None else tuple(clock.spans(budget.within, measurement))


def _within(spans: tuple[Window, ...], now_s: int) -> bool:
    return any(span.holds(now_s - 1.0, 1.0) for span in spans)
