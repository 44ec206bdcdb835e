"""The levels of a measured run as calibration takes them: what was offered and answered, how busy the target was.

Of each hold the first fifth is left out, in which the queues find their level, and more of it where the level before
left much behind: until no more steps are under way than half as many again as usual later in the hold. Steps are
counted by intended start.
Low-load **probes** tell how slow the target was around a level: with m_ps the median service latency of step s in probe
p, m_s in all probes, n_ps how many there were and σ_s the spread of their logarithms,

    ln slowness_p = Σ_s n_ps·ln(m_ps/m_s) / N_p        standard error ε_p = √(π/2 · Σ_s n_ps·σ_s²) / N_p

over their calm intervals: those in which no more steps are offered than half as many again as the probe's own sessions
come to, for those of a busy level before it go on for a while. A level's drift is the difference d of its two probes
beyond what sampling explains, ±√(d² − ε²) with ε² = ε₁² + ε₂², and 0 unless it is above 3ε; its slowness likewise.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from models.calibration.observed import Blocks, Latencies, Level
from reports.buckets import MEDIAN_NS
from reports.header import Window
from reports.histogram import Histogram
from reports.quantities import change, share
from reports.run import Run
from reports.series import LatencySeries, Rows
from reports.target_metrics.meter import Meter, Meters

SETTLING_SHARE = 0.2
"""Of a hold is left out at its start; of the contract between calibration's parts, assumed."""

BLOCK_S = 5.0
FEWEST_BLOCKS = 4
QUARTILES_APART = 1.3489795003921634
"""Between the quartiles of the standard normal distribution."""

FEWEST_PROBED = 20
"""Steps that a probe must have had to tell a speed; assumed."""

CERTAIN = 3.0
"""Standard errors beyond which a difference of probes is none of chance; assumed."""

CALM = 1.5
"""An interval of a probe in which so many times the steps are offered that it asks for is none of low load; assumed."""

MUCH, FEW = 1.5, 4.0
"""So many times as many steps under way as usual later are left from the level before, if more than few; assumed."""

MOST_DRIFT = 0.02
"""Probes that differ by more are told; of issue 8."""


@dataclass(frozen=True)
class Hold:
    """A stretch of a run that is planned at one rate, sessions a second; a probe lies between two others."""

    name: str
    from_s: float
    to_s: float
    per_s: float = 0.0
    is_probe: bool = False
    settles: bool = True

    @property
    def settled_s(self) -> float:
        """When it has settled, if nothing was left behind."""
        return self.from_s + (SETTLING_SHARE if self.settles else 0.0) * (self.to_s - self.from_s)


@dataclass(frozen=True)
class MeasuredLevel:
    """A level with the run and window that it is of; `speed` is how slow the target was around it.

    That is by what its latencies at low load differed from those of all the run's probes, 1 for none; None where there
    were no probes that tell.
    """

    run: Run
    window: Window
    level: Level
    speed: float | None


def measured_levels(
    run: Run, holds: Sequence[Hold], meters: Meters, servers: Mapping[str, int]
) -> tuple[MeasuredLevel, ...]:
    """Return the levels of a run, in the order of play; those without a whole interval are left out."""
    under_way = _UnderWay.of(run)
    probes = _probed(run, [hold for hold in holds if hold.is_probe], under_way)
    found = []
    for number, hold in enumerate(holds):
        window = run.whole(under_way.steady(hold, under_way.usual(hold)))
        if hold.is_probe or window.length_s <= 0:
            continue
        speed, drift = _around(probes, holds, number)
        found.append(MeasuredLevel(run, window, level_of(run, hold.name, window, meters, servers, drift), speed))
    return tuple(found)


def level_of(
    run: Run,
    name: str,
    window: Window,
    meters: Meters,
    servers: Mapping[str, int],
    drift: float | None = None,
) -> Level:
    """Return what a run measured in a window of whole intervals."""
    busy = {station: meter for station, meter in meters.whole.items() if _covers(meter, window)}
    return Level(
        name=name,
        begins_s=window.from_s,
        length_s=window.length_s,
        offered={step: offered_in(run, step, window) for step in run.header.steps},
        ok={step: run.histogram("response", step, "ok", window).count for step in run.header.steps},
        response={step: latencies(run.histogram("response", step, "ok", window)) for step in run.header.steps},
        service={step: latencies(run.histogram("service", step, "ok", window)) for step in run.header.steps},
        busy={station: meter.mean(window.from_s, window.to_s) for station, meter in busy.items()},
        busy_by_step={
            station: {step: meter.mean(window.from_s, window.to_s) for step, meter in steps.items()}
            for station, steps in meters.by_step.items()
            if station in busy
        },
        blocks=_blocks(run, window, busy),
        servers=dict(servers),
        drift=drift,
    )


