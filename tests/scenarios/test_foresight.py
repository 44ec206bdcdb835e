"""What a forecast answers over its replications, and how far it goes beyond what was measured."""

from datetime import date

import pytest

from cutover.rehearsal.forecast import play_forecast
from models.plan import find_plan, read_plan
from models.uncertainty import CalibrationEntry, UncertainEntry
from reports.estimates import judged
from reports.evidence import value
from reports.header import Window
from reports.replications import replications_of
from reports.statistics import clopper_pearson
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span

POINTS = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"
LONG = (("duration_s = 6", "duration_s = 60"), ("response p95 < 2s", "response p95 < 10ms"))
RUSH = """points = [[0, 20], [20, 60], [40, 2], [60, 2]]

[demand]
volume = { value = 1, low = 0.5, high = 2, source = "a report", published = 2025-06-01 }"""
SLOWER = UncertainEntry(name="work", of="service", low=0.5, high=2.0, assumed="a test")


@pytest.fixture
def forecast(scenario_file):
    scenario = read_scenario(scenario_file((POINTS, RUSH), *LONG))
    plan = read_plan(find_plan("stand-in")).model_copy(update={"uncertain": (SLOWER,)})
    return Forecast(scenario, plan, Span(Window(from_s=0.0, to_s=60.0), 0.0), 12)


def test_a_forecast_answers_over_its_replications(forecast, tmp_path):
    run = play_forecast(forecast, tmp_path / "runs")
    found = run.findings["foresight"]
    (budget,) = judged(run)
    (told,) = found["budgets"]
    held = sum(budget.holds(value(each, budget)) for each in replications_of(run))
    assert 0 < held < 12
    assert (told["held"], told["of"], told["share"]) == (held, 12, held / 12)
    assert (told["low"], told["high"]) == clopper_pearson(held, 12, 0.95)
    worst = found["worst"]
    assert 0 < worst["queued"] <= 12
    assert worst["queues"] == {"portal": worst["queued"]}
    assert worst["at_s"]["low"] >= 5.0
    assert found["words"][0] == told["words"]
    assert {one["step"] for one in found["steps"]} == set(run.header.steps)
    home = next(one for one in found["steps"] if one["step"] == "home")
    assert home["p95_s"]["low"] < home["p95_s"]["value"] < home["p95_s"]["high"]
    assert found["returns"]["come_back_share"]["value"] == 0.0
    assert found["provinces"] == {"families": []}
    assert run.findings["extrapolation"]["words"].startswith("Not calibrated: assumed figures.")
    taken = {one["what"]: one for one in run.findings["assumptions"]}
    assert (taken["demand.volume"]["range"], taken["demand.volume"]["date"]) == ("0.5 to 2", "2025-06-01")
    assert taken["plan: factor of work"] == {
        "what": "plan: factor of work", "value": "1", "range": "0.5 to 2", "origin": "assumed: a test", "date": "",
    }  # fmt: skip
    assert taken["journeys"]["value"] == "brisk_visit 0.5, brisk_look_up 0.5"


def test_binding_is_told_as_a_share_of_replications(forecast, tmp_path):
    run = play_forecast(forecast, tmp_path / "runs")
    found = run.findings["foresight"]["binding"]
    bound = sum(one["replications"] for one in found["stations"])
    assert bound + found["none"] == 12
    assert bound > 0
    assert [one["station"] for one in found["stations"]] == ["portal"]
    assert found["words"].startswith("first to bind: portal in ")


@pytest.mark.parametrize(
    ("highest_rps", "servers", "begins", "extrapolated"),
    [
        (1000.0, 1, "Calibrated on 20250601-measured (2025-06-02); steps at most: 1,000/s measured, ", False),
        (1.0, 1, "Extrapolated: the load ", True),
        (1000.0, 4, "Calibrated on ", False),
    ],
)
def test_the_first_sentence_tells_how_far_a_forecast_goes(
    forecast, tmp_path, highest_rps, servers, begins, extrapolated
):
    measured = CalibrationEntry(
        runs=("20250601-measured",), fitted=date(2025, 6, 2), estimator="response_fit", levels=6,
        highest_rps=highest_rps, servers={"portal": servers},
    )  # fmt: skip
    plan = forecast.plan.model_copy(update={"calibration": measured, "uncertain": ()})
    order = Forecast(forecast.scenario, plan, forecast.span, 1)
    found = play_forecast(order, tmp_path / "runs").findings["extrapolation"]
    assert found["words"].startswith(begins)
    assert found["extrapolated"] is extrapolated
    assert found["servers"] == [{"name": "portal", "measured": servers, "forecast": 1}]
    many = plan.model_copy(update={"stations": {"portal": plan.stations["portal"].model_copy(update={"servers": 13})}})
    more = play_forecast(Forecast(forecast.scenario, many, forecast.span, 1), tmp_path / "runs").findings[
        "extrapolation"
    ]
    assert more["extrapolated"]
    assert f"portal {13 / servers:.3g} times what was measured" in more["words"]


def test_provinces_are_told_by_the_families_that_are_by_province(forecast, tmp_path):
    portal = forecast.plan.stations["portal"].model_copy(update={"copies": 34, "by": "province"})
    plan = forecast.plan.model_copy(update={"stations": {"portal": portal}, "uncertain": ()})
    run = play_forecast(Forecast(forecast.scenario, plan, forecast.span, 1), tmp_path / "runs")
    (family,) = run.findings["foresight"]["provinces"]["families"]
    loads = [row["utilisation"] for row in family["provinces"]]
    assert (family["station"], len(loads)) == ("portal", 34)
    assert loads == sorted(loads, reverse=True)
    assert {row["province"] for row in family["provinces"]} == {one.code for one in forecast.scenario.places.provinces}
    busiest = family["provinces"][0]
    assert busiest["name"] in run.findings["foresight"]["words"][-1]
