"""Validity: whether any verdict can rest on a run.

Each finding is one sentence that names what was seen and the limit. A run with a finding is invalid, whatever
its figures look like: a late generator flatters or blackens the portal, and a run that stopped early says
nothing of its end.
"""

from collections.abc import Iterator

from reports.histogram import Histogram
from reports.quantities import count, duration, share
from reports.run import Run
from reports.series import counters_in
from reports.summary import BLOCKED, Summary
from reports.workers import generator_findings

SEND_LAG_P99_S = 0.1
"""A generator that sends one step in a hundred later than this is at fault; assumed."""

GENERATOR_CPU = 0.95
"""A generator that uses more of its core than this, on average over the window, is saturated; assumed."""

STARTED_SHARE = 0.99
"""Fewer of the planned sessions than this make it another load than the one asked for; assumed."""


def findings(run: Run) -> tuple[str, ...]:
    """Return why no verdict can rest on a run, the gravest first; empty when it is valid."""
    return tuple(finding for check in (_state, _stage, _demand, _firewall, _generator) for finding in check(run))


def _state(run: Run) -> Iterator[str]:
    if run.state == "running":
        yield "The run is still being played."
    elif run.state == "interrupted":
        ended_s = max((line.end_s for line in run.latencies), default=0.0)
        yield f"The run was interrupted after {duration(ended_s)} of {duration(run.header.duration_s)}."


def _stage(run: Run) -> Iterator[str]:
    """Repeat what the stage that made the run found, such as a breached law or a silent target."""
    yield from run.header.validity
    yield from run.findings.get("validity", ())


def _demand(run: Run) -> Iterator[str]:
    summary = Summary.of(run)
    achieved = summary.arrivals.achieved
    if not summary.all.offered:
        yield "No step was offered in the measurement window."
    if run.state == "complete" and achieved is not None and achieved < STARTED_SHARE:
        started, planned = summary.arrivals.started_sessions, summary.arrivals.planned_sessions
        yield (
            f"Only {count(started)} of {count(planned)} planned sessions were started "
            f"({share(achieved)}; at least {share(STARTED_SHARE)} are needed)."
        )


def _firewall(run: Run) -> Iterator[str]:
    steps = Summary.of(run).all
    blocked = steps.outcomes.get(BLOCKED, 0)
    if blocked:
        yield f"You measured the firewall: it answered {count(blocked)} of {count(steps.offered)} steps."


def _generator(run: Run) -> Iterator[str]:
    lines = counters_in(run, run.window)
    lag = Histogram.total(line.lag for line in lines)
    if run.header.kind == "measured" and lag.count:
        late_s = lag.quantile(0.99) / 1e9
        if late_s > SEND_LAG_P99_S:
            yield (
                f"The generator sent steps late: send lag p99 was {duration(late_s)} "
                f"over {count(lag.count)} steps "
                f"(at most {duration(SEND_LAG_P99_S)} is allowed)."
            )
    if run.workers:
        yield from generator_findings(run.workers, run.window)
        return
    known = [line.cpu for line in lines if line.cpu is not None]
    if known and sum(known) / len(known) > GENERATOR_CPU:
        yield (
            f"The generator was saturated: it used {share(sum(known) / len(known))} of its core on average "
            f"(at most {share(GENERATOR_CPU)} is allowed)."
        )
