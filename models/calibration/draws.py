"""Joint draws: from an estimator's spread to the factors of a plan."""

from dataclasses import dataclass

import numpy as np

from models.calibration.demands import Demands
from models.calibration.observed import Floats
from models.draws import stream, uniforms
from models.elementary import normal_quantile
from models.uncertainty import MOST_FACTOR, Estimator, FactorEntry

COUNT = 64
"""How many joint draws a plan keeps: its 2.5 % quantile lies between the second and the third lowest."""

LEAST_SPREAD = 0.002
"""Factors that vary less are left out (assumed): a fifth of a per cent."""


@dataclass(frozen=True)
class Fit:
    """What an estimator found: demands, and joint draws of what they may have to be multiplied by.

    `of_places` float64[64, K] is common to all steps, `of_steps` float64[64, S, K] comes on top of it (None: nothing
    does). `own_error` float64[S] are relative standard errors of the steps' own times. `tokens` are what was found of
    pools that the plan leaves open.
    """

    estimator: Estimator
    demands: Demands
    of_places: Floats
    of_steps: Floats | None
    own_error: Floats
    condition: float | None = None
    tokens: tuple[tuple[str, int], ...] = ()
    notes: tuple[str, ...] = ()


def normals(columns: int, name: str) -> Floats:
    """Return 64 standard normal draws of some columns, moved and stretched to have exactly mean 0 and variance 1."""
    rows = np.arange(COUNT)[:, None]
    uniform = uniforms(stream(0, 0, f"calibration/{name}"), rows, np.arange(columns)[None, :])
    drawn = np.array([[normal_quantile(u) for u in row] for row in uniform.tolist()]).reshape(COUNT, columns)
    if not columns:
        return drawn
    standard: Floats = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    return standard


def demand_draws(fit: Fit, drift: float) -> tuple[Floats, Floats]:
    """Return joint draws of demands float64[64, S, K] and of free delays float64[64, S], in seconds.

    `drift` is the standard deviation of the machine's speed, which multiplies services alike; what of a step's own
    time is not demand is delay. Shares of own times are never more than all of them.
    """
    demands = fit.demands
    own_s = demands.own_s * np.exp(fit.own_error * normals(len(demands.steps), "own"))
    factors = fit.of_places[:, None, :] * (1.0 if fit.of_steps is None else fit.of_steps)
    seconds = demands.seconds * factors
    if fit.of_steps is None:
        seconds = seconds * (own_s / demands.own_s)[:, :, None]
        total_s = seconds.sum(axis=2)
        seconds = seconds * np.minimum(1.0, own_s / np.maximum(total_s, 1e-12))[:, :, None]
    delay_s = np.where(demands.delay_s > 0.0, np.maximum(own_s - seconds.sum(axis=2), 0.05 * demands.delay_s), 0.0)
    speed = np.exp(drift * normals(1, "drift"))
    return seconds * speed[:, :, None], delay_s


def factors(fit: Fit, drift: float, weights: Floats, pools: frozenset[str]) -> tuple[FactorEntry, ...]:
    """Return the factors of a plan with the fit's demands: of steps' delays, of places, of steps at places.

    `weights` float64[S] are the steps' rates. A place's factor is that of its load; a step's there is what is left
    beyond it, and one that hardly varies is left out. A step's factor of delays multiplies those under `pools` too.
    """
    demands = fit.demands
    seconds, delay_s = demand_draws(fit, drift)
    load = weights[:, None] * demands.seconds
    total = load.sum(axis=0)
    places = np.einsum("rsk,s->rk", seconds, weights) / np.where(total > 0.0, total, 1.0)
    delays = np.divide(delay_s, demands.delay_s, out=np.ones_like(delay_s), where=demands.delay_s > 0.0)
    found: list[FactorEntry] = []
    for row, step in enumerate(demands.steps):
        found += _entry("delay", None, step, delays[:, row])
    for column, place in enumerate(demands.places):
        kind = "delay" if place in pools else "service"
        common = places[:, column] if total[column] > 0.0 else np.ones(COUNT)
        found += _entry(kind, place, None, common)
        for row, step in enumerate(demands.steps):
            if demands.seconds[row, column] > 0.0:
                beyond = seconds[:, row, column] / demands.seconds[row, column] / common
                found += _entry(kind, place, step, beyond / delays[:, row] if kind == "delay" else beyond)
    return tuple(found)


def _entry(of: str, place: str | None, step: str | None, values: Floats) -> list[FactorEntry]:
    if float(np.std(values)) < LEAST_SPREAD:
        return []
    bounded = np.clip(values, 1.0 / MOST_FACTOR, MOST_FACTOR)
    draws = [float(f"{value:.5g}") for value in bounded.tolist()]
    return [FactorEntry.model_validate({"of": of, "station": place, "step": step, "draws": draws})]
