"""Own times of steps from latencies at low load; and a one-station plan's demands from them and processor time.

At low load most requests find the server free, and the quicker half of them nearly always does. So a step's own time
S_s is read from the lower half of its service latencies R_s, as a lognormal: with z = 0.6745 the normal upper quartile,

    σ_s = ln(q50/q25) / z        E[S_s] = q50·exp(σ_s²/2)        cv_s² = exp(σ_s²) − 1

Waits, and stalls of a shared machine, lift means and the upper half; what little they lift the median stays in S_s, so
demands come out a little high. The utilisation law gives the share of S_s that occupies the server, φ = (busy processor
seconds) / Σ n_s·E[S_s], at most 1, and 1 when they are not known; the rest is a delay.

The plan says how a step's demand is split over visits to the station: a page that is three requests waits three times.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cutover.base.errors import BadInput, InvalidRun, Mistake
from models.calibration.observed import Floats, Level
from models.operations import Operation
from models.plan import Plan

FEWEST = 20
"""Samples that a step must have (assumed): at 20 a mean's standard error is 0.22 standard deviations."""

Z_QUARTILE = 0.6744897501960817
"""The upper quartile of the standard normal distribution."""


@dataclass(frozen=True)
class Observation:
    """A step's service latencies in the window: how many, their lower quartile and their median."""

    count: int
    q25_s: float
    q50_s: float

    @property
    def sigma(self) -> float:
        """σ_s of the step's own time."""
        return math.log(self.q50_s / self.q25_s) / Z_QUARTILE

    @property
    def own_s(self) -> float:
        """E[S_s], the mean of the step's own time."""
        return self.q50_s * math.exp(self.sigma**2 / 2.0)

    @property
    def cv(self) -> float:
        """cv_s, the coefficient of variation of the step's own time."""
        return math.sqrt(math.expm1(self.sigma**2))


@dataclass(frozen=True)
class OwnTimes:
    """Steps' own times as low load shows them: means, coefficients of variation, and the samples they rest on.

    All float64[S]. A step that has fewer than 20 samples at the lowest level is read at the next that has as many.
    """

    steps: tuple[str, ...]
    mean_s: Floats
    cv: Floats
    samples: Floats

    def error_of(self, samples: Floats) -> Floats:
        """Return relative standard errors of own times that rest on so many samples: σ·√(π/2n)."""
        error: Floats = np.sqrt(np.log1p(self.cv**2) * math.pi / (2.0 * np.maximum(samples, 1.0)))
        return error

    @property
    def error(self) -> Floats:
        """Their own relative standard errors."""
        return self.error_of(self.samples)


def own_times(levels: Sequence[Level], steps: Sequence[str]) -> OwnTimes:
    """Return the own times of steps; each must have 20 ok samples at one of the levels."""
    seen = [_observation(levels, step) for step in steps]
    return OwnTimes(
        tuple(steps),
        np.array([each.own_s for each in seen]),
        np.array([each.cv for each in seen]),
        np.array([each.count for each in seen], np.float64),
    )


def _observation(levels: Sequence[Level], step: str) -> Observation:
    for level in sorted(levels, key=lambda level: level.rps):
        latencies = level.service.get(step)
        if latencies is not None and latencies.count >= FEWEST:
            return Observation(latencies.count, latencies.quantile(0.25), latencies.quantile(0.5))
    raise AssertionError(f"{step} has too few samples, which is refused before")


@dataclass(frozen=True)
class StepDemand:
    """What calibration found of one step; `cv` and `standard_error_s` are those of demand + delay."""

    step: str
    count: int
    demand_s: float
    delay_s: float
    cv: float
    standard_error_s: float


@dataclass(frozen=True)
class LowLoad:
    """A calibrated plan, and how it came about: each step's demand, the share φ, the window's utilisation."""

    plan: Plan
    steps: tuple[StepDemand, ...]
    station: str
    share: float
    utilisation: float


