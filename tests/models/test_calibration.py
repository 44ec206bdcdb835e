"""Calibration: exact on latencies made from known demands, near on simulated ones, and refusals in words."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cutover.base.errors import BadInput, InvalidRun
from models.calibration import Observation, calibrate
from models.draws import stream, uniforms
from models.engines.simpy_engine import simulate
from models.journeys import Journey, Step, Walk
from models.laws import Constant
from models.network import Network
from models.plan import Plan
from models.schedule import Profile, Schedule

DEMANDS_S = {"home": 0.010, "submit": 0.040}


def plan(demands_s: dict[str, float] = DEMANDS_S, **stations: Any) -> Plan:
    programs = {
        step: [{"station": "portal", "service": {"law": "lognormal", "mean_s": mean_s, "cv": 0.5}}]
        for step, mean_s in demands_s.items()
    }
    stations = {"portal": {"servers": 1}, **stations}
    data = {"schema": 1, "name": "small", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data)


def observed(wait_s: float, delays_s: dict[str, float], counts: dict[str, int]) -> dict[str, Observation]:
    """Make the latencies of demands with cv 0.5, of delays, and of a wait as M/G/1 has it."""
    variance = wait_variance() if wait_s else 0.0
    own_s = {step: DEMANDS_S[step] + delays_s[step] for step in DEMANDS_S}
    return {
        step: Observation(counts[step], s + wait_s, (0.25 * s**2 + variance) / (s + wait_s) ** 2)
        for step, s in own_s.items()
    }


COUNTS = {"home": 600, "submit": 150}
LENGTH_S = 60.0
BUSY_S = 600 * 0.010 + 150 * 0.040


def common_wait_s(demands_s: dict[str, float]) -> float:
    squares = sum(COUNTS[step] * demand_s**2 * 1.25 for step, demand_s in demands_s.items())
    busy_s = sum(COUNTS[step] * demand_s for step, demand_s in demands_s.items())
    return squares / LENGTH_S / (2 * (1 - busy_s / LENGTH_S))


def wait_variance() -> float:
    cubes = sum(COUNTS[step] * demand_s**3 * 1.25**3 for step, demand_s in DEMANDS_S.items())
    return common_wait_s(DEMANDS_S) ** 2 + cubes / LENGTH_S / (3 * (1 - BUSY_S / LENGTH_S))


def test_exact_without_processor_time() -> None:
    wait_s = common_wait_s(DEMANDS_S)
    found = calibrate(plan(), observed(wait_s, {"home": 0, "submit": 0}, COUNTS), LENGTH_S, None)
    assert found.wait_s == pytest.approx(wait_s, rel=1e-9)
    assert found.share == 1.0
    assert found.utilisation == pytest.approx(BUSY_S / LENGTH_S)
    assert {step.step: step.demand_s for step in found.steps} == pytest.approx(DEMANDS_S, rel=1e-9)
    assert [step.delay_s for step in found.steps] == [0, 0]


def test_exact_with_processor_time() -> None:
    """A third of each step's own time is delay; the processor's seconds tell it apart."""
    wait_s = common_wait_s(DEMANDS_S)
    delays_s = {step: demand_s / 2 for step, demand_s in DEMANDS_S.items()}
    found = calibrate(plan(), observed(wait_s, delays_s, COUNTS), LENGTH_S, BUSY_S)
    assert found.share == pytest.approx(2 / 3)
    assert found.utilisation == pytest.approx(BUSY_S / LENGTH_S)
    assert {step.step: step.demand_s for step in found.steps} == pytest.approx(DEMANDS_S, rel=1e-9)
    assert {step.step: step.delay_s for step in found.steps} == pytest.approx(delays_s, rel=1e-9)


def test_the_calibrated_plan() -> None:
    delays_s = {step: demand_s / 2 for step, demand_s in DEMANDS_S.items()}
    observations = observed(common_wait_s(DEMANDS_S), delays_s, COUNTS)
    found = calibrate(plan(), observations, LENGTH_S, BUSY_S)
    assert found.plan.name == "small-calibrated"
    assert found.plan.description == "small, calibrated from 750 samples in 60 s"
    service, delay = (operation.service or operation.delay for operation in found.plan.programs["submit"])
    assert service is not None
    assert delay is not None
    variance = service.scv * service.mean_s**2 + delay.scv * delay.mean_s**2
    assert service.scv == pytest.approx(0.25)
    assert variance == pytest.approx(0.25 * 0.06**2)  # that of the whole step
    step = found.steps[1]
    assert (step.step, step.count, step.cv) == ("submit", 150, pytest.approx(0.5))
    latency = observations["submit"]
    assert step.standard_error_s == pytest.approx(latency.mean_s * math.sqrt(latency.scv / 150))


def test_more_processor_time_than_the_steps_took_is_all_demand() -> None:
    found = calibrate(plan(), observed(0, {"home": 0, "submit": 0}, COUNTS), LENGTH_S, 59.0)
    assert found.share == 1.0


def test_a_step_no_longer_than_the_wait_demands_nothing() -> None:
    observations = {"home": Observation(30, 1e-6, 0.0), "submit": Observation(300, 0.1, 1.0)}
    found = calibrate(plan(), observations, 40.0, None)
    assert found.steps[0].demand_s == 0.0
    assert found.plan.programs["home"][0].service == Constant(law="constant", mean_s=0.0)


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
    none = Constant(law="constant", mean_s=0)
    journeys = [Journey(step, (Step(step, none, 60.0, ((None, 1.0),)),)) for step in DEMANDS_S]
    observer, length_s = Means(), 2000
    numbers, instants = Schedule(Profile(((0, 12), (length_s, 12))), 2).window(0, length_s)
    submits = uniforms(stream(2, 0, "which"), numbers, 0) < 0.25
    arrivals = zip(numbers.tolist(), instants.tolist(), submits.astype(int).tolist(), strict=True)
    history = simulate(Network(plan(), journeys), arrivals, Walk(journeys, 2), length_s * 10**9, observer)
    observations = {
        step: Observation(len(times), float(np.mean(times)), float(np.var(times) / np.mean(times) ** 2))
        for step, times in observer.seconds.items()
    }
    busy_s = history.station("portal").utilisation() * length_s
    for known in (None, busy_s):
        found = calibrate(plan(), observations, length_s, known)
        for step in found.steps:
            assert abs(step.demand_s - DEMANDS_S[step.step]) < 3.29 * step.standard_error_s < 0.05 * step.demand_s
        assert observations["home"].scv > 0.9  # mostly the wait's
        assert found.steps[0].cv < 0.6
        assert found.steps[1].cv == pytest.approx(0.5, abs=0.05)
        wrong = calibrate(plan(), observations, length_s * 0.5, None)
        assert abs(wrong.utilisation - busy_s / length_s) > 0.1


@pytest.mark.parametrize(
    ("observations", "length_s", "busy_s", "message"),
    [
        (
            {"home": Observation(19, 0.01, 0.1)},
            60.0,
            None,
            "calibration needs 20 samples of each step, but has home 19, submit 0; measure for longer",
        ),
        (
            dict.fromkeys(DEMANDS_S, Observation(20, 0.01, 0.1)),
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
    observations = dict.fromkeys(("home", "submit", "pay"), Observation(50, 0.01, 0.1))
    with pytest.raises(BadInput) as caught:
        calibrate(plan(db={"servers": 3}), observations, 60.0, None)
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan small: programs.pay: is missing, yet was measured; add the step to the plan",
        "plan small: stations = 2: must be one station to calibrate; use a plan like stand-in",
    ]
    many = plan()
    many = many.model_copy(update={"stations": {"portal": many.stations["portal"].model_copy(update={"servers": 4})}})
    with pytest.raises(BadInput, match=r"stations.portal.servers = 4: must be 1 to calibrate; use one server"):
        calibrate(many, replace_counts(observations), 60.0, None)


def replace_counts(observations: dict[str, Observation]) -> dict[str, Observation]:
    return {step: replace(each, count=40) for step, each in observations.items() if step != "pay"}
