"""How far a plan's predictions lie from what was measured, level by level, and whether their intervals held it.

A prediction is made by replaying a level's own sessions through draws of the plan. In logarithms, with s_d the spread
over the draws (parameters and services), s_m that of the measurement by its blocks of time, s_r that of a replay by the
same blocks, and s_v what the machine's drift around the level does to the value:

    95 % prediction interval = exp(median of ln draws ± t₀.₉₇₅ · √(s_d² + max(0, s_m² − s_r²) + s_v²))

Measurement and replay have their arrivals in common, so what those vary is in neither; what a measurement varies by
more than a replay does, stalls of a machine say, is in the interval.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from models.calibration.observed import Level
from models.statistics.student import student
from reports.budgets import ALL
from reports.comparison import LEVEL, QUANTILES, Reading
from reports.measured_levels import MeasuredLevel
from reports.outcomes import OK
from reports.quantities import NOTHING, change, quantity, rate, share
from reports.run import Run
from reports.series import LatencySeries, Rows
from reports.statistics import Resampling, mean_of_counts, quantile_estimates, rate_estimate

Key = tuple[str, str]
"""A step (a station of `utilisation`, `all` of all steps) and a quantity."""

UNITS = {"throughput": "per_s", "goodput": "per_s", "knee": "per_s", "utilisation": "share"}
"""Units of quantities; those of times are seconds."""

KEPT_UP = 0.95
"""A level whose throughput is a smaller share of what its sessions ask for was beyond the knee; assumed."""

ROUNDING = 1e-9

_FEWER = Resampling(400)
_Z = 1.959963984540054


@dataclass(frozen=True)
class Point:
    """One quantity of a level, measured and predicted, each with its 95 % interval.

    `corrected` is the prediction for a target as slow as the probes around the level tell, None where none do.
    """

    level: str
    held_out: bool
    step: str
    quantity: str
    measured: Reading
    predicted: Reading
    corrected: float | None = None

    @property
    def unit(self) -> str:
        """The unit of its values."""
        return UNITS.get(self.quantity, "s")

    @property
    def error(self) -> float | None:
        """How far the prediction lies above the measurement, as a share of it."""
        return _off(self.predicted.value, self.measured.value)

    @property
    def corrected_error(self) -> float | None:
        """The same of the prediction that is corrected for speed."""
        return None if self.corrected is None else _off(self.corrected, self.measured.value)

    @property
    def covered(self) -> bool:
        """Whether the prediction interval holds the measurement, but for rounding."""
        room = ROUNDING * self.measured.value
        return self.predicted.low - room <= self.measured.value <= self.predicted.high + room

    @property
    def half_width(self) -> float | None:
        """Half the prediction interval, as a share of the prediction."""
        return (self.predicted.high - self.predicted.low) / 2 / self.predicted.value if self.predicted.value else None

    @property
    def own_half_width(self) -> float | None:
        """Half the measurement's own interval, as a share of it; None where an end is not known."""
        half = (self.measured.high - self.measured.low) / 2
        if not self.measured.value or not math.isfinite(half):
            return None
        return half / self.measured.value if half > ROUNDING * self.measured.value else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "level": self.level,
            "held_out": self.held_out,
            "step": self.step,
            "quantity": self.quantity,
            "unit": self.unit,
            "measured": self.measured.to_dict(),
            "predicted": self.predicted.to_dict(),
            "error_share": self.error,
            "corrected": self.corrected,
            "corrected_error_share": self.corrected_error,
            "covered": self.covered,
            "half_width_share": self.half_width,
            "measured_half_width_share": self.own_half_width,
        }


def _off(predicted: float, measured: float) -> float | None:
    """Return predicted over measured less 1, 0 where only rounding is left."""
    if not measured:
        return None
    off = predicted / measured - 1
    return off if abs(off) > ROUNDING else 0.0


