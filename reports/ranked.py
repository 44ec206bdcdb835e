"""Which steps a latency counts, and how they rank: the one place for summary, gate, page, live view and comparison.

Steps that were ok count at their time. Steps whose answer never came (timed out, abandoned, skipped, unfinished) count
as at least as long as was waited. Steps answered wrongly (failed, rejected, blocked) are left out. So a quantile lies
between two: the lower one ranks those without an answer at the time waited, the upper one above all others. The value
is the lower; where the two differ it is told as "at least".
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from reports.buckets import index_of
from reports.header import Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.outcomes import LEFT_OUT, OK
from reports.run import Run


@dataclass(frozen=True)
class Reached:
    """A latency in seconds; `is_at_least` where steps without an answer keep it from being known."""

    value_s: float
    is_at_least: bool


@dataclass(frozen=True)
class Ranked:
    """Durations of the steps that count: `ok`, and `at_least` for as long as was waited; `left_out` were wrong."""

    ok: Histogram
    at_least: Histogram
    left_out: int = 0

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Ranked":
        """Sort lines of one kind by how their steps ended."""
        lines = tuple(lines)
        ok = Histogram.total(line.histogram for line in lines if line.outcome == OK)
        at_least = Histogram.total(line.histogram for line in lines if line.outcome not in (OK, *LEFT_OUT))
        return cls(ok, at_least, sum(line.histogram.count for line in lines if line.outcome in LEFT_OUT))

    @classmethod
    def total(cls, parts: Iterable["Ranked"]) -> "Ranked":
        """Put steps together."""
        parts = tuple(parts)
        ok, at_least = (Histogram.total(getattr(part, name) for part in parts) for name in ("ok", "at_least"))
        return cls(ok, at_least, sum(part.left_out for part in parts))

    @property
    def count(self) -> int:
        """How many steps count."""
        return self.ok.count + self.at_least.count

    def quantile(self, q: float) -> Reached:
        """Return the q-quantile of the steps that count, ⌈q·n⌉ its rank; ValueError when none does."""
        lower_ns = (self.ok + self.at_least).quantile(q)
        upper_ns = self.ok.quantile(q, self.count) if self.at_least.count else lower_ns
        return Reached(lower_ns / 1e9, upper_ns > lower_ns)

    @property
    def mean(self) -> Reached:
        """The mean of the steps that count; ValueError when none does."""
        return Reached((self.ok + self.at_least).mean_ns / 1e9, self.at_least.count > 0)

    @property
    def greatest(self) -> Reached:
        """The greatest time of the steps that count; ValueError when none does."""
        return Reached((self.ok + self.at_least).max_ns / 1e9, self.at_least.count > 0)


def never_recorded(run: Run, step: str | None, window: Window) -> Iterator[tuple[float, Histogram]]:
    """Yield the times of steps (None: of all) of a window that were offered, and never told to have ended.

    They come by histogram interval, beside its start. Each is open for as long, at least, as the run went on after it.
    """
    key = (never_recorded, step)
    if key not in run.kept:
        run.kept[key] = list(_never_recorded(run, step))
    for start_s, histogram in run.kept[key]:
        if window.holds(start_s, run.header.interval_s):
            yield start_s, histogram


def _never_recorded(run: Run, step: str | None) -> Iterator[tuple[float, Histogram]]:
    missing: dict[int, int] = defaultdict(int)
    interval_s = run.header.interval_s
    for name in run.offered if step is None else [step]:
        for interval, number in run.offered.get(name, {}).items():
            missing[interval] += number
    for line in run.lines("response", step):
        missing[round(line.start_s / interval_s)] -= line.histogram.count
    ended_s = float(run.intervals.end_s[-1]) if len(run.intervals) else 0.0
    for interval, number in sorted(missing.items()):
        if number > 0:
            start_s = interval * interval_s
            open_ns = max(0, round((ended_s - start_s - interval_s) * 1e9))
            yield start_s, Histogram.of({index_of(open_ns): number})
