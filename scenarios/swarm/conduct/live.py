"""The live view's figures: what a run looks like now, from what workers have reported so far."""

from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from reports.budgets import ALL, Budget
from reports.counters import Counters
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line

LAST_S = 10
"""Rates and quantiles are those of so many seconds."""

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
_NONE = Histogram.of({})


class Live:
    """Adds up what the view shows; memory is flat: last seconds, and one histogram a step for the budgets.

    An open step counts as at least as late as it is now, and one that was not ok as later than all others.
    """

    def __init__(self, budgets: Sequence[Budget], measurement: Window) -> None:
        self._budgets, self._measurement = tuple(budgets), measurement
        self._last = deque[tuple[int, Counters]]()
        self._lines = deque[Line]()
        self._open: dict[int, Mapping[str, Histogram]] = {}
        self._cells = defaultdict[tuple[str, str], Histogram](lambda: _NONE)
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
            if line.outcome == "ok" and self._measurement.holds(line.start_s, line.length_s):
                self._cells[line.step, line.kind] += line.histogram
                if line.kind == "response":
                    self._ok[line.step] += line.histogram.count
        for each in counters:
            self._last.append((int(each.start_s), each))
            self.sessions["started"] += each.started
            self.sent += each.sent
            for by in each.outcomes.values():
                self.outcomes.update(by)
            if self._measurement.holds(each.start_s, each.length_s):
                self._offered.update(each.offered_by_step)

    def lost(self, worker: int) -> None:
        """Forget the open steps of a worker that was lost."""
        self._open.pop(worker, None)

    def figures(self, now_s: float) -> dict[str, Any]:
        """Return the last seconds' rates and quantiles, counts of the whole run, and the budgets as they stand."""
        since = int(now_s) - LAST_S
        while self._last and self._last[0][0] < since:
            self._last.popleft()
        while self._lines and self._lines[0].start_s < since:
            self._lines.popleft()
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
        ok = [line.histogram for line in self._lines if line.outcome == "ok"]
        total = sum(line.histogram.count for line in self._lines)
        return _seconds(Histogram.total([*ok, *self._waiting(ALL)]), total + sum(h.count for h in self._waiting(ALL)))

    def _waiting(self, step: str) -> list[Histogram]:
        return [h for by in self._open.values() for name, h in by.items() if step in (ALL, name)]

    def _standing(self, budget: Budget, now_s: float) -> dict[str, Any]:
        value = self._value(budget, now_s)
        kept = None if value is None else budget.holds(value)
        finite = None if value is None or value == float("inf") else value
        return {"text": budget.text, "value": finite, "unit": budget.unit, "keeps": kept}

    def _value(self, budget: Budget, now_s: float) -> float | None:
        """Return a budget's value so far, in its unit; None where nothing can be said while the run goes on."""
        steps = [budget.subject] if budget.subject != ALL else sorted(self._offered)
        offered, ok = sum(self._offered[step] for step in steps), sum(self._ok[step] for step in steps)
        if budget.metric == "goodput":
            passed_s = min(now_s, self._measurement.to_s) - self._measurement.from_s
            return ok / passed_s if passed_s > 0 else None
        if not offered or budget.metric not in ("response", "service", "error_rate"):
            return None
        if budget.metric == "error_rate":
            waiting = sum(h.count for h in self._waiting(budget.subject))
            return max(0, offered - ok - waiting) / offered
        assert budget.quantile is not None, "latency budgets have one"
        known = Histogram.total([*(self._cells[step, budget.metric] for step in steps), *self._waiting(budget.subject)])
        return known.quantile(budget.quantile, max(offered, known.count)) / 1e9


def _seconds(known: Histogram, total: int) -> dict[str, float | None]:
    """Return quantiles in seconds, None where the rank is that of a step that was not ok, or there is none."""
    if not total:
        return dict.fromkeys(QUANTILES)
    values = {name: known.quantile(q, max(total, known.count)) / 1e9 for name, q in QUANTILES.items()}
    return {name: None if value == float("inf") else value for name, value in values.items()}