@dataclass(frozen=True)
class Validation:
    """All points of a plan's validation, what was noticed, and why the plan is stale (None: it is not).

    `draws` is how many draws of the plan were replayed.
    """

    plan: str
    draws: int
    points: tuple[Point, ...]
    notes: tuple[str, ...]
    stale: str | None = None

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels, in order."""
        return tuple(dict.fromkeys(point.level for point in self.points))

    def point(self, level: str, step: str, what: str) -> Point | None:
        """Return a point; None where there is none."""
        return next((p for p in self.points if (p.level, p.step, p.quantity) == (level, step, what)), None)

    def coverage(self, what: str | None = None, *, held_out: bool = True) -> tuple[int, int]:
        """Return how many points (of a quantity) the intervals held, and of how many: those held out, or fitted."""
        own = [p for p in self.points if p.held_out == held_out and what in (None, p.quantity)]
        return sum(point.covered for point in own), len(own)

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "plan": self.plan,
            "draws": self.draws,
            "points": [point.to_dict() for point in self.points],
            "notes": list(self.notes),
            "stale": self.stale,
        }

    def words(self) -> list[str]:
        """Return lines for a terminal: a table of each level, how often intervals held, and what was noticed."""
        lines = [] if self.stale is None else [f"STALE: {self.stale}", ""]
        for level in self.levels:
            own = [point for point in self.points if point.level == level]
            kind = "held out" if own[0].held_out else "fitted"
            lines += [f"{level} ({kind})", *_table(own), ""]
        return [*lines, *self._summary(), *self.notes]

    def _summary(self) -> Iterator[str]:
        for held_out, kind in ((True, "held out"), (False, "fitted on")):
            within, of = self.coverage(held_out=held_out)
            if of:
                yield f"95 % prediction intervals held {within} of {of} values of levels {kind} ({share(within / of)})."


def _table(points: Sequence[Point]) -> list[str]:
    heads = ("", "", "measured", "±", "predicted", "95 % interval", "error", "at its speed", "")
    rows = [heads, *(_cells(point) for point in points)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = []
    for row in rows:
        named = [f"{cell:<{width}}" for cell, width in zip(row[:2], widths[:2], strict=True)]
        numbers = [f"{cell:>{width}}" for cell, width in zip(row[2:], widths[2:], strict=True)]
        lines.append("  ".join(["", *named, *numbers]).rstrip())
    return lines


def _cells(point: Point) -> tuple[str, ...]:
    low, high = (quantity(each, point.unit) for each in (point.predicted.low, point.predicted.high))
    own, error, corrected = point.own_half_width, point.error, point.corrected_error
    return (
        point.step,
        point.quantity,
        quantity(point.measured.value, point.unit),
        NOTHING if own is None else share(own),
        quantity(point.predicted.value, point.unit),
        f"{low} to {high}",
        NOTHING if error is None else change(error),
        NOTHING if corrected is None else change(corrected),
        "" if point.covered else "not covered",
    )


@dataclass(frozen=True)
class Blocks:
    """What a step (or `all`) was answered with, by stretches of time: for its readings.

    `lengths_s` float64[B] are their lengths, `ended` int64[B] how many steps ended well, by their end; `counts`
    int64[B, V] how many of those meant to start there took `middles_s` float64[V], at most `values_s` float64[V].
    """

    lengths_s: NDArray[np.float64]
    ended: NDArray[np.int64]
    counts: NDArray[np.int64]
    values_s: NDArray[np.float64]
    middles_s: NDArray[np.float64]

    def readings(self, limit_s: float | None) -> dict[str, Reading]:
        """Return throughput, goodput (where there is a limit) and response times, each with its interval by blocks."""
        found = {"throughput": Reading.of(rate_estimate(self.ended, self.lengths_s, _FEWER))}
        if limit_s is not None:
            good = self.counts[:, self.values_s <= limit_s].sum(axis=1)
            found["goodput"] = Reading.of(rate_estimate(good, self.lengths_s, _FEWER))
        none = np.zeros_like(self.counts)
        found["mean"] = Reading.of(mean_of_counts(self.counts, none, self.middles_s, _FEWER))
        quantiles = quantile_estimates(self.counts, none, self.values_s, tuple(QUANTILES.values()), _FEWER)
        return found | {name: Reading.of(each) for name, each in zip(QUANTILES, quantiles, strict=True)}


def measured_readings(measured: MeasuredLevel, limits_s: Mapping[str, float]) -> dict[Key, Reading]:
    """Return what was measured at a level: of each step and all of them, and of each station that metrics tell of.

    `limits_s` are the times within which an answer is good, by step (`all` for any); goodput is left out without one.
    Throughput counts steps by their end, all others by intended start, ok ones alone.
    """
    run, rows = measured.run, rows_of(measured)
    found: dict[Key, Reading] = {}
    for step in (*run.header.steps, ALL):
        series = LatencySeries.of(run, "response", None if step == ALL else step, rows)
        if series.ok.any():
            own = Blocks(rows.lengths_s, _ended(run, step, rows), series.ok_counts, series.values_s, series.middles_s)
            found |= {(step, what): each for what, each in own.readings(limits_s.get(step, limits_s.get(ALL))).items()}
    return found | dict(_utilisations(measured.level))


def rows_of(measured: MeasuredLevel) -> Rows:
    """Return the stretches of time by which a level is read."""
    return Rows.of(measured.run, measured.window)


def _ended(run: Run, step: str, rows: Rows) -> NDArray[np.int64]:
    """Return how many steps ended well in each row."""
    counts = np.zeros(rows.count, np.int64)
    for line in run.counters:
        row = rows.row(line.start_s)
        if row is not None:
            steps = line.outcomes if step == ALL else {step: line.outcomes.get(step, {})}
            counts[row] += sum(by.get(OK, 0) for by in steps.values())
    return counts


def _utilisations(level: Level) -> Iterator[tuple[Key, Reading]]:
    for station, busy in level.busy.items():
        servers, blocks = level.servers.get(station), level.blocks
        if servers is None or blocks is None or station not in blocks.stations:
            continue
        low, high = student(blocks.busy[:, blocks.stations.index(station)] / servers, LEVEL)
        value = busy / servers
        yield (station, "utilisation"), Reading(value, min(low, value), max(high, value), len(blocks.busy))


def predicted_reading(draws: Sequence[float], measured: Reading, replayed: Reading | None, drift: float) -> Reading:
    """Return a prediction with its interval, as the file's head has it.

    `draws` are a quantity's values by draw of the plan, all above 0; `replayed` is a replay's by its blocks, None where
    it has none. `drift` is s_v.
    """
    logs = np.log(np.array(draws, np.float64))
    excess = 0.0 if replayed is None else max(0.0, _relative(measured) ** 2 - _relative(replayed) ** 2)
    whole = math.sqrt(float(logs.var(ddof=1)) + excess + drift**2)
    half = float(special.stdtrit(len(logs) - 1, (1 + LEVEL) / 2)) * whole
    middle = float(np.median(logs))
    return Reading(math.exp(middle), math.exp(middle - half), math.exp(middle + half), len(logs))


def _relative(reading: Reading) -> float:
    """Return the standard deviation of a reading's logarithm, by its interval; 0 where an end is not known."""
    known = 0.0 < reading.low <= reading.high < math.inf
    return math.log(reading.high / reading.low) / (2 * _Z) if known else 0.0


