"""The summary of a run: what was offered, how each step ended, and how long it took."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from reports.header import Kind, State, Window
from reports.histogram import Histogram
from reports.quantities import count, share
from reports.run import Run

ALL = "all"
OK = "ok"
BLOCKED = "blocked"
UNFINISHED = "unfinished"


@dataclass(frozen=True)
class Latency:
    """Quantiles over `samples` offered steps, each one that is not ok above every ok one; seconds.

    A quantile is infinite where its rank is that of a step that is not ok: it was not reached. Mean and
    greatest value are of the `ok_samples` steps that were ok; None when there is none.
    """

    samples: int
    ok_samples: int
    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    mean_ok_s: float | None
    max_ok_s: float | None

    @classmethod
    def of(cls, histogram: Histogram, samples: int) -> "Latency | None":
        """Take the quantiles of the ok steps' histogram among all samples; None when there is no sample."""
        if not samples:
            return None
        p50, p90, p95, p99 = (histogram.quantile(q, samples) / 1e9 for q in (0.5, 0.9, 0.95, 0.99))
        mean_s, max_s = (histogram.mean_ns / 1e9, histogram.max_ns / 1e9) if histogram.count else (None, None)
        return cls(samples, histogram.count, p50, p90, p95, p99, mean_s, max_s)

    def to_dict(self) -> dict[str, float | int | None]:
        """Return the figures by name; one that was not reached is None."""
        return {name: None if value == math.inf else value for name, value in asdict(self).items()}


@dataclass(frozen=True)
class StepSummary:
    """What became of one step, or of all, among those with intended start in the window.

    `outcomes` adds up to `offered`. `response` and `service` are None when nothing was offered.
    """

    step: str
    offered: int
    outcomes: Mapping[str, int]
    ok_per_s: float
    response: Latency | None
    service: Latency | None

    @property
    def ok(self) -> int:
        """How many were ok."""
        return self.outcomes.get(OK, 0)

    @property
    def error_rate(self) -> float | None:
        """The share that was not ok; None when nothing was offered."""
        return (self.offered - self.ok) / self.offered if self.offered else None

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name; None where there are none."""
        return {
            "offered": self.offered,
            "outcomes": dict(self.outcomes),
            "ok_per_s": self.ok_per_s,
            "error_rate": self.error_rate,
            "response": self.response and self.response.to_dict(),
            "service": self.service and self.service.to_dict(),
        }


@dataclass(frozen=True)
class Arrivals:
    """Sessions of the whole run: those of the schedule, and those begun, which are first visits.

    `come_backs` are the later visits of citizens who came back after a failure, `reloads` those of a step.
    """

    planned_sessions: int
    started_sessions: int
    come_backs: int = 0
    reloads: int = 0

    @property
    def achieved(self) -> float | None:
        """The share of planned sessions that was begun; None when none was planned."""
        return self.started_sessions / self.planned_sessions if self.planned_sessions else None

    def returns(self) -> str | None:
        """Say how often citizens tried again, beside how many came; None where nobody did."""
        if not self.come_backs and not self.reloads:
            return None
        again = self.come_backs / (self.started_sessions + self.come_backs)
        said = f"visits: first {count(self.started_sessions)}, come back {count(self.come_backs)}"
        return f"{said} ({share(again)} of all); steps reloaded {count(self.reloads)} times"


@dataclass(frozen=True)
class Summary:
    """A run in figures; `steps` holds each step of the header by name, and `all`."""

    kind: Kind
    state: State
    scenario: str
    window: Window
    arrivals: Arrivals
    steps: Mapping[str, StepSummary]

    @classmethod
    def of(cls, run: Run, window: Window | None = None) -> "Summary":
        """Summarise a run over the whole intervals in a window of intended starts (default: `run.window`)."""
        window = run.whole(run.window if window is None else window)
        header = run.header
        arrivals = Arrivals(
            header.planned.sessions,
            sum(line.started for line in run.counters),
            sum(line.come_backs for line in run.counters),
            sum(line.reloads for line in run.counters),
        )
        offered = _offered(run, window)
        steps = {name: _step(run, name, offered[name], window) for name in header.steps}
        steps[ALL] = _step(run, ALL, offered.total(), window)
        return cls(header.kind, run.state, header.scenario, window, arrivals, steps)

    @property
    def all(self) -> StepSummary:
        """All steps together."""
        return self.steps[ALL]

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as the JSON object that `--json` prints."""
        return {
            "kind": self.kind,
            "state": self.state,
            "scenario": self.scenario,
            "window": self.window.model_dump(),
            "arrivals": {**asdict(self.arrivals), "achieved": self.arrivals.achieved},
            "steps": {name: step.to_dict() for name, step in self.steps.items()},
        }


def _offered(run: Run, window: Window) -> Counter[str]:
    offered: Counter[str] = Counter()
    for line in run.counters:
        if window.holds(line.start_s, line.length_s):
            offered.update(line.offered_by_step)
    return offered


def _step(run: Run, name: str, counted: int, window: Window) -> StepSummary:
    """Summarise a step; those counted as offered whose end was never recorded are unfinished."""
    step = None if name == ALL else name
    outcomes: Counter[str] = Counter()
    for line in run.lines("response", step, window=window):
        outcomes[line.outcome] += line.histogram.count
    if counted > outcomes.total():
        outcomes[UNFINISHED] += counted - outcomes.total()
    offered = outcomes.total()
    response, service = (Latency.of(run.histogram(kind, step, OK, window), offered) for kind in ("response", "service"))
    seconds = window.length_s * run.header.replications
    ok_per_s = outcomes[OK] / seconds if seconds else 0.0
    return StepSummary(name, offered, dict(outcomes), ok_per_s, response, service)
