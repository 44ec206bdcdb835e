"""Service demands of a one-station plan from latencies at low load and the target's processor time.

The service latency of step s is R_s = S_s + W: its own time, and a wait, common and independent of it. Over a
window of L seconds with n_s samples of step s, the demand D_s = φ·S_s is what occupies the server. M/G/1 has

    mean of W = λ·E[D²] / (2·(1 − ρ))                         λ = Σ n_s / L
    variance of W = (mean of W)² + λ·E[D³] / (3·(1 − ρ))      ρ = Σ n_s·D_s / L

which, taken from the latencies' means and variances, leave those of S_s. The utilisation law gives the share
φ = (busy processor seconds) / Σ n_s·S_s, at most 1, and 1 when they are not known; the rest of S_s is a
delay. Both are lognormal: the demand has the coefficient of variation of S_s, the delay what is left of its
variance.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from cutover.base.errors import BadInput, InvalidRun, Mistake
from models.plan import Plan

FEWEST = 20
"""Samples that a step must have (assumed): at 20 a mean's standard error is 0.22 standard deviations."""

_MOST_CV = 20.0
_ROUNDS = 30


@dataclass(frozen=True)
class Observation:
    """A step's service latency in the window: number of samples, mean, squared coefficient of variation."""

    count: int
    mean_s: float
    scv: float


@dataclass(frozen=True)
class StepDemand:
    """What calibration found of one step: cv is that of demand + delay, and so is the standard error."""

    step: str
    count: int
    demand_s: float
    delay_s: float
    cv: float
    standard_error_s: float


@dataclass(frozen=True)
class Calibration:
    """A calibrated plan, and how it came about: the share φ, the common wait, the window's utilisation."""

    plan: Plan
    steps: tuple[StepDemand, ...]
    station: str
    share: float
    wait_s: float
    utilisation: float


@dataclass(frozen=True)
class _Window:
    """The observations of a window with its length and the processor seconds, None if not known."""

    observations: Mapping[str, Observation]
    length_s: float
    busy_s: float | None

    def services(self, wait_s: float) -> dict[str, float]:
        """Return the mean of S_s of each step, given that of the wait."""
        return {step: max(o.mean_s - wait_s, 0.0) for step, o in self.observations.items()}

    def scvs(self, wait_s: float, variance: float) -> dict[str, float]:
        """Return the squared coefficient of variation of each S_s, given the wait's mean and variance."""
        return {
            step: max(self._variance(step) - variance, 0.0) / s**2 if s > 0.0 else 0.0
            for step, s in self.services(wait_s).items()
        }

    def share(self, wait_s: float) -> float:
        """Return φ, given the mean wait."""
        total_s = self._total_s(self.services(wait_s))
        return 1.0 if self.busy_s is None or self.busy_s >= total_s else self.busy_s / total_s

    def utilisation(self, wait_s: float) -> float:
        """Return ρ, given the mean wait."""
        return self.share(wait_s) * self._total_s(self.services(wait_s)) / self.length_s

    def implied_wait_s(self, wait_s: float, variance: float) -> float:
        """Return the mean wait that follows from the demands that an assumed wait leaves."""
        return self._moment_rate(2, wait_s, variance) / (2.0 * self._idle(wait_s))

    def implied_variance(self, wait_s: float, variance: float) -> float:
        """Return the wait's variance that follows from the demands that an assumed wait leaves."""
        return wait_s**2 + self._moment_rate(3, wait_s, variance) / (3.0 * self._idle(wait_s))

    def solve(self) -> tuple[float, float]:
        """Return the wait's mean and variance that imply themselves."""
        longest_s = max(o.mean_s for o in self.observations.values())
        widest = max(self._variance(step) for step in self.observations)
        wait_s = variance = 0.0
        for _ in range(_ROUNDS):
            wait_s = _fixed_point(partial(self._implied_wait_given, variance), longest_s)
            variance = _fixed_point(partial(self.implied_variance, wait_s), widest)
        return wait_s, variance

    def _implied_wait_given(self, variance: float, wait_s: float) -> float:
        return self.implied_wait_s(wait_s, variance)

    def _idle(self, wait_s: float) -> float:
        """Return 1 − ρ, kept above 0 so that a saturated guess implies a huge wait."""
        return max(1.0 - self.utilisation(wait_s), 1e-12)

    def _moment_rate(self, power: int, wait_s: float, variance: float) -> float:
        """Return λ·E[D^k] of lognormal demands: E[D^k] = D^k·(1 + cv²)^(k(k−1)/2)."""
        share, scvs = self.share(wait_s), self.scvs(wait_s, variance)
        spread = power * (power - 1) // 2
        return math.fsum(
            self.observations[step].count / self.length_s * (share * s) ** power * (1.0 + scvs[step]) ** spread
            for step, s in self.services(wait_s).items()
        )

    def _variance(self, step: str) -> float:
        return self.observations[step].scv * self.observations[step].mean_s ** 2

    def _total_s(self, services: Mapping[str, float]) -> float:
        return math.fsum(self.observations[step].count * s for step, s in services.items())


