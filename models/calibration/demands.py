"""Demands: the seconds that each step needs of each place, its free delay, and how much its services vary.

A *place* is a station, or a pool under whose token a delay is played. A program may visit a place several times; a
demand is the sum over its visits, each as often as it is played on average.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from models.calibration.observed import Floats
from models.plan import Plan
from models.uses import Use, uses


@dataclass(frozen=True)
class Demands:
    """Demands of `steps` at `places`: `seconds` float64[S, K], free delay `delay_s` float64[S].

    `cv` float64[S] is the coefficient of variation of a step's whole own time, `shape` float64[K] by what those of a
    place's services are multiplied.
    """

    steps: tuple[str, ...]
    places: tuple[str, ...]
    seconds: Floats
    delay_s: Floats
    cv: Floats
    shape: Floats

    @property
    def own_s(self) -> Floats:
        """Each step's own time: all that it takes where it never waits, float64[S]."""
        own: Floats = self.seconds.sum(axis=1) + self.delay_s
        return own

    @property
    def share(self) -> Floats:
        """The shares of each step's own time that occupy each place, float64[S, K]; 0 where it has none."""
        own = self.own_s[:, None]
        shares: Floats = np.divide(self.seconds, own, out=np.zeros_like(self.seconds), where=own > 0.0)
        return shares

    def with_own(self, own_s: Floats, cv: Floats) -> "Demands":
        """Return demands in the same proportions, of other own times."""
        seconds = self.share * own_s[:, None]
        return replace(self, seconds=seconds, delay_s=np.maximum(own_s - seconds.sum(axis=1), 0.0), cv=cv)

    def times(self, factors: Floats) -> "Demands":
        """Return demands multiplied by a factor for each place, float64[K], or each step and place; own times stay.

        The free delay is what is left of a step's own time; factors that leave less than none make that longer.
        """
        own_s = self.own_s
        seconds = self.seconds * factors
        delay_s = own_s - seconds.sum(axis=1)
        return replace(self, seconds=seconds, delay_s=np.where(delay_s > 1e-9 * own_s, delay_s, 0.0))

    def load(self, rates: Mapping[str, float]) -> Floats:
        """Return the mean busy servers of each place when steps are offered at these rates: Σ λ_s·D_{s,k}."""
        load: Floats = np.array([rates.get(step, 0.0) for step in self.steps]) @ self.seconds
        return load


def demands_of(plan: Plan, steps: Sequence[str]) -> Demands:
    """Return the demands that a plan says; `cv` is that of the own time, as the sum of independent parts."""
    data = plan.model_dump(by_alias=True, exclude_defaults=True)
    found = {step: list(uses(data["programs"][step])) for step in steps}
    used = dict.fromkeys(use.place for whole in found.values() for use in whole if use.place is not None)
    places = tuple(name for name in (*plan.stations, *plan.pools) if name in used)
    seconds = np.zeros((len(steps), len(places)))
    delay_s, cv = np.zeros(len(steps)), np.zeros(len(steps))
    for row, step in enumerate(steps):
        laws = _laws(plan, step)
        for use, (mean_s, _) in zip(found[step], laws, strict=True):
            if use.place is None:
                delay_s[row] += use.share * mean_s
            else:
                seconds[row, places.index(use.place)] += use.share * mean_s
        own_s = float(seconds[row].sum() + delay_s[row])
        square = math.fsum(use.share * m**2 * scv for use, (m, scv) in zip(found[step], laws, strict=True))
        cv[row] = math.sqrt(square) / own_s if own_s else 0.0
    return Demands(tuple(steps), places, seconds, delay_s, cv, np.ones(len(places)))


def with_demands(plan: Plan, demands: Demands) -> Plan:
    """Return the plan with these demands: each law a lognormal, in the plan's own proportions within a place.

    Parts of a step have one cv, such that their sum has that of its own time: Σ share·m²·cv² = (own·cv_s)², and those
    of a place's services are multiplied by its shape. A free delay that the program has no place for is put behind it.
    """
    data = plan.model_dump(by_alias=True, exclude_defaults=True)
    known = demands_of(plan, demands.steps)
    for row, step in enumerate(demands.steps):
        program = list(data["programs"][step])
        if demands.delay_s[row] > 0.0 and known.delay_s[row] == 0.0:
            program.append({"delay": {"law": "constant", "mean_s": float(demands.delay_s[row])}})
        data["programs"][step] = program
        _rescale(list(uses(program)), plan, step, row, known, demands)
    return Plan.model_validate(data)


def at_servers(plan: Plan, servers: Mapping[str, int]) -> Plan:
    """Return the plan with other numbers of servers and tokens; names that it does not have are left out."""
    data = plan.model_dump(by_alias=True, exclude_defaults=True)
    for name, count in servers.items():
        for table, key in (("stations", "servers"), ("pools", "tokens")):
            if name in data.get(table, {}):
                entry = data[table][name]
                entry.pop("schedule", None)
                entry.pop("scaler", None)
                entry[key] = count
    return Plan.model_validate(data)


def _laws(plan: Plan, step: str) -> list[tuple[float, float]]:
    """Return mean and scv of each use's law, in the order of `uses`."""
    found: list[tuple[float, float]] = []

    def look(operations: Any) -> None:
        for operation in operations or ():
            law = operation.service if operation.service is not None else operation.delay
            if law is not None:
                found.append((law.mean_s, law.scv))
            for course in operation.choose or ():
                look(course.do)
            for branch in operation.fork or ():
                look(branch)
            look(operation.do)

    look(plan.programs[step])
    return found


def _rescale(found: list[Use], plan: Plan, step: str, row: int, known: Demands, wanted: Demands) -> None:
    """Write the laws of a step's uses, in place."""
    means = [mean_s for mean_s, _ in _laws(plan, step)]
    means += [float(wanted.delay_s[row])] * (len(found) - len(means))
    scales = [
        _ratio(wanted.delay_s[row], known.delay_s[row])
        if use.place is None
        else _ratio(
            wanted.seconds[row, known.places.index(use.place)], known.seconds[row, known.places.index(use.place)]
        )
        for use in found
    ]
    sizes = [mean_s * scale for mean_s, scale in zip(means, scales, strict=True)]
    square = math.fsum(use.share * size**2 for use, size in zip(found, sizes, strict=True))
    cv = float(wanted.cv[row] * wanted.own_s[row]) / math.sqrt(square) if square else 0.0
    for use, size in zip(found, sizes, strict=True):
        shape = wanted.shape[wanted.places.index(use.place)] if use.kind == "service" and use.place else 1.0
        use.operation[use.kind] = law_of(size, min(cv * float(shape), 20.0))


def _ratio(wanted: float, known: float) -> float:
    return wanted / known if known else 1.0


def law_of(mean_s: float, cv: float) -> dict[str, Any]:
    """Return a lognormal law's data; constant where it does not vary, or lasts no time."""
    if cv == 0.0 or mean_s <= 0.0:
        return {"law": "constant", "mean_s": mean_s}
    return {"law": "lognormal", "mean_s": mean_s, "cv": cv}
