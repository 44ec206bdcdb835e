"""The live view's figures: what a run looks like now, from what workers have reported so far."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from reports.budgets import ALL, Budget
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.metrics import MEAN
from reports.outcomes import LEFT_OUT, OK
from reports.ranked import Ranked, Reached

LAST_S = 10
"""Rates and quantiles are those of so many seconds."""

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_NONE = Histogram.of({})


class Live:
    """Adds up what the view shows; memory is flat: last seconds, and one histogram a step for the budgets.

    Which steps a latency counts is told by `reports.ranked`; an open one counts as at least as late as it is now.
    """

    def __init__(self, budgets: Sequence[Budget], measurement: Window) -> None:
        self._budgets, self._measurement = tuple(budgets), measurement
        self._last = deque[tuple[int, Counters]]()
        self._newest_s = 0
        self._lines = deque[Line]()
        self._open: dict[int, Mapping[str, Histogram]] = {}
        self._ok_times, self._at_least = (defaultdict[tuple[str, str], Histogram](lambda: _NONE) for _ in range(2))
        self._offered, self._ok = Counter[str](), Counter[str]()
        self.outcomes, self.sessions = Counter[str](), Counter[str]()
        self.sent = 0
        self.vitals: dict[int, Mapping[str, Any]] = {}

    def second(
        self, worker: int, lines: Iterable[Line], counters: Iterable[Counters], waiting: Mapping[str, Histogram]
    ) -> None:
        """Take what a worker reported of a second; `waiting` are its open steps, by how long they have been so."""
        self._open[worker] = waiting
        for line in lines:
            if line.kind not in ("response", "service"):
                continue
            if line.kind == "response":
                self._lines.append(line)
            if self._measurement.holds(line.start_s, line.length_s):
                self._measured(line)
        for each in counters:
            self._last.append((int(each.start_s), each))
            self.sessions["started"] += each.started
            self.sent += each.sent
            for by in each.outcomes.values():
                self.outcomes.update(by)
            if self._measurement.holds(each.start_s, each.length_s):
                self._offered.update(each.offered_by_step)
            self._newest_s = max(self._newest_s, int(each.start_s))
        self._forget(self._newest_s)

    def _forget(self, now_s: int) -> None:
        """Forget what was before the last seconds: nobody may be watching."""
        since_s = now_s - LAST_S
        while self._last and self._last[0][0] < since_s:
            self._last.popleft()
        while self._lines and self._lines[0].start_s < since_s:
            self._lines.popleft()

    def _measured(self, line: Line) -> None:
        """Add a line of the measurement window."""
        if line.outcome == OK:
            self._ok_times[line.step, line.kind] += line.histogram
            self._ok[line.step] += line.histogram.count if line.kind == "response" else 0
        elif line.outcome not in LEFT_OUT:
            self._at_least[line.step, line.kind] += line.histogram

    @property
    def open(self) -> list[Mapping[str, Histogram]]:
        """The open steps of each worker, by how long they have been so."""
        return list(self._open.values())

    def lost(self, worker: int) -> None:
        """Forget the open steps of a worker that was lost."""
        self._open.pop(worker, None)

    def figures(self, now_s: float) -> dict[str, Any]:
        """Return the last seconds' rates and quantiles, counts of the whole run, and the budgets as they stand."""
        self._forget(int(now_s))
        seconds = min(LAST_S, max(1, int(now_s)))
        recent = [counters for _, counters in self._last]
        return {
            "sessions": {"started": self.sessions["started"]},
            "steps": {"sent": self.sent, "outcomes": dict(sorted(self.outcomes.items()))},
            "last": {
                "seconds": seconds,
                "started_per_s": sum(each.started for each in recent) / seconds,
                "offered_per_s": sum(each.offered for each in recent) / seconds,
                "sent_per_s": sum(each.sent for each in recent) / seconds,
                "response_s": self._quantiles(),
            },
            "budgets": [self._standing(budget, now_s) for budget in self._budgets],
        }

    def _quantiles(self) -> dict[str, float | None]:
        recent = self._with_open(Ranked.of(self._lines), ALL)
        if not recent.count:
            return dict.fromkeys(QUANTILES)
        return {name: recent.quantile(q).value_s for name, q in QUANTILES.items()}

    def _with_open(self, ranked: Ranked, step: str) -> Ranked:
        return replace(ranked, at_least=Histogram.total([ranked.at_least, *self._waiting(step)]))

    def _waiting(self, step: str) -> list[Histogram]:
        return [h for by in self._open.values() for name, h in by.items() if step in (ALL, name)]

    def _standing(self, budget: Budget, now_s: float) -> dict[str, Any]:
        found = self._value(budget, now_s)
        return {
            "text": budget.text,
            "value": None if found is None else found.value_s,
            "is_at_least": found is not None and found.is_at_least,
            "unit": budget.unit,
            "keeps": None if found is None else budget.holds(found.value_s),
        }

    def _value(self, budget: Budget, now_s: float) -> Reached | None:
        """Return a budget's value so far, in its unit; None where nothing can be said while the run goes on."""
        if budget.is_relative or budget.over_s is not None or budget.within is not None:
            return None
        steps = [budget.subject] if budget.subject != ALL else sorted(self._offered)
        offered, ok = sum(self._offered[step] for step in steps), sum(self._ok[step] for step in steps)
        if budget.metric == "goodput":
            passed_s = min(now_s, self._measurement.to_s) - self._measurement.from_s
            return Reached(ok / passed_s, is_at_least=False) if passed_s > 0 else None
        if not offered or budget.metric not in ("response", "service", "error_rate"):
            return None
        if budget.metric == "error_rate":
            waiting = sum(h.count for h in self._waiting(budget.subject))
            return Reached(max(0, offered - ok - waiting) / offered, is_at_least=False)
        return self._latency(budget, steps)

    def _latency(self, budget: Budget, steps: Sequence[str]) -> Reached | None:
        ok, at_least = (
            Histogram.total(times[step, budget.metric] for step in steps) for times in (self._ok_times, self._at_least)
        )
        ranked = self._with_open(Ranked(ok, at_least), budget.subject)
        if not ranked.count:
            return None
        if budget.quantile is not None:
            return ranked.quantile(budget.quantile)
        return ranked.mean if budget.aggregate == MEAN else ranked.greatest