def latencies(histogram: Histogram) -> Latencies:
    """Return a histogram's latencies, each at the middle of its bucket."""
    return Latencies(MEDIAN_NS[histogram.buckets] / 1e9, histogram.counts)


def offered_in(run: Run, step: str, window: Window) -> int:
    """Return how many of a step were offered in a window of whole intervals."""
    first, last = (round(at_s / run.header.interval_s) for at_s in (window.from_s, window.to_s))
    return sum(number for interval, number in run.offered.get(step, {}).items() if first <= interval < last)


def blocks_in(run: Run, window: Window) -> Rows:
    """Lay blocks of whole intervals over a window: 5 s long, shorter where there would be fewer than four."""
    interval_s = run.header.interval_s
    wanted_s = min(BLOCK_S, window.length_s / FEWEST_BLOCKS)
    intervals = math.ceil(BLOCK_S / interval_s) if wanted_s == BLOCK_S else int(wanted_s / interval_s)
    length_s = max(1, intervals) * interval_s
    count = max(1, int(window.length_s / length_s + 1e-9))
    return Rows(window.from_s, length_s, count, window.from_s + count * length_s)


def _blocks(run: Run, window: Window, busy: Mapping[str, Meter]) -> Blocks:
    rows, steps = blocks_in(run, window), run.header.steps
    series = [LatencySeries.of(run, "response", step, rows) for step in steps]
    edges = (window.from_s + rows.length_s * np.arange(rows.count + 1)).tolist()
    with np.errstate(invalid="ignore"):
        means = [each.ok_sums_s / each.ok for each in series]
    offered = [
        [offered_in(run, step, Window(from_s=begin, to_s=end)) for step in steps] for begin, end in pairwise(edges)
    ]
    return Blocks(
        rows.length_s,
        steps,
        np.array(offered, np.int64).reshape(rows.count, len(steps)),
        np.stack(means, axis=1) if means else np.empty((rows.count, 0)),
        tuple(busy),
        _busy_in(busy, edges),
    )


def _busy_in(busy: Mapping[str, Meter], edges: Sequence[float]) -> NDArray[np.float64]:
    columns = [[meter.mean(begin, end) for begin, end in pairwise(edges)] for meter in busy.values()]
    return np.array(columns, np.float64).reshape(len(columns), len(edges) - 1).T


def _covers(meter: Meter, window: Window) -> bool:
    return bool(meter.times_s[0] <= window.from_s + 1e-6 and meter.times_s[-1] >= window.to_s - 1e-6)


@dataclass(frozen=True)
class _Probe:
    """How slow the target was in a probe, against all, with the standard error of its logarithm."""

    slowness: float
    error: float


@dataclass(frozen=True)
class _UnderWay:
    """How many steps were offered and had not ended at each edge between the counters' intervals, in order."""

    edges_s: NDArray[np.float64]
    steps: NDArray[np.float64]

    @classmethod
    def of(cls, run: Run) -> "_UnderWay":
        """Read a run's counters."""
        lines = run.counters
        ended = [sum(sum(by.values()) for by in line.outcomes.values()) for line in lines]
        changes = np.array([line.offered - out for line, out in zip(lines, ended, strict=True)], np.float64)
        return cls(np.array([line.start_s + line.length_s for line in lines], np.float64), np.cumsum(changes))

    def usual(self, hold: Hold) -> float:
        """Return how many were under way over the last third of a hold, in the middle."""
        late = (self.edges_s > hold.to_s - (hold.to_s - hold.from_s) / 3) & (self.edges_s <= hold.to_s)
        return float(np.median(self.steps[late])) if late.any() else 0.0

    def calm(self, run: Run, hold: Hold, steps_per_s: float, usual: float) -> list[Window]:
        """Return the intervals of a probe that ask for no more than so many steps a second, and find few under way."""
        interval_s = run.header.interval_s
        most = CALM * steps_per_s * interval_s
        windows = []
        for number in range(math.ceil(hold.from_s / interval_s - 1e-9), math.floor(hold.to_s / interval_s + 1e-9)):
            window = Window(from_s=number * interval_s, to_s=(number + 1) * interval_s)
            offered = sum(by.get(number, 0) for by in run.offered.values())
            before = self.steps[self.edges_s <= window.from_s + 1e-9]
            if offered <= most and (not before.size or before[-1] <= MUCH * max(usual, FEW)):
                windows.append(window)
        return windows

    def steady(self, hold: Hold, usual: float) -> Window:
        """Return the part of a hold in which nothing of what came before is left to do; empty where there is none."""
        if not hold.settles:
            return Window(from_s=hold.from_s, to_s=hold.to_s)
        inside = (self.edges_s >= hold.settled_s - 1e-9) & (self.edges_s <= hold.to_s)
        drained = self.edges_s[inside & (self.steps <= MUCH * max(usual, FEW))]
        return Window(from_s=float(drained[0]) if drained.size else hold.to_s, to_s=hold.to_s)


