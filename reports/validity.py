"""Validity: whether any verdict can rest on a run.

Each finding is one sentence that names what was seen and the limit. A run with a finding is invalid, whatever
its figures look like: a late generator flatters or blackens the portal, and a run that stopped early says
nothing of its end.
"""

from collections.abc import Iterator

import numpy as np

from reports.damage import damage
from reports.outcomes import BLOCKED
from reports.quantities import count, duration, share
from reports.run import Run
from reports.saturation import saturation
from reports.stops import TARGET_RESTARTED, stop_of
from reports.summary import Summary
from reports.warming import warm_up
from reports.workers import LAG_P99_S

GENERATOR_CPU = 0.95
"""A generator that uses more of its core than this, on average over the window, is saturated; assumed."""

LATE_STARTS = 10
"""So many sessions may be started just after the window they were planned in, whatever share they are; assumed."""

STARTED_SHARE = 0.99
"""Fewer of the planned sessions than this make it another load than the one asked for; assumed."""


LEAST_STEPS = 20
"""Fewer steps than this in the window tell nothing of a portal, whatever is asked of them; assumed."""


def findings(run: Run, *, so_far: bool = False) -> tuple[str, ...]:
    """Return why no verdict can rest on a run, the gravest first; empty when it is valid.

    With `so_far` it is no fault of a run that it is still being played.
    """
    found = [*_state(run, so_far=so_far), *_stage(run), *damage(run), *_demand(run), *_target(run), *_firewall(run)]
    found += _generator(run)
    return (*found, *(() if found else warm_up(run)))


def _state(run: Run, *, so_far: bool) -> Iterator[str]:
    if run.state == "running" and not so_far:
        yield "The run is still being played."
    elif run.state == "interrupted" and stop_of(run) is None:
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
    elif summary.all.offered < LEAST_STEPS and stop_of(run) is None:
        what = "step was" if summary.all.offered == 1 else "steps were"
        yield (
            f"Only {count(summary.all.offered)} {what} offered in the measurement window "
            f"(at least {LEAST_STEPS} are needed)."
        )
    if run.state == "complete" and achieved is not None and achieved < STARTED_SHARE:
        started, planned = summary.arrivals.started_sessions, summary.arrivals.planned_sessions
        yield (
            f"Only {count(started)} of {count(planned)} planned sessions were started "
            f"({share(achieved)}; at least {share(STARTED_SHARE)} are needed)."
        )
    else:
        yield from _rate(run)


def _rate(run: Run) -> Iterator[str]:
    """Tell whether the planned rate was not reached in the measurement window, though it was over the whole run."""
    held = run.intervals.held(run.window)
    planned, started = (int(column[held].sum()) for column in (run.intervals.planned, run.intervals.started))
    if planned and started < STARTED_SHARE * planned and planned - started > LATE_STARTS:
        yield (
            f"The planned rate was not reached: {count(started)} of {count(planned)} sessions planned in the "
            f"measurement window were started in it ({share(started / planned)}; at least {share(STARTED_SHARE)} "
            "are needed)."
        )


def _target(run: Run) -> Iterator[str]:
    restarts = [event for event in run.events if event["event"] == TARGET_RESTARTED]
    if restarts:
        times = "" if len(restarts) == 1 else f"{count(len(restarts))} times, first "
        at = duration(float(restarts[0]["t"]))
        yield f"The target was restarted while it was measured: {times}{at} into the run."


def _firewall(run: Run) -> Iterator[str]:
    steps = Summary.of(run).all
    blocked = steps.outcomes.get(BLOCKED, 0)
    if blocked:
        yield f"You measured the firewall: it answered {count(blocked)} of {count(steps.offered)} steps."


def _generator(run: Run) -> Iterator[str]:
    lag = run.intervals.send_lags(run.window)
    if run.header.kind == "measured" and lag.count:
        late_s = lag.quantile(0.99) / 1e9
        if late_s > LAG_P99_S:
            yield (
                f"The generator sent steps late: send lag p99 was {duration(late_s)} "
                f"over {count(lag.count)} steps "
                f"(at most {duration(LAG_P99_S)} is allowed)."
            )
    if len(run.vitals):
        yield from saturation(run.vitals, run.window)
        return
    cpu = run.intervals.cpu[run.intervals.held(run.window)]
    known = cpu[~np.isnan(cpu)]
    if known.size and known.mean() > GENERATOR_CPU:
        yield (
            f"The generator was saturated: it used {share(float(known.mean()))} of its core on average "
            f"(at most {share(GENERATOR_CPU)} is allowed)."
        )