@dataclass(frozen=True)
class Asked:
    """What a level's sessions asked for: planned sessions, and the steps that each comes to, over the run."""

    level: MeasuredLevel
    sessions_per_s: float
    steps_a_session: float

    @classmethod
    def of(cls, measured: MeasuredLevel) -> "Asked":
        """Read it from the counters of the level's run."""
        run, window = measured.run, measured.window
        inside = [line for line in run.counters if window.holds(line.start_s, line.length_s)]
        steps, sessions = sum(line.offered for line in run.counters), sum(line.started for line in run.counters)
        per_s = sum(line.planned for line in inside) / window.length_s
        return cls(measured, per_s, steps / sessions if sessions else 0.0)

    def is_beyond_the_knee(self, throughput: float) -> bool:
        """Tell whether the target did not keep up with it, at a throughput in steps a second."""
        return throughput < KEPT_UP * self.sessions_per_s * self.steps_a_session


def beyond_words(levels: int) -> str:
    """Say what is missing for a knee to be measured."""
    return (
        f"No knee was measured: the target kept up with {'its only level' if levels == 1 else f'all {levels} levels'} "
        f"(at least {share(KEPT_UP)} of what was asked for); a level beyond it would tell."
    )


def knee_words(knee: float, station: str) -> str:
    """Say where the plan has its knee."""
    return f"The plan's knee: {rate(knee)} (steps), where {station} has no server free any more."


def limits_of(budgets: Sequence[Any]) -> dict[str, float]:
    """Return the shortest time within which budgets want responses of a step (`all` for any), seconds."""
    found: dict[str, float] = {}
    for budget in budgets:
        if budget.metric == "response" and not budget.is_relative:
            found[budget.subject] = min(budget.limit, found.get(budget.subject, math.inf))
    return found
