"""Calibration: exact on quartiles made from known demands, near on simulated ones, and refusals in words."""

import math
from statistics import NormalDist
from typing import Any

import numpy as np
import pytest

from cutover.base.errors import BadInput, InvalidRun
from models.assembly import assemble
from models.calibration.low_load import Z_QUARTILE, Observation, calibrate
from models.draws import stream, uniforms
from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.plan import Plan
from models.schedule import Profile, Schedule

DEMANDS_S = {"home": 0.010, "submit": 0.040}
CV = 0.5
COUNTS = {"home": 600, "submit": 150}
LENGTH_S = 60.0
BUSY_S = 600 * 0.010 + 150 * 0.040


def plan(visits: int = 1, **stations: Any) -> Plan:
    programs = {
        step: [{"station": "portal", "service": {"law": "lognormal", "mean_s": 0.001, "cv": 0.5}}] * visits
        for step in DEMANDS_S
    }
    stations = {"portal": {"servers": 1}, **stations}
    data = {"schema": 1, "name": "small", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data)


def observed(own_s: dict[str, float]) -> dict[str, Observation]:
    """Make the quartiles of lognormal times with these means and cv 0.5."""
    sigma = math.sqrt(math.log1p(CV**2))
    medians_s = {step: mean_s * math.exp(-(sigma**2) / 2) for step, mean_s in own_s.items()}
    return {
        step: Observation(COUNTS[step], q50_s * math.exp(-sigma * Z_QUARTILE), q50_s)
        for step, q50_s in medians_s.items()
    }


def test_exact_without_processor_time() -> None:
    found = calibrate(plan(), observed(DEMANDS_S), LENGTH_S, None)
    assert found.share == 1.0
    assert found.utilisation == pytest.approx(BUSY_S / LENGTH_S)
    assert {step.step: step.demand_s for step in found.steps} == pytest.approx(DEMANDS_S, rel=1e-12)
    assert [step.delay_s for step in found.steps] == [0, 0]
    assert [step.cv for step in found.steps] == pytest.approx([CV, CV])


def test_exact_with_processor_time() -> None:
    """A third of each step's own time is delay; the processor's seconds tell it apart."""
    own_s = {step: demand_s * 1.5 for step, demand_s in DEMANDS_S.items()}
    found = calibrate(plan(), observed(own_s), LENGTH_S, BUSY_S)
    assert found.share == pytest.approx(2 / 3)
    assert found.utilisation == pytest.approx(BUSY_S / LENGTH_S)
    assert {step.step: step.demand_s for step in found.steps} == pytest.approx(DEMANDS_S, rel=1e-12)
    assert {step.step: step.delay_s for step in found.steps} == pytest.approx(
        {step: demand_s / 2 for step, demand_s in DEMANDS_S.items()}, rel=1e-12
    )


@pytest.mark.parametrize("visits", [1, 3])
def test_the_calibrated_plan_keeps_the_visits_and_has_the_mean_of_the_step(visits: int) -> None:
    own_s = {step: demand_s * 1.5 for step, demand_s in DEMANDS_S.items()}
    found = calibrate(plan(visits), observed(own_s), LENGTH_S, BUSY_S)
    assert found.plan.name == "small-calibrated"
    assert found.plan.description == "small, calibrated from 750 samples in 60 s"
    *services, delay = found.plan.programs["submit"]
    assert [operation.station for operation in services] == ["portal"] * visits
    assert sum(operation.service.mean_s for operation in services if operation.service) == pytest.approx(0.040)
    assert delay.delay is not None
    assert delay.delay.mean_s == pytest.approx(0.020)


def test_parts_of_equal_size_have_the_variance_of_the_step() -> None:
    found = calibrate(plan(3), observed(DEMANDS_S), LENGTH_S, None)
    laws = [operation.service for operation in found.plan.programs["submit"] if operation.service]
    assert sum(law.scv * law.mean_s**2 for law in laws) == pytest.approx((CV * 0.040) ** 2)


def test_the_standard_error_is_that_of_a_median() -> None:
    (home, _) = calibrate(plan(), observed(DEMANDS_S), LENGTH_S, None).steps
    sigma = math.sqrt(math.log1p(CV**2))
    draws = np.random.default_rng(1).lognormal(math.log(0.010) - sigma**2 / 2, sigma, (4000, 600))
    spread = np.std(np.median(draws, axis=1) * math.exp(sigma**2 / 2))
    assert home.standard_error_s == pytest.approx(spread, rel=0.06)  # 0.06: a spread of 4,000 has an error of 1.1 %


