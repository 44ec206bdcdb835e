"""Calibration of a plan from measured runs: read, fitted, set against the levels held out, and put into words."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from cutover.base.errors import BadInput, NotIdentifiable
from cutover.rehearsal.measured import Measurements, key_of
from models.calibration.choosing import calibrate
from models.calibration.demands import at_servers
from models.calibration.found import Calibration, Residual
from models.calibration.observed import Latencies
from models.calibration.scaling import FEWEST_COUNTS, Scaling, scaling_of
from models.factors import at_estimates
from models.plan import Plan
from reports.budgets import ALL
from reports.measured_levels import MeasuredLevel
from reports.quantities import NOTHING, change, count, duration, share, significant
from reports.validation import Asked


@dataclass(frozen=True)
class Calibrated:
    """A calibration of measured runs; `held_out` are its errors at levels that it never saw, by station the scaling."""

    found: Calibration
    measurements: Measurements
    fitted: tuple[MeasuredLevel, ...]
    held_out: tuple[Residual, ...]
    scaling: dict[str, Scaling]

    @property
    def plan(self) -> Plan:
        """The calibrated plan."""
        return self.found.plan

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        found = self.found
        return {
            "estimator": found.estimator,
            "condition": found.condition,
            "levels": [
                {
                    "level": each.level.name,
                    "run": each.run.folder.name,
                    "from_s": each.window.from_s,
                    "to_s": each.window.to_s,
                    "steps_per_s": each.level.rps,
                    "ok_share": each.level.goodness,
                    "busy": dict(each.level.busy),
                    "servers": dict(each.level.servers),
                    "drift_share": each.level.drift,
                    "slowness": each.speed,
                    "held_out": each not in self.fitted,
                }
                for each in self.measurements.levels
            ],
            "demands": [asdict(each) for each in found.demands],
            "residuals": [asdict(each) for each in found.residuals],
            "held_out": [asdict(each) for each in self.held_out],
            "trends": [asdict(each) for each in found.trends],
            "tried": [asdict(each) for each in found.tried],
            "scaling": {station: asdict(each) for station, each in self.scaling.items()},
            "notes": self.notes(),
        }

    def notes(self) -> list[str]:
        """Return what people must know."""
        return [*self.found.notes, *self.measurements.notes()]

    def words(self) -> list[str]:
        """Return lines for a terminal."""
        parts = (self._levels(), self._demands(), self._residuals(), self._tried(), self._scaling(), self.notes())
        lines: list[str] = []
        for part in parts:
            own = list(part)
            lines += ["", *own] if lines and own else own
        return lines

    def _levels(self) -> Iterator[str]:
        yield f"{count(len(self.fitted))} levels of {count(len(self.measurements.runs))} runs, fitted by {self._called}"
        rows = [("level", "steps/s", "ok", "busy", "drift", "")]
        for each in self.measurements.levels:
            busy = ", ".join(f"{name} {significant(value)}" for name, value in each.level.busy.items())
            drift = NOTHING if each.level.drift is None else change(each.level.drift)
            kind = "" if each in self.fitted else "held out"
            rows.append(
                (each.level.name, significant(each.level.rps), share(each.level.goodness), busy or NOTHING, drift, kind)
            )
        yield from aligned(rows)

    @property
    def _called(self) -> str:
        condition = self.found.condition
        known = "" if condition is None else f" (condition number {significant(condition)})"
        return f"{self.found.estimator.replace('_', ' ')}{known}"

    def _demands(self) -> Iterator[str]:
        yield "demands, with 95 % intervals"
        rows = [("step", "at", "", "value", "95 % interval")]
        for each in self.found.demands:
            unit: Callable[[float], str] = significant if each.of == "cv" else duration
            ends = f"{unit(each.low)} to {unit(each.high)}"
            rows.append((each.step, each.station or "", each.of, unit(each.value), ends))
        yield from aligned(rows, words=3)
        for trend in self.found.trends:
            if trend.significant:
                low, high = share(trend.low / 100), share(trend.high / 100)
                more = "more" if trend.change > 0 else "less"
                said = f"{share(abs(trend.change) / 100)} {more} of {trend.station}"
                yield f"A step demands {said} at the highest level than at the lowest (95 % interval {low} to {high})."

    def _residuals(self) -> Iterator[str]:
        for title, residuals in (
            ("fitted against measured, at levels fitted on", self.found.residuals),
            ("predicted against measured, at levels held out", self.held_out),
        ):
            if residuals:
                yield title
                rows = [("level", "of", "", "measured", "fitted", "error")]
                for each in residuals:
                    unit = significant if each.of == "busy" else duration
                    rows.append(
                        (each.level, each.step, each.of, unit(each.measured), unit(each.fitted), change(each.error))
                    )
                yield from aligned(rows, words=3)

    def _tried(self) -> Iterator[str]:
        yield "estimators, with their mean error at one level left out after the other"
        rows = [
            (
                each.estimator.replace("_", " "),
                NOTHING if each.held_out_error is None else share(each.held_out_error),
                each.why or ("chosen" if each.estimator == self.found.estimator else ""),
            )
            for each in self.found.tried
        ]
        yield from aligned(rows, ends=1)

    def _scaling(self) -> Iterator[str]:
        for station, each in self.scaling.items():
            said = [
                f"{name} {significant(value)} ({significant(low)} to {significant(high)})"
                for name, value, (low, high) in (
                    ("contention", each.contention, each.contention_interval),
                    ("coherency", each.coherency, each.coherency_interval),
                )
            ]
            yield f"servers at {station}: {', '.join(said)}; one alone does {significant(each.alone)} steps/s"


def calibrate_runs(plan: Plan, measurements: Measurements, held_out: Sequence[str], fitted: date) -> Calibrated:
    """Calibrate a plan from the levels of measured runs but those held out, against which it is then set.

    Raises BadInput for a level that is none, or when nothing is left, NotIdentifiable where levels do not tell enough.
    """
    left_out = measurements.chosen(held_out)
    used = tuple(each for each in measurements.levels if each not in left_out)
    if not used:
        rule, remedy = "leaves no level to fit on", "hold fewer of them out"
        raise BadInput.single("options", "--hold-out", ", ".join(held_out), rule, remedy)
    levels = [each.level for each in used]
    found = calibrate(plan, levels, measurements.origin(fitted), measurements.replays)
    entry = found.plan.calibration
    if left_out and entry is not None:
        entry = entry.model_copy(update={"held_out": tuple(map(key_of, left_out))})
        found = replace(found, plan=found.plan.model_copy(update={"calibration": entry}))
    errors = tuple(_errors(found.plan, measurements, left_out))
    return Calibrated(found, measurements, used, errors, dict(_scalings(used)))


def _errors(plan: Plan, measurements: Measurements, levels: Sequence[MeasuredLevel]) -> Iterator[Residual]:
    """Yield how far a plan's estimates are from mean and p95 of all steps, and from busy servers, at some levels."""
    point = at_estimates(plan)
    for each in levels:
        level, sized = each.level, at_servers(point, each.level.servers)
        answers = measurements.replays(sized, level)
        seen = Latencies.together(level.response.values())
        answered = Latencies.together(answer.response for answer in answers.values())
        pairs = [
            (ALL, "mean", seen.mean_s, answered.mean_s),
            (ALL, "p95", seen.quantile(0.95), answered.quantile(0.95)),
        ]
        busy = measurements.replay(level).played(sized).busy(level.begins_s, level.begins_s + level.length_s)
        pairs += [(place, "busy", known, busy[place]) for place, known in level.busy.items() if place in busy]
        for step, of, measured, fitted in pairs:
            if measured:
                yield Residual(level.name, step, of, measured, fitted, fitted / measured - 1)