def _probed(run: Run, probes: Sequence[Hold], under_way: _UnderWay) -> dict[float, _Probe]:
    """Return how slow the target was in each probe that tells, by when it begins."""
    started = sum(line.started for line in run.counters)
    steps_a_session = sum(line.offered for line in run.counters) / started if started else 0.0
    usual = float(np.median([under_way.usual(hold) for hold in probes])) if probes else 0.0
    own = {
        hold.from_s: _low_load(run, under_way.calm(run, hold, hold.per_s * steps_a_session, usual)) for hold in probes
    }
    whole = {
        step: Histogram.total(histograms[step] for histograms in own.values() if step in histograms)
        for step in dict.fromkeys(step for histograms in own.values() for step in histograms)
    }
    found = {}
    for from_s, histograms in own.items():
        steps = sum(each.count for each in histograms.values())
        if steps >= FEWEST_PROBED:
            logs = (each.count * math.log(_median(each) / _median(whole[step])) for step, each in histograms.items())
            squares = (each.count * _log_spread(whole[step]) ** 2 for step, each in histograms.items())
            error = math.sqrt(math.pi / 2 * math.fsum(squares)) / steps
            found[from_s] = _Probe(math.exp(math.fsum(logs) / steps), error)
    return found


def _log_spread(histogram: Histogram) -> float:
    """Return the standard deviation of the logarithms, by the quartiles, as a normal distribution has it."""
    return math.log(histogram.quantile(0.75) / histogram.quantile(0.25)) / QUARTILES_APART


def _median(histogram: Histogram) -> float:
    return histogram.quantile(0.5)


def _low_load(run: Run, calm: Sequence[Window]) -> dict[str, Histogram]:
    histograms = {
        step: Histogram.total(run.histogram("service", step, "ok", window) for window in calm)
        for step in run.header.steps
    }
    return {step: histogram for step, histogram in histograms.items() if histogram.count}


def _around(probes: Mapping[float, _Probe], holds: Sequence[Hold], number: int) -> tuple[float | None, float | None]:
    """Return how slow the target was around a level, and by how much its probes differ beyond sampling."""
    around = [holds[place] for place in (number - 1, number + 1) if 0 <= place < len(holds) and holds[place].is_probe]
    told = [probes[hold.from_s] for hold in around if hold.from_s in probes]
    if not told:
        return None, None
    log = math.fsum(math.log(probe.slowness) for probe in told) / len(told)
    error = math.sqrt(math.fsum(probe.error**2 for probe in told)) / len(told)
    speed = math.exp(math.copysign(_beyond(log, error), log))
    if len(told) < 2:
        return speed, None
    off = (told[1].slowness - told[0].slowness) / math.exp(log)
    return speed, math.copysign(_beyond(off, math.hypot(told[0].error, told[1].error)), off)


def _beyond(value: float, error: float) -> float:
    """Return how much of a value its standard error does not explain; 0 where it may be chance."""
    return math.sqrt(value**2 - error**2) if abs(value) > CERTAIN * error else 0.0


def drift_notes(levels: Sequence[MeasuredLevel]) -> list[str]:
    """Tell of the levels whose probes differ by more than 2 %, or do not tell anything."""
    notes = []
    for each in levels:
        drift = each.level.drift
        if drift is not None and abs(drift) > MOST_DRIFT:
            notes.append(
                f"The target's speed changed around level {each.level.name}: beyond chance its probes differ by "
                f"{change(drift)} (more than {share(MOST_DRIFT)} is told); play that level again."
            )
    return notes
