"""Networks: a plan compiled, and the steps without a program listed."""

from typing import Any

import pytest

from cutover.base.errors import BadInput
from models.journeys import Journey, Step
from models.laws import Constant
from models.network import Network, NetworkOperation, NetworkStation
from models.plan import Plan

NONE = Constant(law="constant", mean_s=0)


def plan(**programs: list[dict[str, Any]]) -> Plan:
    stations = {"web": {"servers": 2, "queue": 7}, "db": {"servers": 1}}
    data = {"schema": 1, "name": "p", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data)


def journey(*steps: str) -> Journey:
    return Journey("j", tuple(Step(name, NONE, 2.5, ((None, 1.0),)) for name in steps))


def test_compiled() -> None:
    visit = {"station": "db", "service": {"law": "constant", "mean_s": 1}}
    delay = {"delay": {"law": "constant", "mean_s": 2}, "probability": 0.5}
    network = Network(plan(home=[visit, delay, visit]), [journey("home")])
    one, two = Constant(law="constant", mean_s=1), Constant(law="constant", mean_s=2)
    assert network.stations == (NetworkStation("web", 2, 7), NetworkStation("db", 1, None))
    assert network.programs["home"] == (
        NetworkOperation(1, one, 1.0, "home/db/0"),
        NetworkOperation(None, two, 0.5, "home/delay/0"),
        NetworkOperation(1, one, 1.0, "home/db/1"),
    )
    assert [(step.name, step.limit_ns) for step in network.journeys[0]] == [("home", 2_500_000_000)]


def test_every_step_without_a_program_is_listed() -> None:
    visit = {"station": "web", "service": {"law": "constant", "mean_s": 1}}
    with pytest.raises(BadInput) as caught:
        Network(plan(home=[visit]), [journey("home", "hmoe"), journey("submit", "hmoe")])
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan p: programs.hmoe: is missing, yet a journey needs it; did you mean `home`?",
        "plan p: programs.submit: is missing, yet a journey needs it; add [[programs.submit]] to the plan",
    ]
