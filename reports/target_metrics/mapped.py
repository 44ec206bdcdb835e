"""From series to meters: which series tells of which station, by the plan's `[observed]`; whether it covers the run."""

import difflib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput, Mistake
from models.plan import Plan
from models.uncertainty import ObservedEntry
from reports.header import Window
from reports.run import Run
from reports.target_metrics.meter import Meter, Meters, together
from reports.target_metrics.prometheus import read_prometheus
from reports.target_metrics.series import Series
from reports.target_metrics.table import read_table

AROUND_S = 120.0
"""So much is asked for before and after a run, so that its ends lie between two samples."""

SPARSEST_S = 60.0
"""Samples may lie so far apart, and end so long before the run does; a level is hardly longer. Assumed."""


def meters_of(metrics: str | None, plan: Plan, run: Run, servers: Mapping[str, int]) -> Meters:
    """Return what a target's metrics tell of a run: of a Prometheus (its URL), of a table (its path), or its own.

    `servers` turn a busy share into busy servers. Without metrics it is what the run itself has: utilisations of a
    simulated one; of a measured one the processor time of its target, at the plan's first station. Raises BadInput when
    they do not answer, tell nothing of a station, do not cover the run, or restart on the way.
    """
    if metrics is None:
        return _own(plan, run)
    if not plan.observed:
        remedy = 'add for example: [observed] portal = { metric = "process_cpu_seconds_total", is = "busy_seconds" }'
        rule = "is missing, so that nobody knows which metric tells of which station"
        raise BadInput.single(f"plan {plan.name}", "observed", None, rule, remedy)
    began_s = run.header.started.timestamp()
    window = Window(from_s=0.0, to_s=run.header.duration_s)
    series = _read(metrics, {entry.metric for entry in plan.observed.values()}, began_s, window)
    mistakes: list[Mistake] = []
    found: dict[str, list[tuple[str | None, Meter]]] = {}
    for station, entry in plan.observed.items():
        own = [_begun(entry, each, began_s) for each in series if each.name == entry.metric]
        wrong = [*_unfit(metrics, station, entry, own, series, window, began_s)]
        mistakes += wrong
        if not wrong:
            found[station] = [*_metered(entry, own, began_s, servers.get(station, 1))]
    if mistakes:
        raise BadInput(mistakes)
    by_step = {station: _by_step(own) for station, own in found.items() if plan.observed[station].by is not None}
    return Meters({station: together(each for _, each in own) for station, own in found.items()}, by_step)


def _own(plan: Plan, run: Run) -> Meters:
    """Return the meters that a run brings along, members of a family together."""
    stations = defaultdict[str, defaultdict[tuple[float, float], float]](lambda: defaultdict(float))
    for line in run.counters:
        interval = line.start_s, line.length_s
        if line.target_cpu_s is not None:
            stations[next(iter(plan.stations))][interval] += line.target_cpu_s
        for name, load in line.stations.items():
            if load.servers is not None:
                stations[name.partition("[")[0]][interval] += load.utilisation * load.servers * line.length_s
    return Meters({name: meter for name, own in stations.items() if (meter := _of_intervals(own)) is not None})


def _of_intervals(busy_s: Mapping[tuple[float, float], float]) -> Meter | None:
    """Make a meter of busy seconds by interval (start, length); None where one is missing between two."""
    intervals = sorted(busy_s)
    if any(abs(start_s + length_s - after[0]) > 1e-6 for (start_s, length_s), after in pairwise(intervals)):
        return None
    times_s = np.array([intervals[0][0], *(start_s + length_s for start_s, length_s in intervals)])
    return Meter(times_s, np.concatenate([[0.0], np.cumsum([busy_s[interval] for interval in intervals])]))


def _read(metrics: str, names: set[str], began_s: float, window: Window) -> tuple[Series, ...]:
    if urlsplit(metrics).scheme in ("http", "https"):
        return read_prometheus(metrics, names, began_s + window.from_s - AROUND_S, began_s + window.to_s + AROUND_S)
    return read_table(Path(metrics), names)


