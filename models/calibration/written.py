"""The calibrated plan, and what is told of it: demands with intervals, residuals, trends, notes."""

import math
from collections.abc import Iterator

import numpy as np

from models.calibration.candidates import Material, curves_of
from models.calibration.demands import at_servers, with_demands
from models.calibration.draws import Fit, demand_draws, factors
from models.calibration.found import Calibration, Demand, Residual, Trend, Tried
from models.calibration.observed import Floats, Level, Origin
from models.calibration.response_fit import TOLD_APART, answers
from models.calibration.utilisation_law import ILL_CONDITIONED, metered
from models.plan import Plan
from models.uncertainty import CalibrationEntry, FingerprintEntry, UncertainEntry

Z = 1.959963984540054
LEAST_IDLE = 0.01
"""Servers that are busy without any load are told from here on (assumed)."""


def written(plan: Plan, material: Material, fit: Fit, tried: tuple[Tried, ...], origin: Origin) -> Calibration:
    """Return the calibration of a fit: the calibrated plan, what was found, and what is to be known of it."""
    drift = _drift(material)
    point = fitted_plan(material, fit)
    return Calibration(
        plan=_whole(plan, point, _entry(material, fit, drift, origin), fit, material),
        estimator=fit.estimator,
        demands=_demands(fit, drift),
        residuals=_residuals(material, fit, point),
        trends=tuple(
            Trend(curve.place, 100 * curve.slope, 100 * curve.low, 100 * curve.high, curve.significant)
            for curve in curves_of(material)
        ),
        condition=fit.condition,
        tried=tried,
        notes=tuple(_notes(plan, material, fit, drift)),
    )


def fitted_plan(material: Material, fit: Fit) -> Plan:
    """Return the plan with a fit's demands, and the sizes that it found."""
    return at_servers(with_demands(material.plan, fit.demands), dict(fit.tokens))


def _whole(plan: Plan, point: Plan, entry: CalibrationEntry, fit: Fit, material: Material) -> Plan:
    name = plan.name.removesuffix("-calibrated")
    samples = sum(sum(level.ok.values()) for level in material.levels)
    kept = [each for each in plan.uncertain if not _is_measured(each, fit)]
    data = point.model_dump(by_alias=True, exclude_defaults=True) | {
        "name": f"{name}-calibrated",
        "description": f"{name}, calibrated from {samples} samples at {len(material.levels)} levels",
        "calibration": entry.model_dump(by_alias=True, exclude_defaults=True),
        "uncertain": [each.model_dump(by_alias=True, exclude_defaults=True) for each in kept],
    }
    return Plan.model_validate(data)


def _is_measured(entry: UncertainEntry, fit: Fit) -> bool:
    """Tell whether a range of people's is replaced by what was measured."""
    if entry.of == "tokens":
        return entry.station in dict(fit.tokens)
    return entry.station in (None, *fit.demands.places) and entry.step in (None, *fit.demands.steps)


def _entry(material: Material, fit: Fit, drift: float, origin: Origin) -> CalibrationEntry:
    lowest = material.levels[0]
    servers = {name: count for level in material.levels for name, count in level.servers.items()}
    return CalibrationEntry(
        runs=origin.runs,
        fitted=origin.fitted,
        estimator=fit.estimator,
        levels=len(material.levels),
        highest_rps=max(level.rps for level in material.levels),
        servers=servers | dict(fit.tokens),
        condition=fit.condition,
        fingerprint=FingerprintEntry(
            low_load_s={step: each.mean_s for step, each in lowest.service.items() if each.count},
            version=origin.version,
            machine=origin.machine,
        ),
        factors=factors(fit, drift, _weights(material), frozenset(material.plan.pools)),
    )


def _drift(material: Material) -> float:
    """Return the standard deviation of the machine's speed: two probes differ by √2 of it."""
    seen = [level.drift for level in material.levels if level.drift is not None]
    return math.sqrt(sum(each**2 for each in seen) / len(seen) / 2.0) if seen else 0.0


