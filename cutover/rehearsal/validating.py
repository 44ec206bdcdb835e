"""Validation of a plan: measured sessions replayed through draws of it, and set against what was measured."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from cutover.rehearsal.measured import Measurements, key_of
from models.analytic import station_loads
from models.calibration.demands import at_servers
from models.calibration.low_load import FEWEST
from models.calibration.observed import Latencies, Level
from models.factors import at_estimates, drawn, times
from models.plan import Plan
from models.statistics.student import student
from models.uncertainty import Target
from reports.budgets import ALL, read_budgets
from reports.comparison import LEVEL, QUANTILES, Reading
from reports.machine_class import MachineClass
from reports.measured_levels import MeasuredLevel
from reports.quantities import change, duration
from reports.validation import (
    Asked,
    Blocks,
    Key,
    Point,
    Validation,
    beyond_words,
    knee_words,
    limits_of,
    measured_readings,
    predicted_reading,
    rows_of,
)
from scenarios.replayed import Replay, Replayed

NUDGE = 0.02
"""By how much services are made slower and quicker to see what the target's speed does to a value."""

LEAST_STALE, LEAST_STALE_STEP = 0.1, 0.25
"""Low-load times that differ less than this, of all steps and of one, make no plan stale: machines drift. Assumed."""

MOST_CORRECTED = 2.0
"""A value that the target's speed changes by a greater factor is not corrected for it: it is beyond what is linear."""

DEVIATIONS = 3.0

ALIKE = 0.05
"""Low loads at which the plan's own times differ by less are the same; assumed."""

_NUDGES = (NUDGE, -NUDGE)

Values = Mapping[Key, float]
Tick = Callable[[int], None]


@dataclass(frozen=True)
class _Group:
    """Levels of one run with the same servers: those that one replay tells of."""

    replay: Replay
    servers: Mapping[str, int]
    levels: tuple[MeasuredLevel, ...]


@dataclass(frozen=True)
class _Told:
    """What replays say of a level: values by draw, with all services slower and quicker, and of one by its blocks."""

    draws: tuple[Values, ...]
    slower: Values
    quicker: Values
    blocks: Mapping[Key, Reading]

    def elasticity(self, key: Key) -> float:
        """Return by how many per cent a value rises when services take one per cent longer."""
        slower, quicker = self.slower.get(key, 0.0), self.quicker.get(key, 0.0)
        if not (slower > 0.0 and quicker > 0.0):
            return 0.0
        return math.log(slower / quicker) / math.log((1.0 + NUDGE) / (1.0 - NUDGE))

    def series(self, key: Key) -> list[float] | None:
        """Return a key's values by draw; None unless all have one above 0."""
        found = [values.get(key, 0.0) for values in self.draws]
        return found if all(value > 0.0 for value in found) else None


def replays_needed(measurements: Measurements, draws: int) -> int:
    """Return how many replays a validation takes."""
    return len(_groups(measurements)) * (draws + len(_NUDGES) + 1)


def validate_runs(plan: Plan, measurements: Measurements, draws: int, tick: Tick) -> Validation:
    """Replay measured sessions through draws of a plan (2 or more) and compare; `tick` is told of each replay."""
    first = measurements.runs[0]
    limits_s = limits_of(read_budgets(first.header.budgets, first.header.steps))
    asked = {each.level.name: Asked.of(each) for each in measurements.levels}
    points: list[Point] = []
    notes: list[str] = measurements.notes()
    stale: list[str] = []
    for group in _groups(measurements):
        told = _told(plan, group, draws, limits_s, tick)
        off = _LowLoad.of(plan, group, told)
        stale += [] if off is None else off.findings()
        for each in group.levels:
            points += _points(plan, each, told[each.level.name], None if off is None else off.slowness, limits_s)
        beyond = [each for each in group.levels if _is_beyond(asked[each.level.name], points)]
        points += _knee(plan, beyond, told, points)
        if not beyond:
            notes.append(beyond_words(len(group.levels)))
        notes += _plan_knee(plan, group)
    notes += _of_machine(plan, measurements)
    found = Validation(plan.name, draws, tuple(points), tuple(dict.fromkeys(notes)))
    remedy = "calibrate the plan anew: cutover calibrate RUN… --plan PLAN -o PLAN2"
    return (
        replace(found, stale=f"{' '.join(dict.fromkeys(stale))} The target has changed: {remedy}") if stale else found
    )


def _groups(measurements: Measurements) -> tuple[_Group, ...]:
    """Return the levels by the replay that tells of them."""
    found: dict[tuple[int, str], list[MeasuredLevel]] = defaultdict(list)
    for each in measurements.levels:
        found[id(measurements.replay(each.level)), repr(sorted(each.level.servers.items()))].append(each)
    return tuple(_Group(measurements.replay(own[0].level), own[0].level.servers, tuple(own)) for own in found.values())


