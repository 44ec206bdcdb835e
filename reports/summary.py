"""The summary of a run: what was offered, how each step ended, and how long it took."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

from reports.header import Kind, State, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.metrics import ALL
from reports.outcomes import OK, UNFINISHED, WRONG
from reports.quantities import at_least, count, share
from reports.ranked import Ranked, never_recorded
from reports.run import Run

QUANTILES = {"p50_s": 0.5, "p90_s": 0.9, "p95_s": 0.95, "p99_s": 0.99}


@dataclass(frozen=True)
class Latency:
    """Quantiles over the `samples` steps that count, seconds; `reports.ranked` tells which do.

    `at_least` names the quantiles that are lower bounds, since steps without an answer keep them from being known.
    Mean and greatest value are of the `ok_samples` steps that were ok; None when there is none.
    """

    samples: int
    ok_samples: int
    p50_s: float
    p90_s: float
    p95_s: float
    p99_s: float
    mean_ok_s: float | None
    max_ok_s: float | None
    at_least: tuple[str, ...] = ()

    @classmethod
    def of(cls, ranked: Ranked) -> "Latency | None":
        """Take the quantiles of the steps that count; None when none does."""
        if not ranked.count:
            return None
        found = {name: ranked.quantile(q) for name, q in QUANTILES.items()}
        ok = ranked.ok
        mean_s, max_s = (ok.mean_ns / 1e9, ok.max_ns / 1e9) if ok.count else (None, None)
        bounds = tuple(name for name, reached in found.items() if reached.is_at_least)
        values = {name: reached.value_s for name, reached in found.items()}
        return cls(ranked.count, ok.count, mean_ok_s=mean_s, max_ok_s=max_s, at_least=bounds, **values)

    def words(self, name: str) -> str:
        """Write a quantile such as `p95_s` with its unit: a lower bound as "at least"."""
        return at_least(getattr(self, name), "s", is_bound=name in self.at_least)

    def to_dict(self) -> dict[str, Any]:
        """Return the figures by name."""
        return {**asdict(self), "at_least": list(self.at_least)}


@dataclass(frozen=True)
class StepSummary:
    """What became of one step, or of all, among those with intended start in the window.

    `outcomes` adds up to `offered`; latencies are ranked when they are first asked for.
    """

    step: str
    offered: int
    outcomes: Mapping[str, int]
    ok_per_s: float
    part: "_Part" = field(repr=False)

    @cached_property
    def response(self) -> Latency | None:
        """Response times; None when no step counts."""
        return Latency.of(self.part.response)

    @cached_property
    def service(self) -> Latency | None:
        """Service latencies; None when no step counts."""
        return Latency.of(self.part.service)

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
        key = (cls, window.from_s, window.to_s)
        if key not in run.kept:
            run.kept[key] = cls._made(run, window)
        found: Summary = run.kept[key]
        return found

    @classmethod
    def _made(cls, run: Run, window: Window) -> "Summary":
        header, told = run.header, run.intervals
        arrivals = Arrivals(
            header.planned.sessions,
            *(int(column.sum()) for column in (told.started, told.come_backs, told.reloads)),
        )
        parts = {name: _Part.of(run, name, window) for name in run.steps}
        parts |= {name: _Part.nothing() for name in header.steps if name not in parts}
        seconds = window.length_s * header.replications
        steps = {name: parts[name].summary(name, seconds) for name in header.steps}
        steps[ALL] = _Part.total(parts.values()).summary(ALL, seconds)
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


def wrong_of(run: Run, name: str, windows: Iterable[Window]) -> tuple[int, int]:
    """Return how many steps were answered wrongly (failed or rejected), and how many offered, in some windows."""
    step = None if name == ALL else name
    outcomes: Counter[str] = Counter()
    for window in windows:
        outcomes += _outcomes(run, step, window)
        outcomes[UNFINISHED] += sum(histogram.count for _, histogram in never_recorded(run, step, window))
    return sum(outcomes[outcome] for outcome in WRONG), outcomes.total()


@dataclass(frozen=True, eq=False)
class _Part:
    """What a window holds of one step, or of several: outcomes, and how its times of a kind rank, when it is asked."""

    outcomes: Counter[str]
    ranked: Callable[[str], Ranked]

    @cached_property
    def response(self) -> Ranked:
        return self.ranked("response")

    @cached_property
    def service(self) -> Ranked:
        return self.ranked("service")

    @classmethod
    def of(cls, run: Run, step: str, window: Window) -> "_Part":
        """Read a step; those counted as offered whose end was never recorded are unfinished."""
        outcomes = _outcomes(run, step, window)
        missing = Histogram.total(histogram for _, histogram in never_recorded(run, step, window))
        if missing.count:
            outcomes[UNFINISHED] += missing.count

        def ranked(kind: str) -> Ranked:
            lines = run.lines(kind, step, window=window)
            if kind == "service" and _are_alike(lines, run.lines("response", step, window=window)):
                return part.response
            found = Ranked.of(lines)
            return replace(found, at_least=found.at_least + missing)

        part = cls(outcomes, ranked)
        return part

    @classmethod
    def nothing(cls) -> "_Part":
        none = Ranked(Histogram.of({}), Histogram.of({}))
        return cls(Counter(), lambda _: none)

    @classmethod
    def total(cls, parts: Iterable["_Part"]) -> "_Part":
        parts = tuple(parts)
        outcomes = sum((part.outcomes for part in parts), Counter[str]())
        return cls(outcomes, lambda kind: Ranked.total(getattr(part, kind) for part in parts))

    def summary(self, name: str, seconds: float) -> StepSummary:
        """Summarise it, over so many seconds."""
        ok_per_s = self.outcomes[OK] / seconds if seconds else 0.0
        return StepSummary(name, self.outcomes.total(), dict(self.outcomes), ok_per_s, self)


def _are_alike(lines: Sequence[Line], others: Sequence[Line]) -> bool:
    """Tell whether lines hold the same histograms as others: a model's service latency is its response."""
    return len(lines) == len(others) and all(a.histogram is b.histogram for a, b in zip(lines, others, strict=True))


def _outcomes(run: Run, step: str | None, window: Window) -> Counter[str]:
    """Count how the steps of a window ended whose end was recorded."""
    outcomes: Counter[str] = Counter()
    for line in run.lines("response", step, window=window):
        outcomes[line.outcome] += line.histogram.count
    return outcomes
