import json
import os

import pytest

from cutover.base.errors import BadInput
from models.plan import find_plan, read_plan
from reports.header import Window
from scenarios import study_trial
from scenarios.forecast import Forecast, play_replication
from scenarios.scenario import read_scenario
from scenarios.span import Span
from scenarios.steady_study import SteadyStudy

LONG = (("duration_s = 6", "duration_s = 260"), ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 6], [260, 6]]"))
LINES = ("all response p90 < 1s", "portal utilisation mean < 90%")


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    """Play trials in this process: how workers are used and lost is the subject of test_trials."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


@pytest.fixture
def study(scenario_file):
    def make(to_s: float) -> SteadyStudy:
        scenario, plan = read_scenario(scenario_file(*LONG)), read_plan(find_plan("stand-in"))
        forecast = Forecast(scenario, plan, Span(Window(from_s=0.0, to_s=to_s), 0.0, 1.0), 1)
        return SteadyStudy("even", {"as_is": forecast}, LINES)

    return make


def test_one_long_replication_gives_estimates_and_backlogs_after_its_warm_up(study, tmp_path):
    result = study(260).play(tmp_path)
    budgets = result.found["as_is"]["budgets"]
    assert [one["budget"] for one in budgets] == list(LINES)
    latency, utilisation = budgets
    assert latency["method"] == "sectioning"
    assert latency["low"] < latency["value"] < latency["high"]
    assert 0 <= latency["warm_up_s"] < 60
    assert latency["window_s"] == 260.0
    assert utilisation["method"] == "batch means"
    assert [one["station"] for one in result.found["as_is"]["backlogs"]] == ["portal"]
    assert result.exit_code == 0
    variant, first, _, backlog = result.words()
    assert variant == "as_is"
    assert "of warm-up (MSER-5)" in first
    assert backlog.startswith("  backlog of portal: 0.0")


def test_what_is_done_is_not_simulated_again_and_what_failed_is(study, tmp_path, monkeypatch):
    def refuse(*_: object) -> None:
        raise ArithmeticError("no such day")

    with monkeypatch.context() as patch:
        patch.setattr(study_trial, "play_replication", refuse)
        failed = study(20).play(tmp_path)
        assert (failed.exit_code, failed.missing, failed.failures[0].trial) == (5, 1, "even-as_is-0")
    assert study(20).play(tmp_path).missing == 0
    monkeypatch.setattr(study_trial, "play_replication", refuse)
    again = study(20).play(tmp_path)
    assert (again.failures, again.exit_code) == ((), 4)
    with pytest.raises(BadInput, match="holds another study"):
        study(30).play(tmp_path)


def test_too_short_a_window_is_refused_in_words(study, tmp_path):
    result = study(150).play(tmp_path)
    assert "values are too few for batches; they need 200." in result.words()[1]
    assert json.loads(json.dumps(result.to_dict()))["exit_code"] == 4


def test_ctrl_c_is_told(study, tmp_path, monkeypatch):
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(study_trial, "play_replication", stop)
    result = study(20).play(tmp_path)
    assert (result.interrupted, result.missing, result.exit_code, result.words()) == (True, 1, 130, [])


def test_a_load_that_changes_is_refused(scenario_file):
    scenario, plan = read_scenario(scenario_file()), read_plan(find_plan("stand-in"))
    forecast = Forecast(scenario, plan, Span(Window(from_s=0.0, to_s=6.0), 0.0, 1.0), 1)
    with pytest.raises(BadInput, match=r"variants.as_is: is not steady: the flow `main` is not constant over the wind"):
        SteadyStudy("even", {"as_is": forecast}, LINES)


def test_the_interval_of_a_long_window_is_longer_than_a_second(study, tmp_path, monkeypatch):
    asked = []

    def seen(forecast, number, folder, header):
        asked.append((number, header.interval_s))
        play_replication(forecast, number, folder, header)

    monkeypatch.setattr(study_trial, "play_replication", seen)
    monkeypatch.setattr("scenarios.steady_study.ROWS", 100)
    study(260).play(tmp_path)
    assert asked == [(0, 3.0)]
