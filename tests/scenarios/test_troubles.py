"""Troubles: what became of a forecast after a surge; a retry storm stays, and the same without reloads passes."""

from dataclasses import replace
from itertools import pairwise

import pytest

from models.conduct import CitizensEntry
from models.plan import find_plan, read_plan
from reports.replications import replications_of
from scenarios.forecast import Forecast
from scenarios.scenario import find_scenario, read_scenario
from scenarios.span import asked
from scenarios.troubles import Trouble, recoveries, troubles

STORM = (
    ("duration_s = 6\n", "duration_s = 1500\n"),
    ("points = [[0, 6], [4, 6], [4, 0], [6, 0]]", "points = [[0, 4], [1500, 4]]"),
    ("[journeys]\nbrisk_visit = 0.5\nbrisk_look_up = 0.5", "[journeys]\nlook_up = 1.0"),
    ('plan = "stand-in"', 'plan = "retry-storm"'),
)
SURGE = """
[[arrivals.surges]]
name = "surge"
at_s = 300
hold_s = 120
times = { value = 3, assumed = "a test" }
"""


@pytest.fixture
def storm(scenario_file):
    """A tenth of the shipped retry storm: 2 servers, 4 sessions a second."""
    path = scenario_file(*STORM, ("\n[journeys]", f"{SURGE}\n[journeys]"))
    scenario, plan = read_scenario(path), read_plan(find_plan("retry-storm"))
    app = plan.stations["app"].model_copy(update={"servers": 2})
    plan = plan.model_copy(update={"stations": {"app": app}})
    return Forecast(scenario, plan, asked(scenario, "all"), 1)


def test_a_retry_storm_outlives_its_surge_and_says_what_would_help(storm, tmp_path):
    run = storm.play(tmp_path / "storm", lambda _: None)
    (found,) = recoveries(storm, run)
    assert (found["name"], found["at_s"], found["passed_s"]) == ("surge", None, 420.0)
    assert found["before"] > 0.99
    assert found["after"] < 0.1
    assert 0.0 < found["shed"] < 0.9
    assert found["words"] == (
        f"surge: the portal does not recover by itself: at the end {found['after']:.1%} of steps end well, "
        f"{found['before']:.1%} did before the trouble; it does when {found['shed']:.0%} of sessions are turned away "
        "from then on, without coming back"
    )


def test_without_reloads_the_same_surge_passes(storm, tmp_path):
    plan = storm.plan.model_copy(update={"citizens": CitizensEntry()})
    patient = replace(storm, plan=plan)
    run = patient.play(tmp_path / "patient", lambda _: None)
    (found,) = recoveries(patient, run)
    assert found["at_s"] is not None
    assert "shed" not in found
    assert "the portal recovers by itself" in found["words"]


def test_troubles_of_shipped_scenarios():
    assert troubles(read_scenario(find_scenario("retry-storm"))) == (Trouble("surge", 600.0, 720.0),)
    (vendor,) = troubles(read_scenario(find_scenario("vendor-outage")))
    assert (vendor.name, vendor.began_s, vendor.passed_s) == ("vendor", 33_600.0, 37_200.0)
    assert troubles(read_scenario(find_scenario("go-live"))) == ()
    many = troubles(read_scenario(find_scenario("gift-day")))
    assert all(before.passed_s <= after.passed_s for before, after in pairwise(many))


def test_several_replications_are_told_apart(storm, tmp_path):
    """What is uncertain of the surge makes it pass in some replications: 3 times does not, 1.01 times does."""
    surge = storm.scenario.file.arrivals.surges[0]
    times = surge.times.model_copy(update={"value": 2.5, "low": 1.01, "high": 4.0})
    arrivals = storm.scenario.file.arrivals.model_copy(update={"surges": (surge.model_copy(update={"times": times}),)})
    file = storm.scenario.file.model_copy(update={"arrivals": arrivals})
    several = replace(storm, scenario=replace(storm.scenario, file=file), replications=6)
    run = several.play(tmp_path / "several", lambda _: None)
    (found,) = recoveries(several, run, replications_of(run))
    assert found["of"] == 6
    assert 0 < found["recovered"] < 6
    assert f"it recovers in {found['recovered']} of 6 replications" in found["words"]
