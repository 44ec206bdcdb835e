"""Damage: what of a run's files is missing, put together from several runs, or told by a clock that went backwards."""

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from reports.header import Window
from reports.lines import ends_whole
from reports.outcomes import UNFINISHED
from reports.quantities import count, duration, share
from reports.run import Run
from reports.summary import Summary
from reports.writer import COUNTERS, LATENCY

APART_S = 0.002
"""Heads that tell starts farther apart than this are of different runs; times are written in milliseconds."""

LEAST_LOST = 10
"""An interval in which fewer steps than this were offered may well have none that ended; assumed."""

MOST_LOST = 0.01
"""More steps of a complete run than this that were never told to have ended are lost lines, not late ones; assumed."""


def damage(run: Run) -> Iterator[str]:
    """Yield what is wrong with a run's files, each in a sentence."""
    yield from _mixed(run)
    yield from _clocks(run)
    if run.state == "complete":
        yield from (f"{name} ends within a line: what came after it is missing." for name in _cut(run))
    gap = next(_gaps(run), None)
    if gap is not None:
        yield f"Intervals are missing: nothing was counted from {gap.from_s:g} s to {gap.to_s:g} s."
        return
    yield from _excess(run)
    if run.state == "complete" and not _cut(run):
        yield from _lost(run)


def _mixed(run: Run) -> Iterator[str]:
    started_s = run.header.started.timestamp()
    if any(abs(each - started_s) > APART_S for each in run.log.started_s):
        yield "Files of two runs are mixed: latency.hlog tells another start than run.json."
    unknown = sorted({line.step for line in run.latencies} - set(run.header.steps))
    if unknown:
        yield f"Files of two runs are mixed: run.json knows no step {', '.join(unknown)}."


def _excess(run: Run) -> Iterator[str]:
    """Tell of more steps that ended than were offered."""
    window = run.whole(run.window)
    offered = int(run.intervals.offered[run.intervals.held(window)].sum())
    ended = sum(line.histogram.count for line in run.lines("response", window=window))
    if ended > offered and offered:
        yield (
            f"Files of two runs are mixed: {count(ended)} steps of the measurement window ended, "
            f"and {count(offered)} were offered."
        )


def _clocks(run: Run) -> Iterator[str]:
    for number, own in run.vitals.by_worker():
        for at in np.flatnonzero(np.diff(own.t) < 0):
            host = own.hosts[own.host[at + 1]]
            yield f"The clock of worker {number} on {host} went backwards, from {own.t[at]:g} s to {own.t[at + 1]:g} s."
    clipped = int(run.intervals.clipped.sum())
    if clipped and run.header.kind == "measured":
        yield (
            f"A clock went backwards, or stood still: {count(clipped)} steps took less than no time, or more than "
            "an hour."
        )


def _cut(run: Run) -> list[str]:
    """Return the files of a run that end within a line."""
    return [name for name in (LATENCY, COUNTERS) if not ends_whole(run.folder / name)]


def _gaps(run: Run) -> Iterator[Window]:
    """Yield the stretches of the measurement window of which there are no counters."""
    window, told = run.whole(run.window), run.intervals
    touched = (told.end_s > window.from_s) & (told.start_s < window.to_s)
    starts_s = np.append(told.start_s[touched], window.to_s)
    reached_s = np.append(window.from_s, np.maximum.accumulate(told.end_s[touched]))
    for at in np.flatnonzero(starts_s > reached_s + 1e-6) if len(told) else ():
        yield Window(from_s=float(reached_s[at]), to_s=float(starts_s[at]))


def _lost(run: Run) -> Iterator[str]:
    """Tell of steps that were offered and of which the log has nothing: an interval without any, or too many."""
    window, interval_s = run.whole(run.window), run.header.interval_s
    offered: dict[int, int] = defaultdict(int)
    for by_interval in run.offered.values():
        for interval, number in by_interval.items():
            offered[interval] += number
    told = {round(line.start_s / interval_s) for line in run.lines("response")}
    for interval, number in sorted(offered.items()):
        start_s = interval * interval_s
        if number >= LEAST_LOST and interval not in told and window.holds(start_s, interval_s):
            yield (
                f"An interval is missing in latency.hlog: of {count(number)} steps meant to start from {start_s:g} s, "
                f"within {duration(interval_s)}, nothing is told."
            )
            return
    steps = Summary.of(run).all
    recorded = sum(line.histogram.count for line in run.lines("response", outcome=UNFINISHED, window=window))
    lost = steps.outcomes.get(UNFINISHED, 0) - recorded
    if lost > MOST_LOST * steps.offered:
        yield (
            f"Lines are missing in latency.hlog: {count(lost)} of {count(steps.offered)} steps "
            f"({share(lost / steps.offered)}) were never told to have ended."
        )