def _scalings(levels: Sequence[MeasuredLevel]) -> Iterator[tuple[str, Scaling]]:
    """Yield how each station's throughput grows with its servers, where three or more numbers of them were measured.

    With N servers it is what was done by N busy ones: throughput over utilisation at the highest level, by metrics;
    of a black box the throughput of a level beyond the knee.
    """
    done: dict[str, dict[int, tuple[float, float]]] = defaultdict(dict)
    for each in levels:
        level = each.level
        throughput = sum(level.ok.values()) / level.length_s
        for station, servers in level.servers.items():
            busy = level.busy.get(station)
            if busy is None and not Asked.of(each).is_beyond_the_knee(throughput):
                continue
            most = throughput if busy is None else throughput * servers / busy if busy else 0.0
            if throughput > done[station].get(servers, (0.0, 0.0))[0]:
                done[station][servers] = throughput, most
    for station, own in done.items():
        if len(own) >= FEWEST_COUNTS:
            try:
                yield station, scaling_of(list(own), [most for _, most in own.values()])
            except NotIdentifiable:
                continue


def aligned(rows: Sequence[Sequence[str]], words: int = 1, ends: int = 0) -> list[str]:
    """Return rows as lines of columns: the first `words` and the last `ends` of them to the left, the rest right."""
    columns = len(rows[0]) if rows else 0
    widths = [max(len(row[column]) for row in rows) for column in range(columns)]
    lines = []
    for row in rows:
        cells = [
            f"{cell:<{width}}" if at < words or at >= columns - ends else f"{cell:>{width}}"
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(["", *cells]).rstrip())
    return lines