def _told(plan: Plan, group: _Group, draws: int, limits_s: Mapping[str, float], tick: Tick) -> dict[str, _Told]:
    """Replay a group's sessions through draws of the plan; return what that says of each level."""

    def play(one: Plan, again: int) -> Replayed:
        played = group.replay.played(at_servers(one, group.servers), again)
        tick(1)
        return played

    def values(played: Replayed) -> dict[str, Values]:
        return {each.level.name: _values(played, each.level, limits_s) for each in group.levels}

    seed, point = group.replay.scenario.file.seed, at_estimates(plan)
    by_draw = [values(play(drawn(plan, seed, number), number + 1)) for number in range(draws)]
    slower, quicker = (values(play(times(point, [(Target(of="service"), 1.0 + by)]), 0)) for by in _NUDGES)
    as_it_is = play(point, 0)
    return {
        each.level.name: _Told(
            tuple(draw[each.level.name] for draw in by_draw),
            slower[each.level.name],
            quicker[each.level.name],
            dict(_by_blocks(as_it_is, each, limits_s)),
        )
        for each in group.levels
    }


def _by_blocks(played: Replayed, each: MeasuredLevel, limits_s: Mapping[str, float]) -> Iterator[tuple[Key, Reading]]:
    """Yield a replay's readings of a level by the blocks of time by which that was read."""
    rows = rows_of(each)
    edges_s = np.append(rows.starts_s, rows.to_s)
    for step, (ended, counts, values_s) in played.by_rows(edges_s).items():
        if counts.any():
            own = Blocks(rows.lengths_s, ended, counts, values_s, values_s)
            limit_s = limits_s.get(step, limits_s.get(ALL))
            yield from (((step, what), reading) for what, reading in own.readings(limit_s).items())
    blocks = each.level.blocks
    for station in each.level.busy if blocks is not None else ():
        servers = each.level.servers.get(station)
        if servers and blocks is not None:
            edges = (each.window.from_s + blocks.length_s * np.arange(len(blocks.busy) + 1)).tolist()
            shares = np.array([played.busy(begin, end).get(station, 0.0) / servers for begin, end in pairwise(edges)])
            low, high = student(shares, LEVEL)
            yield (station, "utilisation"), Reading(float(shares.mean()), low, high, len(shares))


def _values(played: Replayed, level: Level, limits_s: Mapping[str, float]) -> dict[Key, float]:
    """Return a level's values as a replay has them, by the names of `measured_readings`."""
    from_s, to_s = level.begins_s, level.begins_s + level.length_s
    completed = played.completed(from_s, to_s)
    responses = {step: answer.response for step, answer in played.answered(from_s, to_s).items()}
    responses[ALL], completed[ALL] = Latencies.together(responses.values()), sum(completed.values())
    found: dict[Key, float] = {}
    for step, seen in responses.items():
        found[step, "throughput"] = completed[step] / level.length_s
        limit_s = limits_s.get(step, limits_s.get(ALL))
        if limit_s is not None:
            found[step, "goodput"] = float(seen.counts[seen.values_s <= limit_s].sum()) / level.length_s
        if seen.count:
            found[step, "mean"] = seen.mean_s
            found |= {(step, name): seen.quantile(q) for name, q in QUANTILES.items()}
    for station, busy in played.busy(from_s, to_s).items():
        if level.servers.get(station):
            found[station, "utilisation"] = busy / level.servers[station]
    return found


def _points(
    plan: Plan, each: MeasuredLevel, told: _Told, slowness: float | None, limits_s: Mapping[str, float]
) -> Iterator[Point]:
    """Yield a level's points; `slowness` is that of the run's target against when the plan was calibrated."""
    held_out = _is_held_out(plan, each)
    for key, reading in measured_readings(each, limits_s).items():
        series = told.series(key)
        if series is None or not reading.value:
            continue
        elasticity = told.elasticity(key)
        drift = elasticity * abs(each.level.drift or 0.0) / 2
        predicted = predicted_reading(series, reading, told.blocks.get(key), drift)
        around = None if slowness is None else slowness * (each.speed or 1.0)
        more = None if around is None else elasticity * math.log(around)
        corrected = None if more is None or abs(more) > math.log(MOST_CORRECTED) else predicted.value * math.exp(more)
        yield Point(each.level.name, held_out, *key, reading, predicted, corrected)


def _is_held_out(plan: Plan, each: MeasuredLevel) -> bool:
    entry = plan.calibration
    return entry is None or each.run.folder.name not in entry.runs or key_of(each) in entry.held_out


def _is_beyond(asked: Asked, points: Sequence[Point]) -> bool:
    name = asked.level.level.name
    own = (p for p in points if (p.level, p.step, p.quantity) == (name, ALL, "throughput"))
    return any(asked.is_beyond_the_knee(point.measured.value) for point in own)