def _fixed_point(implied: Callable[[float], float], highest: float) -> float:
    """Return the x in [0, highest] with implied(x) = x, or the nearer end; `implied` must not grow."""
    low, high = 0.0, highest
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if implied(middle) > middle else (low, middle)
    return (low + high) / 2.0


def calibrate(
    plan: Plan, observations: Mapping[str, Observation], length_s: float, busy_s: float | None
) -> Calibration:
    """Return the plan with measured demands: `observations` by step, over `length_s` seconds at low load.

    `busy_s` is the processor time that the target used in the window, None if it does not tell. Raises
    BadInput when the plan has not one station with one server, or a step is observed that it does not know;
    InvalidRun when a step of the plan has fewer than 20 samples, or the processor was busy all the time.
    """
    station = _only_station(plan, observations)
    window = _Window(observations, length_s, busy_s)
    _refuse_weak(plan, window)
    wait_s, variance = window.solve()
    share, scvs = window.share(wait_s), window.scvs(wait_s, variance)
    steps = tuple(
        _demand(step, observations[step], s, scvs[step], share) for step, s in window.services(wait_s).items()
    )
    samples = sum(observed.count for observed in observations.values())
    description = f"{plan.name}, calibrated from {samples} samples in {length_s:g} s"
    calibrated = _with_demands(plan, description, station, steps)
    return Calibration(calibrated, steps, station, share, wait_s, window.utilisation(wait_s))


def _refuse_weak(plan: Plan, window: _Window) -> None:
    """Raise InvalidRun when a step has too few samples, or the window was not at low load."""
    counts = {step: window.observations[step].count if step in window.observations else 0 for step in plan.programs}
    few = ", ".join(f"{step} {count}" for step, count in counts.items() if count < FEWEST)
    if few:
        raise InvalidRun(f"calibration needs {FEWEST} samples of each step, but has {few}; measure for longer")
    if window.busy_s is not None and window.busy_s >= window.length_s:
        used = f"{window.busy_s:.3g} s of processor time in {window.length_s:.3g} s"
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


def _demand(step: str, observed: Observation, service_s: float, scv: float, share: float) -> StepDemand:
    return StepDemand(
        step=step,
        count=observed.count,
        demand_s=share * service_s,
        delay_s=(1.0 - share) * service_s,
        cv=math.sqrt(scv),
        standard_error_s=observed.mean_s * math.sqrt(observed.scv / observed.count),
    )


def _with_demands(plan: Plan, description: str, station: str, steps: tuple[StepDemand, ...]) -> Plan:
    """Return the plan with its programs replaced, one station visit and one delay a step."""
    changed = {
        "name": f"{plan.name}-calibrated",
        "description": description,
        "programs": {demand.step: _program(station, demand) for demand in steps},
    }
    return Plan.model_validate({**plan.model_dump(by_alias=True, exclude_defaults=True), **changed})


def _program(station: str, demand: StepDemand) -> list[dict[str, Any]]:
    """Return a step's operations; the delay's cv keeps the variance of the sum: cv·√((1 + φ)/(1 − φ))."""
    program: list[dict[str, Any]] = [{"station": station, "service": _law(demand.demand_s, demand.cv)}]
    if demand.delay_s > 0.0:
        share = demand.demand_s / (demand.demand_s + demand.delay_s)
        cv = demand.cv * math.sqrt((1.0 + share) / (1.0 - share))
        program.append({"delay": _law(demand.delay_s, cv)})
    return program


def _law(mean_s: float, cv: float) -> dict[str, Any]:
    if mean_s == 0.0:
        return {"law": "constant", "mean_s": 0.0}
    return {"law": "lognormal", "mean_s": mean_s, "cv": min(cv, _MOST_CV)}