def calibrate(plan: Plan, observations: Mapping[str, Observation], length_s: float, busy_s: float | None) -> LowLoad:
    """Return the plan with measured demands: `observations` by step, over `length_s` seconds at low load.

    `busy_s` is the processor time that the target used in the window, None if it does not tell. Raises BadInput when
    the plan has not one station with one server, or a step is observed that it does not know; InvalidRun when a step
    has fewer than 20 samples, or the processor was busy all the time.
    """
    station = _only_station(plan, observations)
    _refuse_weak(observations, length_s, busy_s)
    own_s = math.fsum(observed.count * observed.own_s for observed in observations.values())
    share = 1.0 if busy_s is None or busy_s >= own_s else busy_s / own_s
    steps = tuple(_demand(step, observed, share) for step, observed in observations.items())
    return LowLoad(_with_demands(plan, steps, length_s), steps, station, share, share * own_s / length_s)


def _demand(step: str, observed: Observation, share: float) -> StepDemand:
    """Split a step's own time; the standard error is that of a lognormal's mean from its median, σ·√(π/2n)."""
    error_s = observed.own_s * observed.sigma * math.sqrt(math.pi / (2.0 * observed.count))
    demand_s, delay_s = share * observed.own_s, (1.0 - share) * observed.own_s
    return StepDemand(step, observed.count, demand_s, delay_s, observed.cv, error_s)


def _refuse_weak(observations: Mapping[str, Observation], length_s: float, busy_s: float | None) -> None:
    """Raise InvalidRun when a step has too few samples, or the window was not at low load."""
    few = ", ".join(f"{step} {seen.count}" for step, seen in observations.items() if seen.count < FEWEST)
    if few:
        raise InvalidRun(f"calibration needs {FEWEST} samples of each step, but has {few}; measure for longer")
    if busy_s is not None and busy_s >= length_s:
        used = f"{busy_s:.3g} s of processor time in {length_s:.3g} s"
        raise InvalidRun(f"the target used {used}, so it was not at low load; calibrate from a quieter part")


def _only_station(plan: Plan, observations: Mapping[str, Observation]) -> str:
    """Return the name of the plan's only station; raise BadInput with all that rules out calibration."""
    source = f"plan {plan.name}"
    mistakes = [
        Mistake(source, f"programs.{step}", None, "is missing, yet was measured", "add the step to the plan")
        for step in observations
        if step not in plan.programs
    ]
    name, station = next(iter(plan.stations.items()))
    if len(plan.stations) != 1:
        rule = "must be one station to calibrate"
        mistakes.append(Mistake(source, "stations", len(plan.stations), rule, "use a plan like stand-in"))
    elif station.servers != 1:
        rule = "must be 1 to calibrate"
        mistakes.append(Mistake(source, f"stations.{name}.servers", station.servers, rule, "use one server"))
    if mistakes:
        raise BadInput(mistakes)
    return name


def _with_demands(plan: Plan, steps: tuple[StepDemand, ...], length_s: float) -> Plan:
    """Return the plan with the same operations, each step's visits and delays scaled to what was found."""
    samples = sum(demand.count for demand in steps)
    changed = {
        "name": f"{plan.name}-calibrated",
        "description": f"{plan.name}, calibrated from {samples} samples in {length_s:g} s",
        "programs": {demand.step: _program(plan.programs[demand.step], demand) for demand in steps},
    }
    return Plan.model_validate({**plan.model_dump(by_alias=True, exclude_defaults=True), **changed})


def _program(operations: tuple[Operation, ...], demand: StepDemand) -> list[dict[str, Any]]:
    """Scale the visits to the demand in proportion to their own means; put the delay, if any, behind them.

    With n parts of equal size each part's cv is √n·cv, which gives their sum the step's cv.
    """
    visits = [operation for operation in operations if operation.service is not None]
    total_s = math.fsum(visit.probability * visit.service.mean_s for visit in visits if visit.service is not None)
    cv = demand.cv * math.sqrt(len(visits) + (demand.delay_s > 0.0))
    program: list[dict[str, Any]] = [
        {
            "station": visit.station,
            "service": _law(visit.service.mean_s * demand.demand_s / total_s, cv),
            "probability": visit.probability,
        }
        for visit in visits
        if visit.service is not None
    ]
    return [*program, {"delay": _law(demand.delay_s, cv)}] if demand.delay_s > 0.0 else program


def _law(mean_s: float, cv: float) -> dict[str, Any]:
    if cv == 0.0:
        return {"law": "constant", "mean_s": mean_s}
    return {"law": "lognormal", "mean_s": mean_s, "cv": cv}
