"""The course of a replication: when most wait, how far that is behind the busiest arrivals, and which station binds."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from models.demand.rates import Points, between
from reports.counters import StationLoad, mean_load
from reports.header import Window
from reports.run import Run

STRETCH_S = 10.0
"""Stations are looked at over at least this long: a single server is all busy for a second by chance; assumed."""

BOUND = 0.95
"""A station that is so busy over a stretch binds; assumed."""

DRAINED = 0.05
"""A queue has drained when no more than this share of the most that waited still does; assumed."""

NOBODY = 1.0
"""Fewer waiting on average, over the worst stretch, are no queue."""

STEADY = 1e-9


@dataclass(frozen=True)
class Course:
    """What one replication came to; times are seconds since scenario start.

    `busiest_s` is the last instant of the most arrivals (None: they are steady). Over stretches of time, `worst_s` is
    the middle of that in which most wait, all queues together, `waiting` of them, most of these at `queue`;
    `drained_s` when only a twentieth still waits; `is_last` tells that the worst is the last stretch simulated. Where
    nobody waits there is no worst. `binding` is the station that is first so busy that it binds, at `bound_s`; None
    there means that none binds, and `binding` is the busiest.
    """

    busiest_s: float | None
    worst_s: float | None
    waiting: float
    binding: str | None
    bound_s: float | None
    queue: str | None = None
    drained_s: float | None = None
    is_last: bool = False

    @property
    def behind_s(self) -> float | None:
        """How far the worst queue is behind the busiest arrivals."""
        return None if self.worst_s is None or self.busiest_s is None else self.worst_s - self.busiest_s


def course_of(run: Run, rate: Points, ends_s: float) -> Course:
    """Read the course of a replication from its window's begin on; `rate` is the mean rate at which sessions come."""
    stretches = _stretches(run, run.window.from_s, ends_s)
    waiting = {at: sum(load.backlog for load in loads.values()) for at, loads in stretches.items()}
    binding, bound_s = _binding(stretches)
    window = Window(from_s=run.window.from_s, to_s=min(run.window.to_s, rate[-1][0]))
    busiest_s = _busiest(rate, window)
    if not waiting or max(waiting.values()) < NOBODY:
        return Course(busiest_s, None, max(waiting.values(), default=0.0), binding, bound_s)
    worst = max(waiting, key=lambda at: waiting[at])
    after = [at for at in waiting if at > worst]
    drained = next((at for at in after if waiting[at] <= max(NOBODY, DRAINED * waiting[worst])), None)
    loads, half_s = stretches[worst], _length(run) / 2
    return Course(
        busiest_s,
        worst + half_s,
        waiting[worst],
        binding,
        bound_s,
        queue=max(loads, key=lambda name: loads[name].backlog),
        drained_s=None if drained is None else drained + half_s,
        is_last=not after,
    )


def _length(run: Run) -> float:
    return max(STRETCH_S, run.header.interval_s)


def _stretches(run: Run, from_s: float, ends_s: float) -> dict[float, Mapping[str, StationLoad]]:
    """Return the stations' mean loads by the begin of each stretch, in order of time."""
    length_s = _length(run)
    found: dict[float, dict[str, list[StationLoad]]] = {}
    for line in run.counters:
        if from_s <= line.start_s < ends_s and line.stations:
            there = found.setdefault(line.start_s // length_s * length_s, defaultdict(list))
            for name, load in line.stations.items():
                there[name].append(load)
    return {at: {name: mean_load(loads) for name, loads in there.items()} for at, there in sorted(found.items())}


def _binding(stretches: Mapping[float, Mapping[str, StationLoad]]) -> tuple[str | None, float | None]:
    """Return the station that is first all but busy, and when; else the busiest over any stretch, and None."""
    busiest, most = None, -1.0
    for at, loads in stretches.items():
        name = max(loads, key=lambda each: (loads[each].utilisation, loads[each].backlog))
        if loads[name].utilisation >= BOUND:
            return name, at
        if loads[name].utilisation > most:
            busiest, most = name, loads[name].utilisation
    return busiest, None


def _busiest(rate: Points, window: Window) -> float | None:
    points = between(rate, window.from_s, window.to_s)
    most, least = max(each for _, each in points), min(each for _, each in points)
    if most - least <= STEADY * most:
        return None
    return max(at for at, each in points if each >= most * (1 - STEADY))
