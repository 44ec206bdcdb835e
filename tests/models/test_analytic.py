"""What theory says of a whole network, by hand and of the shipped national plan."""

import math
from pathlib import Path

import pytest

from models.analytic import mean_response_s, station_loads
from models.assembly import assemble
from models.network import Network
from models.plan import Plan, plan_path, read_plan
from models.theory.delay import Mmc

# Steps a second in the busiest ten minutes of the scenario go-live, as the national plan's header says.
GO_LIVE_RPS = {
    "home": 143.5, "search": 101.9, "procedure": 82.4, "sign_in": 61.3, "track": 69.8,
    "form": 5.2, "upload": 4.9, "submit": 4.8, "pay": 2.9, "feedback": 0.0,
}  # fmt: skip


def small(servers: int = 3) -> Network:
    service = {"law": "exponential", "mean_s": 1.0}
    programs = {
        "a": [
            {"station": "s", "service": service, "probability": 0.5},
            {"delay": {"law": "constant", "mean_s": 4}},
        ],
        "b": [{"station": "s", "service": service}],
    }
    stations = {"s": {"servers": servers}, "idle": {"servers": 1}}
    data = {"schema": 1, "name": "p", "description": "", "stations": stations, "programs": programs}
    return assemble(Plan.model_validate(data), [])


def test_one_station_by_hand() -> None:
    network = small()
    busy, idle = station_loads(network, {"a": 2.0, "b": 1.0, "elsewhere": 50.0})
    theory = Mmc(2.0, 1.0, 3)
    assert (busy.name, busy.servers, busy.arrival_rps) == ("s", 3, 2.0)
    assert busy.utilisation == pytest.approx(2 / 3)
    assert busy.wait_probability == pytest.approx(theory.wait_probability)
    assert busy.wait_s == pytest.approx(theory.wait_s)
    assert (idle.arrival_rps, idle.utilisation, idle.wait_s) == (0.0, 0.0, 0.0)
    assert mean_response_s(network, (busy, idle), "a") == pytest.approx(0.5 * (1 + theory.wait_s) + 4)


def test_offered_too_much() -> None:
    load = station_loads(small(2), {"b": 2.0})[0]
    assert (load.utilisation, load.wait_probability, load.wait_s) == (1.0, 1.0, math.inf)


def test_the_national_plan_is_sized_as_it_says() -> None:
    loads = station_loads(assemble(read_plan(plan_path("national")), []), GO_LIVE_RPS)
    assert all(0.5 <= load.utilisation <= 0.7 for load in loads), loads
    text = Path(plan_path("national")).read_text(encoding="utf-8")
    assert f"{sum(GO_LIVE_RPS.values()):.0f} steps a second" in text