def test_more_processor_time_than_the_steps_took_is_all_demand() -> None:
    assert calibrate(plan(), observed(DEMANDS_S), LENGTH_S, 59.0).share == 1.0


def test_equal_quartiles_make_constant_demands() -> None:
    observations = {step: Observation(30, 0.002, 0.002) for step in DEMANDS_S}
    found = calibrate(plan(), observations, LENGTH_S, None)
    assert found.plan.programs["home"][0].service == Constant(law="constant", mean_s=0.002)


class Means:
    """An observer that adds up response times by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {}

    def session(self, instant_ns: int) -> None:
        pass

    def offered(self, step: str, intended_ns: int) -> None:
        pass

    def step(self, step: str, outcome: str, session: int, ordinal: int, *times_ns: int) -> None:
        assert (outcome in ("ok", "unfinished"), session >= 0, ordinal) == (True, True, 0)
        self.seconds.setdefault(step, []).append((times_ns[2] - times_ns[0]) / 1e9)


def test_finds_the_demands_of_a_simulated_portal() -> None:
    """Never too little; and too much by no more than waits can lift the quartiles.

    A share ρ of requests waits. At worst all of them leave the lower half, so the median seen is at most the
    0.5/(1 − ρ) quantile of the step's own time.
    """
    none = Constant(law="constant", mean_s=0)
    journeys = [Journey(step, (Step(step, none, 60.0, ((None, 1.0),)),)) for step in DEMANDS_S]
    observer, length_s = Means(), 4000
    numbers, instants = Schedule(Profile(((0, 12), (length_s, 12))), 2).window(0, length_s)
    submits = uniforms(stream(2, 0, "which"), numbers, 0) < 0.25
    arrivals = zip(numbers.tolist(), instants.tolist(), submits.astype(int).tolist(), strict=True)
    truth = calibrate(plan(), observed(DEMANDS_S), LENGTH_S, None).plan
    history = simulate(assemble(truth, journeys), batches(arrivals), Walk(journeys, 2), length_s * 10**9, observer)
    observations = {
        step: Observation(len(times), *(float(q) for q in np.quantile(times, (0.25, 0.5))))
        for step, times in observer.seconds.items()
    }
    busy = history.station("portal").utilisation()
    assert busy == pytest.approx(0.21, abs=0.01)
    sigma = math.sqrt(math.log1p(CV**2))
    lifted = sigma * NormalDist().inv_cdf(0.5 / (1 - busy))
    steepest = sigma + lifted / Z_QUARTILE
    most = math.exp(lifted + (steepest**2 - sigma**2) / 2)
    for step in calibrate(plan(), observations, length_s, None).steps:
        error_s = 3.29 * step.standard_error_s
        assert error_s < 0.05 * DEMANDS_S[step.step]
        assert DEMANDS_S[step.step] - error_s < step.demand_s < most * DEMANDS_S[step.step] + error_s


@pytest.mark.parametrize(
    ("observations", "length_s", "busy_s", "message"),
    [
        (
            {"home": Observation(19, 0.01, 0.01)},
            60.0,
            None,
            "calibration needs 20 samples of each step, but has home 19; measure for longer",
        ),
        (
            dict.fromkeys(DEMANDS_S, Observation(20, 0.01, 0.01)),
            60.0,
            60.0,
            "the target used 60 s of processor time in 60 s, so it was not at low load; calibrate from a quieter part",
        ),
    ],
)
def test_weak_evidence_is_refused(
    observations: dict[str, Observation], length_s: float, busy_s: float | None, message: str
) -> None:
    with pytest.raises(InvalidRun) as caught:
        calibrate(plan(), observations, length_s, busy_s)
    assert str(caught.value) == message


def test_unfit_plans_are_refused_with_all_mistakes() -> None:
    observations = dict.fromkeys(("home", "submit", "pay"), Observation(50, 0.01, 0.01))
    with pytest.raises(BadInput) as caught:
        calibrate(plan(db={"servers": 3}), observations, 60.0, None)
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan small: programs.pay: is missing, yet was measured; add the step to the plan",
        "plan small: stations = 2: must be one station to calibrate; use a plan like stand-in",
    ]
    many = plan()
    many = many.model_copy(update={"stations": {"portal": many.stations["portal"].model_copy(update={"servers": 4})}})
    with pytest.raises(BadInput, match=r"stations.portal.servers = 4: must be 1 to calibrate; use one server"):
        calibrate(many, {step: observations[step] for step in DEMANDS_S}, 60.0, None)
