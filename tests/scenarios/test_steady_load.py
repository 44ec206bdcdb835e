from pathlib import Path

import pytest

from models.plan import Plan, find_plan, read_plan
from reports.header import Window
from scenarios.forecast import Forecast
from scenarios.scenario import read_scenario
from scenarios.span import Span
from scenarios.steady_load import unsteady

FAULT = '\n[[faults]]\nname = "half"\nstation = "portal"\nfrom_s = 3.5\nto_s = 5\ndown = true\n'
JOB = '\n[[jobs]]\nname = "batch"\nworkers = 1\nto_s = {}\ndo = [{{ delay = {{ law = "constant", mean_s = 1 }} }}]\n'
BANK = "points = [[0, 6], [4, 6], [4, 0], [6, 0]]"


def forecast(path: Path, to_s: float = 4.0, from_s: float = 0.0, plan: Plan | None = None) -> Forecast:
    span = Span(Window(from_s=from_s, to_s=to_s), 0.0, 1.0)
    return Forecast(read_scenario(path), plan or read_plan(find_plan("stand-in")), span, 1)


def test_a_constant_rate_is_steady_and_a_change_of_it_is_not(scenario_file):
    assert unsteady(forecast(scenario_file())) is None
    said = unsteady(forecast(scenario_file(), 4.5))
    assert said == "the flow `main` is not constant over the window (0 to 6 sessions a second)"


def test_two_flows_that_change_against_each_other_are_not_steady(scenario_file):
    rest = '[[flows]]\nname = "other"\npoints = [[0, 0], [6, 6]]\n\n[journeys]'
    path = scenario_file((BANK, "points = [[0, 6], [6, 0]]"), ("[journeys]", rest))
    assert "the flow `main` is not constant" in unsteady(forecast(path))


def test_days_that_differ_by_chance_are_not_steady(scenario_file):
    path = scenario_file((BANK, f'{BANK}\nday_cv = {{ value = 0.1, assumed = "a test" }}'))
    assert "the days of the flow `main` differ by chance" in unsteady(forecast(path))


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (FAULT, "a fault befalls the station `portal` within the window"),
        (JOB.format(3), "the job `batch` does not last for the whole window"),
    ],
)
def test_faults_and_jobs_within_the_window_are_not_steady(scenario_file, more, said):
    path = scenario_file()
    path.write_text(path.read_text() + more)
    assert unsteady(forecast(path)) == said
    assert unsteady(forecast(path, 3.0)) is None


def test_a_job_over_the_whole_window_is_steady(scenario_file):
    path = scenario_file()
    path.write_text(path.read_text() + JOB.format(6))
    assert unsteady(forecast(path)) is None


def test_servers_that_change_are_not_steady(scenario_file):
    plan = read_plan(find_plan("stand-in")).model_dump(by_alias=True)
    plan["stations"]["portal"] |= {"servers": None, "schedule": [(0, 1), (2, 2)]}
    changed = Plan.model_validate(plan)
    assert unsteady(forecast(scenario_file(), plan=changed)) == "the servers of `portal` change within the window"
    assert unsteady(forecast(scenario_file(), 2.0, plan=changed)) is None