def _begun(entry: ObservedEntry, series: Series, began_s: float) -> Series:
    """Let a step's counter that is first seen during the run begin at 0: it appears with the first such request."""
    if entry.by is None or entry.what != "busy_seconds" or series.times_s.size < 2 or series.times_s[0] <= began_s:
        return series
    before_s = float(series.times_s[0] - np.median(np.diff(series.times_s)))
    times_s = sorted({min(before_s, began_s - 1.0), before_s})
    ends = np.concatenate([times_s, series.times_s]), np.concatenate([np.zeros(len(times_s)), series.values])
    return Series(series.name, series.labels, *ends)


def _unfit(
    metrics: str,
    station: str,
    entry: ObservedEntry,
    own: Sequence[Series],
    all_series: Sequence[Series],
    window: Window,
    began_s: float,
) -> Iterator[Mistake]:
    """Yield what is wrong with the series of a station."""
    where = f"observed.{station}"
    if not own:
        close = difflib.get_close_matches(entry.metric, {each.name for each in all_series}, n=1)
        remedy = "let it be scraped while the swarm plays, or correct the name"
        remedy = f"did you mean `{close[0]}`?" if close else remedy
        yield Mistake(metrics, where, entry.metric, f"is not there {_when(began_s, window)}", remedy)
    for each in own:
        if entry.by is not None and entry.by not in each.labels:
            yield Mistake(metrics, where, each.called, f"has no label `{entry.by}`", "correct `by`, or leave it out")
        yield from _gaps(metrics, where, each, began_s, window)
        inside = (each.times_s >= began_s + window.from_s - SPARSEST_S) & (each.times_s <= began_s + window.to_s)
        values = each.values[inside]
        if entry.what == "busy_seconds" and values.size > 1 and np.diff(values).min() < 0:
            at_s = float(each.times_s[inside][1:][np.diff(values) < 0][0]) - began_s
            rule = f"falls {at_s:.0f} s into the run, and a counter never does: the target was restarted"
            yield Mistake(metrics, where, each.called, rule, "measure again, without a restart")
        elif entry.what == "share" and values.size and not 0 <= values.min() <= values.max() <= 1.001:
            rule = f"is {values.max() if values.max() > 1 else values.min():g}, and a share lies between 0 and 1"
            yield Mistake(metrics, where, each.called, rule, 'divide it by 100, or map it as `is = "in_use"`')


def _gaps(metrics: str, where: str, series: Series, began_s: float, window: Window) -> Iterator[Mistake]:
    """Tell of a series that does not cover the run, or has a gap in it."""
    from_s, to_s = began_s + window.from_s, began_s + window.to_s
    inside = series.times_s[(series.times_s >= from_s - SPARSEST_S) & (series.times_s <= to_s + SPARSEST_S)]
    edges = np.concatenate([[from_s], inside[(inside > from_s) & (inside < to_s)], [to_s]])
    longest = float(np.diff(edges).max())
    if not inside.size or longest > SPARSEST_S:
        rule = f"does not cover the run {_when(began_s, window)}: {longest:.0f} s of it have no sample"
        yield Mistake(metrics, where, series.called, rule, f"sample it every {SPARSEST_S / 4:.0f} s or more often")


def _metered(
    entry: ObservedEntry, own: Iterable[Series], began_s: float, servers: int
) -> Iterator[tuple[str | None, Meter]]:
    """Yield each series' meter, after its step where it has one."""
    for each in own:
        times_s = each.times_s - began_s
        step = None if entry.by is None else each.labels[entry.by]
        if entry.what == "busy_seconds":
            yield step, Meter(times_s, each.values)
        else:
            yield step, Meter.of_gauge(times_s, each.values * (servers if entry.what == "share" else 1))


def _by_step(own: Iterable[tuple[str | None, Meter]]) -> dict[str, Meter]:
    steps = defaultdict[str, list[Meter]](list)
    for step, meter in own:
        steps[str(step)].append(meter)
    return {step: together(parts) for step, parts in steps.items()}


def _when(began_s: float, window: Window) -> str:
    ends = (datetime.fromtimestamp(began_s + at_s, VIETNAM) for at_s in (window.from_s, window.to_s))
    return "from {:%Y-%m-%d %H:%M:%S} to {:%H:%M:%S (%z)}".format(*ends)
