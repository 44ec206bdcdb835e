"""The ensemble: each estimator is fitted with one level held out after the other, and the best at those is chosen.

A held-out level's error is the mean of |ln(predicted/measured)| of the mean response and the p95 of all steps, and of
each metered place's busy servers, each at most 1. The lowest level is never held out: all estimators take own times
from it. Of estimators that are alike the first in `PREFERRED` is taken.
"""

import math
from collections.abc import Sequence

import numpy as np

from models.calibration.candidates import Material, candidates
from models.calibration.demands import at_servers
from models.calibration.draws import Fit
from models.calibration.found import Calibration, Tried
from models.calibration.observed import Latencies, Level, Origin, Predict
from models.calibration.refusals import (
    refuse_constant_mix,
    refuse_few,
    refuse_unfit,
    refuse_unmetered,
    refuse_untold,
)
from models.calibration.utilisation_law import metered
from models.calibration.written import fitted_plan, written
from models.plan import Plan
from models.uncertainty import Estimator

PREFERRED: tuple[Estimator, ...] = ("utilisation_law", "response_fit", "demand_curve", "low_load")
ALIKE = 0.005
"""Held-out errors that differ by less are alike (assumed): half a per cent."""


def calibrate(
    plan: Plan, levels: Sequence[Level], origin: Origin, predict: Predict | None = None, *, per_step: bool = False
) -> Calibration:
    """Return the plan with what levels tell of its demands, and how sure that is.

    `predict` replays a level through a plan; without it only demands at metered stations are found. `per_step` asks
    for demands of each step, not for the plan's proportions. Raises BadInput for a step that the plan does not have,
    and NotIdentifiable, with what to measure next, where the levels do not tell what is asked.
    """
    refuse_unfit(plan, levels)
    refuse_few(levels)
    material = Material.of(plan, levels, predict)
    refuse_unmetered(material)
    if per_step:
        refuse_constant_mix(material)
    fits, tried = _fits(material)
    refuse_untold(material, fits.get("response_fit"))
    best = _best(tried)
    return written(plan, material, fits[best], tried, origin)


def _fits(material: Material) -> tuple[dict[Estimator, Fit], tuple[Tried, ...]]:
    """Return the fits of all estimators that apply, and how each did on levels held out."""
    fits: dict[Estimator, Fit] = {}
    tried = []
    for name, fit in candidates(material).items():
        if isinstance(fit, str):
            tried.append(Tried(name, None, fit))
        else:
            fits[name] = fit()
            tried.append(Tried(name, _held_out_error(material, name)))
    return fits, tuple(tried)


def _best(tried: Sequence[Tried]) -> Estimator:
    """Return the first of the preferred estimators that is as good as the best; of two levels nothing is held out."""
    errors = {each.estimator: each.held_out_error or 0.0 for each in tried if each.why is None}
    least = min(errors.values())
    return next(name for name in PREFERRED if errors.get(name, math.inf) <= least + ALIKE)


def _held_out_error(material: Material, name: Estimator) -> float | None:
    """Return an estimator's mean error at levels that it did not see; None where nothing tells."""
    errors = []
    for level in material.levels[1:]:
        rest = material.without(level)
        fit = candidates(rest, draws=False)[name] if len(rest.levels) > 1 else "one level only"
        if not isinstance(fit, str):
            errors += _errors(rest, fit(), level)
    return float(np.mean(errors)) if errors else None


def _errors(material: Material, fit: Fit, level: Level) -> list[float]:
    load = fit.demands.load({step: level.rate(step) for step in fit.demands.steps})
    pairs = [
        (level.busy[place], float(load[column]))
        for column, place in enumerate(fit.demands.places)
        if metered([level], place)
    ]
    if material.predict is not None:
        plan = fitted_plan(material, fit)
        said = material.predict(at_servers(plan, level.servers), level)
        seen = Latencies.together(level.response.values())
        answered = Latencies.together(each.response for each in said.values())
        pairs += [(seen.mean_s, answered.mean_s), (seen.quantile(0.95), answered.quantile(0.95))]
    return [_apart(measured, predicted) for measured, predicted in pairs]


def _apart(measured: float, predicted: float) -> float:
    """Return |ln(predicted/measured)|, at most 1, which stands too for what was never answered."""
    if not (measured > 0.0 and predicted > 0.0):
        return 1.0
    return min(1.0, abs(math.log(predicted / measured)))
