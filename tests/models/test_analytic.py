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
    "home": 143.5, "search": 97.5, "procedure": 78.9, "sign_in": 64.8, "track": 73.9,
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


def test_the_mean_number_of_servers_and_no_wait_where_it_changes() -> None:
    network = small(3)
    changed = station_loads(network, {"b": 2.0}, servers={"s": 2.5}, changing=["s"])
    assert (changed[0].servers, changed[0].utilisation) == (2.5, 0.8)
    assert math.isnan(changed[0].wait_s)
    assert math.isnan(changed[0].wait_probability)
    assert math.isnan(mean_response_s(network, changed, "b"))
    by_chance = station_loads(network, {"b": 2.0}, servers={"s": 4.0}, changing=["s"])[0]
    assert (by_chance.utilisation, math.isnan(by_chance.wait_s)) == (0.5, True)


def test_another_number_of_servers_all_the_time() -> None:
    """As a schedule has it in the window: not that of the plan's start."""
    load = station_loads(small(3), {"b": 2.0}, servers={"s": 4.0})[0]
    assert (load.servers, load.utilisation, load.wait_s) == (4, 0.5, pytest.approx(Mmc(2.0, 1.0, 4).wait_s))


def test_no_servers_at_all() -> None:
    load = station_loads(small(3), {"b": 2.0}, servers={"s": 0.0})[0]
    assert load.utilisation == math.inf
    assert math.isnan(load.wait_s)


def test_the_national_plan_is_sized_as_it_says() -> None:
    loads = station_loads(assemble(read_plan(plan_path("national")), []), GO_LIVE_RPS)
    own = [load for load in loads if "[" not in load.name and load.arrival_rps]
    assert len(own) == 7
    assert all(0.5 <= load.utilisation <= 0.7 for load in own), own
    assert sum(load.arrival_rps for load in loads if "provincial" in load.name) == pytest.approx(
        next(load.arrival_rps for load in loads if load.name == "exchange")
    )
    text = Path(plan_path("national")).read_text(encoding="utf-8")
    assert f"{sum(GO_LIVE_RPS.values()):.0f} steps a second" in text


def test_families_get_their_shares() -> None:
    service = {"law": "exponential", "mean_s": 1.0}
    stations = {
        "province": {"servers": 2, "copies": 2, "by": "province"},
        "bank": {"servers": 2, "weights": [3, 1]},
    }
    programs = {"a": [{"station": "province", "service": service}, {"station": "bank", "service": service}]}
    data = {"schema": 1, "name": "p", "description": "", "stations": stations, "programs": programs}
    network = assemble(Plan.model_validate(data), [])
    loads = station_loads(network, {"a": 1.0}, [0.5, 0.2, 0.3])
    assert [load.arrival_rps for load in loads] == pytest.approx([0.8, 0.2, 0.75, 0.25])
    assert [load.arrival_rps for load in station_loads(network, {"a": 1.0})[:2]] == [0.5, 0.5]
    waits = [Mmc(rate, 1.0, 2).wait_s for rate in (0.8, 0.2, 0.75, 0.25)]
    assert mean_response_s(network, loads, "a") == pytest.approx(
        2 + 0.8 * waits[0] + 0.2 * waits[1] + 0.75 * waits[2] + 0.25 * waits[3]
    )


def test_sharing_does_not_feel_the_law_of_services() -> None:
    service = {"law": "lognormal", "mean_s": 1.0, "cv": 3.0}
    stations = {"s": {"servers": 3, "discipline": "sharing"}}
    data = {"schema": 1, "name": "p", "description": "", "stations": stations}
    network = assemble(Plan.model_validate(data | {"programs": {"a": [{"station": "s", "service": service}]}}), [])
    assert station_loads(network, {"a": 2.0})[0].wait_s == pytest.approx(Mmc(2.0, 1.0, 3).wait_s)
