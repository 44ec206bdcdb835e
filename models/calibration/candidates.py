"""The estimators of the ensemble: each makes a fit of a plan to levels, or says why it cannot."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.calibration.demand_curve import DemandCurve, demand_curve
from models.calibration.demands import Demands, demands_of
from models.calibration.draws import COUNT, Fit, normals
from models.calibration.low_load import OwnTimes, own_times
from models.calibration.observed import Floats, Level, Predict, steps_of
from models.calibration.response_fit import response_fit, with_own_times
from models.calibration.sizes import Sizes, open_sizes, without_open
from models.calibration.utilisation_law import Busy, Flags, busy_demands, metered
from models.factors import at_estimates
from models.plan import Plan
from models.uncertainty import Estimator

UNTOLD = 0.3
"""Standard deviation of the logarithm of a place's demand that nothing but the plan tells (assumed)."""


@dataclass(frozen=True)
class Material:
    """What estimators are given: the plan, the steps measured, the levels, and, where there is one, a prediction.

    `sizes` are those that the plan leaves open.
    """

    plan: Plan
    steps: tuple[str, ...]
    levels: tuple[Level, ...]
    predict: Predict | None
    sizes: Sizes

    @classmethod
    def of(cls, plan: Plan, levels: Sequence[Level], predict: Predict | None) -> "Material":
        """Gather what estimators need: levels by load, without what is said of sizes that the plan leaves open.

        Of metrics only those of stations stay: a pool's tokens are held by waits too, which are no demand.
        """
        ordered = sorted(without_open(plan, levels), key=lambda level: level.rps)
        own = [replace(each, busy={k: v for k, v in each.busy.items() if k in plan.stations}) for each in ordered]
        return cls(at_estimates(plan), steps_of(levels), tuple(own), predict, open_sizes(plan))

    def without(self, level: Level) -> "Material":
        """Return the same with one level held out."""
        return replace(self, levels=tuple(each for each in self.levels if each is not level))

    @property
    def own(self) -> OwnTimes:
        """The own times at the lowest level."""
        return own_times(self.levels, self.steps)

    @property
    def base(self) -> Demands:
        """The plan's proportions of the own times."""
        own = self.own
        return demands_of(self.plan, self.steps).with_own(own.mean_s, own.cv)

    def busy(self) -> dict[str, Busy]:
        """Return the demands at each place that metrics tell at one level at least, and steps use."""
        base = self.base
        return {
            place: busy_demands(self.levels, self.steps, place, base.seconds[:, column])
            for column, place in enumerate(base.places)
            if metered(self.levels, place) and base.seconds[:, column].any()
        }


def curves_of(material: Material) -> tuple[DemandCurve, ...]:
    """Return the curve of each place that three levels tell of."""
    found = (demand_curve(material.levels, material.steps, busy) for busy in material.busy().values())
    return tuple(curve for curve in found if curve is not None)


def candidates(material: Material, *, draws: bool = True) -> dict[Estimator, Callable[[], Fit] | str]:
    """Return each estimator as a function that fits it, or why it does not apply, as a clause."""
    busy = material.busy()
    unmetered = "metrics tell no station's busy servers"
    trends = [curve for curve in curves_of(material) if curve.significant]
    return {
        "low_load": lambda: _low_load(material, busy),
        "utilisation_law": (lambda: _utilisation_law(material, busy, ())) if busy else unmetered,
        "demand_curve": (lambda: _utilisation_law(material, busy, trends))
        if trends
        else ("no station's demand changes with load beyond chance" if busy else unmetered),
        "response_fit": _responding(material, draws=draws),
    }


def _responding(material: Material, *, draws: bool) -> Callable[[], Fit] | str:
    predict = material.predict
    if predict is None:
        return "no prediction was given"
    return lambda: response_fit(material.plan, material.own, material.levels, predict, material.sizes, draws=draws)


def _low_load(material: Material, busy: dict[str, Busy]) -> Fit:
    """Return the plan's proportions of own times; a metered place's load is that of all its levels together."""
    base, own = material.base, material.own
    shares = np.ones(len(base.places))
    spread = np.full(len(base.places), UNTOLD)
    for column, place in enumerate(base.places):
        if place in busy:
            levels = metered(material.levels, place)
            load = [float(base.load({step: level.rate(step) for step in base.steps})[column]) for level in levels]
            ratios = np.array([level.busy[place] for level in levels]) / np.array(load)
            shares[column] = float(np.average(ratios, weights=load))
            spread[column] = max(0.01, float(ratios.std()) / shares[column])
    demands, error = _owned(material, base.times(shares), own)
    return Fit("low_load", demands, np.exp(spread * normals(len(spread), "low load")), None, error)


def _utilisation_law(material: Material, busy: dict[str, Busy], trends: Sequence[DemandCurve]) -> Fit:
    """Return demands at metered places by the utilisation law; others keep the plan's proportions of what is left."""
    base, own = material.base, material.own
    tops = {curve.place: curve for curve in trends}
    seconds, draws = base.seconds.copy(), np.repeat(base.seconds[None], COUNT, axis=0)
    told = np.array([place in busy for place in base.places])
    for column, place in enumerate(base.places):
        if place in busy:
            top = tops[place].top if place in tops else 1.0
            wider = tops[place].error * normals(1, f"curve/{place}") if place in tops else 0.0
            seconds[:, column] = busy[place].seconds * top
            draws[:, :, column] = busy[place].draws * np.maximum(top + wider, 0.05 * top)
    left_s = np.maximum(base.own_s - seconds[:, told].sum(axis=1), 0.0)
    untold_s = base.own_s - base.seconds[:, told].sum(axis=1)
    part = np.divide(left_s, untold_s, out=np.zeros_like(left_s), where=untold_s > 0.0)
    seconds[:, ~told] = base.seconds[:, ~told] * part[:, None]
    delay_s = np.where(untold_s > 0.0, base.delay_s * part, left_s)
    demands, error = _owned(material, replace(base, seconds=seconds, delay_s=delay_s), own, told)
    of_places = np.where(told, 1.0, np.exp(UNTOLD * normals(len(told), "untold")))
    of_steps = np.where(told, _ratios(draws, seconds), 1.0)
    conditions = [each.condition for each in busy.values() if each.condition is not None]
    estimator: Estimator = "demand_curve" if trends else "utilisation_law"
    return Fit(estimator, demands, of_places, of_steps, error, max(conditions, default=None))


def _ratios(draws: Floats, seconds: Floats) -> Floats:
    ratios: Floats = np.divide(draws, seconds[None], out=np.ones_like(draws), where=seconds[None] > 0.0)
    return ratios


def _owned(material: Material, demands: Demands, own: OwnTimes, told: Flags | None = None) -> tuple[Demands, Floats]:
    """Return demands with own times that answer the levels as measured, where a prediction is given; and their errors.

    Demands of `told` places stay: what the own times are too long or too short by is delay.
    """
    if material.predict is None:
        return demands, own.error
    owned = with_own_times(material.plan, demands, material.levels, material.predict)
    if told is None:
        return owned.demands, own.error_of(owned.samples)
    kept = np.where(told, demands.seconds, owned.demands.seconds)
    delay_s = np.maximum(owned.demands.own_s - kept.sum(axis=1), 0.0)
    return replace(owned.demands, seconds=kept, delay_s=delay_s), own.error_of(owned.samples)
