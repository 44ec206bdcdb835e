"""The recorder of a stage: what happens to each step becomes histograms and counters, by interval."""

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from models.engines.batch import Records
from reports.buckets import HIGHEST_TRACKABLE_NS, index_of
from reports.bulk import Durations, counted
from reports.counters import Counters, added_up
from reports.histogram import Histogram
from reports.hlog import Line

SKIPPED = "skipped"

_counts = partial(defaultdict[int, int], int)


@dataclass(frozen=True)
class Closed:
    """What a recorder has let go of: lines for the latency log, and counters."""

    latencies: tuple[Line, ...]
    counters: tuple[Counters, ...]


class _Tally:
    """The counts of one open interval."""

    __slots__ = ("clipped", "lag", "offered", "outcomes", "started")

    def __init__(self) -> None:
        self.started = 0
        self.clipped = 0
        self.offered = defaultdict[str, int](int)
        self.outcomes = defaultdict[tuple[str, str], int](int)
        self.lag = _counts()

    def counters(self, start_s: float, length_s: float) -> Counters:
        outcomes = defaultdict[str, dict[str, int]](dict)
        for (step, outcome), count in self.outcomes.items():
            outcomes[step][outcome] = count
        return Counters(
            start_s,
            length_s,
            started=self.started,
            offered_by_step=self.offered,
            outcomes=outcomes,
            lag=Histogram.of(self.lag),
            clipped=self.clipped,
        )


class Recorder:
    """Observes sessions and steps; the swarm and the reference engine call the same three methods, others `steps`.

    `interval_s` is the length of the histograms' intervals, `counters_s` that of the counters': a part of it (default:
    all of it). Memory grows with the intervals that are open, not with the steps. All times are nanoseconds since
    scenario start, as Python integers.
    """

    def __init__(self, interval_s: float, counters_s: float | None = None) -> None:
        self._interval_ns = round(interval_s * 1e9)
        self._tally_ns = round((interval_s if counters_s is None else counters_s) * 1e9)
        if self._interval_ns % self._tally_ns:
            raise ValueError(f"{counters_s} s is no part of {interval_s} s")
        self._response = defaultdict[tuple[str, str, int], dict[int, int]](_counts)
        self._service = defaultdict[tuple[str, str, int], dict[int, int]](_counts)
        self._bulk = Durations()
        self._tallies = defaultdict[int, _Tally](_Tally)
        self._added: list[Counters] = []

    def session(self, instant_ns: int) -> None:
        """Count a session that begins."""
        self._tallies[instant_ns // self._tally_ns].started += 1

    def offered(self, step: str, intended_ns: int) -> None:
        """Count a step whose intended start has come."""
        self._tallies[intended_ns // self._tally_ns].offered[step] += 1

    def step(
        self,
        step: str,
        outcome: str,
        session: int,  # noqa: ARG002 # of the protocol that all observers share, as is the ordinal
        ordinal: int,  # noqa: ARG002
        intended_ns: int,
        sent_ns: int,
        end_ns: int,
        visit: int = 1,  # noqa: ARG002
    ) -> None:
        """Record a step that has ended: response from intended start, service latency from actual send.

        A skipped step was never sent: it has a response, up to the instant it was given up, and nothing else.
        """
        key = (step, outcome, intended_ns // self._interval_ns)
        self._response[key][index_of(end_ns - intended_ns)] += 1
        tally = self._tallies[end_ns // self._tally_ns]
        tally.outcomes[step, outcome] += 1
        if outcome != SKIPPED:
            self._service[key][index_of(end_ns - sent_ns)] += 1
            self._tallies[sent_ns // self._tally_ns].lag[index_of(sent_ns - intended_ns)] += 1
        if not 0 <= end_ns - intended_ns <= HIGHEST_TRACKABLE_NS:
            tally.clipped += 1

    def steps(self, names: Sequence[str], records: Records) -> None:
        """Record steps that have ended, each sent when it was meant, and the sessions that begin with them."""
        if not records.step.size:
            return
        rows, tagged = counted(names, records, self._tally_ns)
        self._bulk.add(records, tagged, self._interval_ns // self._tally_ns)
        on_time = index_of(0)
        for each in rows:
            tally = self._tallies[each.interval]
            tally.started += each.started
            tally.clipped += each.clipped
            if each.offered:
                tally.offered[each.step] += each.offered
                tally.lag[on_time] += each.offered
            for outcome, count in each.outcomes.items():
                tally.outcomes[each.step, outcome] += count

    def add(self, counters: Counters) -> None:
        """Add what others counted in one interval of the counters, such as CPU seconds or bytes."""
        self._added.append(counters)

    def drain(self, before_s: float = math.inf) -> Closed:
        """Return and forget everything about intervals that end by `before_s`.

        What is recorded later about such an interval comes with a later call; lines of one interval add up.
        """
        before_ns = math.inf if before_s == math.inf else round(before_s * 1e9)
        return Closed(self._drain_latencies(before_ns), self._drain_counters(before_ns))

    def _drain_latencies(self, before_ns: float) -> tuple[Line, ...]:
        length_ns = self._interval_ns
        lines = []
        for kind, cells in (("response", self._response), ("service", self._service)):
            for key in [key for key in cells if (key[2] + 1) * length_ns <= before_ns]:
                step, outcome, index = key
                histogram = Histogram.of(cells.pop(key))
                lines.append(Line(step, outcome, kind, index * length_ns / 1e9, length_ns / 1e9, histogram))
        for (step, outcome, index), histogram in self._bulk.drain(lambda index: (index + 1) * length_ns <= before_ns):
            start_s, length_s = index * length_ns / 1e9, length_ns / 1e9
            lines += [Line(step, outcome, kind, start_s, length_s, histogram) for kind in ("response", "service")]
        return tuple(sorted(lines, key=lambda line: (line.start_s, line.step, line.outcome, line.kind)))

    def _drain_counters(self, before_ns: float) -> tuple[Counters, ...]:
        length_ns = self._tally_ns
        ended = [index for index in self._tallies if (index + 1) * length_ns <= before_ns]
        parts = [self._tallies.pop(index).counters(index * length_ns / 1e9, length_ns / 1e9) for index in ended]
        parts += [part for part in self._added if part.end_s * 1e9 <= before_ns]
        self._added = [part for part in self._added if part.end_s * 1e9 > before_ns]
        return added_up(parts)