def _knee(
    plan: Plan, beyond: Sequence[MeasuredLevel], told: Mapping[str, _Told], points: Sequence[Point]
) -> Iterator[Point]:
    """Yield the knee: the greatest throughput of the levels beyond it."""
    names = [each.level.name for each in beyond]
    key = (ALL, "throughput")
    own = [p for p in points if p.level in names and (p.step, p.quantity) == key]
    if not own:
        return
    best = max(own, key=lambda point: point.measured.value)
    draws = [max(values[key] for values in rows) for rows in zip(*(told[name].draws for name in names), strict=True)]
    held_out = all(_is_held_out(plan, each) for each in beyond)
    predicted = predicted_reading(draws, best.measured, told[best.level].blocks.get(key), 0.0)
    yield Point(f"knee, at {best.level}", held_out, ALL, "knee", best.measured, predicted)


def _plan_knee(plan: Plan, group: _Group) -> Iterator[str]:
    """Say where the plan has its knee for the mix of the busiest level, by its stations."""
    busiest = max((each.level for each in group.levels), key=lambda level: level.rps)
    network = group.replay.network(at_servers(at_estimates(plan), group.servers))
    loads = station_loads(network, {step: busiest.rate(step) for step in busiest.offered})
    tightest = max(loads, key=lambda load: load.utilisation)
    if tightest.utilisation > 0.0 and math.isfinite(tightest.utilisation):
        yield knee_words(busiest.rps / tightest.utilisation, tightest.name)


@dataclass(frozen=True)
class _LowLoad:
    """How the steps' times at the lowest load differ from what the plan predicts there: ln ratios, by step.

    `errors` are the ratios' standard errors by sampling, `explained` the standard deviation of what all steps share:
    draws of the plan, and the drift that probes show. `slowness` is how many times as long steps take as when the plan
    was calibrated; None where that was at another low load.
    """

    steps: tuple[str, ...]
    ratios: NDArray[np.float64]
    errors: NDArray[np.float64]
    measured_s: NDArray[np.float64]
    explained: float
    slowness: float | None

    @classmethod
    def of(cls, plan: Plan, group: _Group, told: Mapping[str, _Told]) -> "_LowLoad | None":
        """Compare a group's lowest level with the plan; None where it is not calibrated, or the level is too short."""
        level = min((each.level for each in group.levels), key=lambda level: level.rps)
        before_s = plan.calibration.fingerprint.low_load_s if plan.calibration else {}
        steps = tuple(step for step in before_s if _samples(level, step) >= FEWEST)
        by_draw = [told[level.name].series((step, "mean")) for step in steps]
        if not steps or any(series is None for series in by_draw):
            return None
        logs = np.log(np.array(by_draw, np.float64))
        seen = [level.service[step] for step in steps]
        measured_s = np.array([each.mean_s for each in seen])
        errors = np.array([math.sqrt(each.variance / each.count) / each.mean_s for each in seen])
        predicted = np.median(logs, axis=1)
        weights = _weights(errors)
        then = np.log(np.array([before_s[step] for step in steps]))
        is_alike = abs(float(weights @ (predicted - then))) < ALIKE
        slowness = math.exp(float(weights @ (np.log(measured_s) - then))) if is_alike else None
        drifts = [each.level.drift for each in group.levels if each.level.drift is not None]
        explained = math.hypot(float((weights @ logs).std()), max(map(abs, drifts), default=0.0))
        return cls(steps, np.log(measured_s) - predicted, errors, measured_s, explained, slowness)

    def findings(self) -> Iterator[str]:
        """Yield in what way the target is not the one that the plan was calibrated on."""
        middle = float(np.median(self.ratios))  # which one step that has changed alone does not move
        deviation = math.hypot(float(np.median(self.errors)), self.explained)
        if abs(middle) > max(DEVIATIONS * deviation, math.log1p(LEAST_STALE)):
            yield (
                f"At the lowest load steps took {change(math.expm1(middle))} against the plan, more than its draws and "
                f"the machine's drift explain ({change(math.expm1(DEVIATIONS * deviation))})."
            )
        told = (column.tolist() for column in (self.ratios, self.errors, self.measured_s))
        for step, ratio, error, measured_s in zip(self.steps, *told, strict=True):
            alone = ratio - middle
            if abs(alone) > max(DEVIATIONS * math.hypot(error, self.explained), math.log1p(LEAST_STALE_STEP)):
                predicted_s = measured_s * math.exp(-ratio)
                yield f"At the lowest load `{step}` took {duration(measured_s)}; the plan has {duration(predicted_s)}."


def _weights(errors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how steps are weighed, by their precision; those that are known to 0.1 % alike."""
    precision = 1.0 / np.maximum(errors, 1e-3) ** 2
    weights: NDArray[np.float64] = precision / precision.sum()
    return weights


def _samples(level: Level, step: str) -> int:
    return level.service[step].count if step in level.service else 0


def _of_machine(plan: Plan, measurements: Measurements) -> Iterator[str]:
    """Say that runs were measured on another machine than the plan was calibrated on, or that it never was."""
    if plan.calibration is None:
        yield f"The plan {plan.name} was never calibrated: its figures are assumed, its intervals hold chance alone."
        return
    then = plan.calibration.fingerprint.machine
    for run in measurements.runs:
        now = str(MachineClass.of(run.header))
        if then is not None and now != then:
            yield f"{run.folder.name} was measured on another machine ({now}) than the plan was calibrated on ({then})."