def _weights(material: Material) -> Floats:
    total = [sum(level.offered.get(step, 0) for level in material.levels) for step in material.steps]
    return np.array(total, np.float64)


def _demands(fit: Fit, drift: float) -> tuple[Demand, ...]:
    """Return each demand, free delay and cv; intervals are lognormal, by the spread of the joint draws."""
    seconds, delay_s = demand_draws(fit, drift)
    found = []
    for row, step in enumerate(fit.demands.steps):
        for column, place in enumerate(fit.demands.places):
            value = float(fit.demands.seconds[row, column])
            if value > 0.0:
                found.append(Demand(step, place, "service", value, *_interval(value, seconds[:, row, column])))
        value = float(fit.demands.delay_s[row])
        if value > 0.0:
            found.append(Demand(step, None, "delay", value, *_interval(value, delay_s[:, row])))
        cv = float(fit.demands.cv[row])
        found.append(Demand(step, None, "cv", cv, *_interval(cv, cv * (1.0 + fit.own_error[row] * np.array([-1, 1])))))
    return tuple(found)


def _interval(value: float, draws: Floats) -> tuple[float, float]:
    if value <= 0.0:
        return value, value
    spread = math.exp(Z * float(np.std(np.log(np.maximum(draws, 1e-12)))))
    return value / spread, value * spread


def _residuals(material: Material, fit: Fit, point: Plan) -> tuple[Residual, ...]:
    found = []
    said = answers(point, material.levels, material.predict) if material.predict is not None else []
    for at, level in enumerate(material.levels):
        load = fit.demands.load(_rates(level))
        for column, place in enumerate(fit.demands.places):
            if metered([level], place) and level.busy[place] > 0.0:
                found.append(_residual(level, place, "busy", level.busy[place], float(load[column])))
        for step, answered in said[at].items() if said else ():
            seen = level.response.get(step)
            if seen is not None and seen.count and answered.response.count:
                found.append(_residual(level, step, "response", seen.mean_s, answered.response.mean_s))
    return tuple(found)


def _residual(level: Level, name: str, of: str, measured: float, fitted: float) -> Residual:
    return Residual(level.name, name, of, measured, fitted, fitted / measured - 1.0)


def _rates(level: Level) -> dict[str, float]:
    return {step: level.rate(step) for step in level.offered}


def _notes(plan: Plan, material: Material, fit: Fit, drift: float) -> Iterator[str]:
    yield from fit.notes
    yield from _notes_of_places(material, fit)
    missing = [step for step in plan.programs if step not in material.steps]
    if missing:
        yield f"Not measured, and left as the plan has them: {', '.join(missing)}."
    if drift > 0.01:
        yield f"Probes at low load differ by {100 * drift:.2g} % (standard deviation), and so do all services' factors."
    gone = [each.name for each in plan.uncertain if _is_measured(each, fit)]
    if gone:
        yield f"Measured, so that these ranges of the plan are left out: {', '.join(gone)}."


def _notes_of_places(material: Material, fit: Fit) -> Iterator[str]:
    spread = np.std(np.log(fit.of_places), axis=0)
    for column, place in enumerate(fit.demands.places):
        if spread[column] >= TOLD_APART:
            yield f"The levels do not tell the demand at {place}: the plan's proportions stand, with a wide range."
        out = [level.name for level in material.levels if place in level.busy and not metered([level], place)]
        if out:
            yield f"{place} was full, or steps failed, at {', '.join(out)}: left out of the utilisation law."
    for place, busy in material.busy().items():
        if busy.background >= LEAST_IDLE:
            yield f"{busy.background:.3g} servers of {place} are busy without any load; the plan leaves that out."
        if busy.condition is not None and busy.condition > ILL_CONDITIONED:
            yield (
                f"The mix of steps hardly changes (condition number {busy.condition:.3g} at {place}): how its load is "
                "shared between steps rests on their own times and the plan's proportions."
            )
