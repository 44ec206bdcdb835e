"""Replays: the same sessions, to the nanosecond, and services drawn anew when that is asked for."""

import numpy as np
import pytest

from cutover.base.errors import BadInput
from models.plan import find_plan, read_plan
from reports.header import Window
from reports.measured_levels import level_of
from reports.series import Rows
from reports.target_metrics.meter import Meters
from scenarios.forecast import Forecast
from scenarios.levels import under
from scenarios.replayed import Replay, Replays
from scenarios.scenario import read_scenario
from scenarios.span import asked

PLAN = read_plan(find_plan("stand-in"))
WINDOW = Window(from_s=4.0, to_s=20.0)


@pytest.fixture
def run(scenario_file, tmp_path):
    scenario = under(read_scenario(scenario_file()), "staircase 10/s to 40/s in 2 steps of 10s")
    return Forecast(scenario, PLAN, asked(scenario, "all"), 1).play(tmp_path, lambda _: None)


def test_the_plan_that_made_a_run_answers_its_sessions_as_it_did(run):
    replayed = Replay(run).played(PLAN)
    answers, completed = replayed.answered(4.0, 20.0), replayed.completed(4.0, 20.0)
    level = level_of(run, "x", WINDOW, Meters(), {})
    assert {step: (answer.offered, answer.ok) for step, answer in answers.items()} == {
        step: (level.offered[step], level.ok[step]) for step in answers
    }
    for step, answer in answers.items():
        assert answer.response.mean_s == pytest.approx(level.response[step].mean_s, rel=1e-3)  # buckets are as wide
    ended = [line.outcomes for line in run.counters if WINDOW.holds(line.start_s, line.length_s)]
    assert completed == {step: sum(by.get(step, {}).get("ok", 0) for by in ended) for step in completed}
    loads = [line.stations["portal"] for line in run.counters if WINDOW.holds(line.start_s, line.length_s)]
    assert replayed.busy(4.0, 20.0)["portal"] == pytest.approx(np.mean([load.utilisation for load in loads]))


def test_answers_by_rows_add_up_to_those_of_all_of_them(run):
    replayed = Replay(run).played(PLAN)
    rows = Rows.of(run, WINDOW)
    found = replayed.by_rows(np.append(rows.starts_s, rows.to_s))
    answers, completed = replayed.answered(4.0, 20.0), replayed.completed(4.0, 20.0)
    for step, answer in answers.items():
        ended, counts, values_s = found[step]
        assert (ended.sum(), counts.sum()) == (completed[step], answer.ok)
        assert counts.sum(axis=0) @ values_s == pytest.approx(answer.response.mean_s * answer.ok)
    assert found["all"][1].sum() == sum(answer.ok for answer in answers.values())


def test_drawn_anew_the_same_sessions_are_served_otherwise(run):
    replay = Replay(run)
    first, again, once_more = (replay.played(PLAN, number) for number in (0, 1, 1))
    assert once_more is again
    begun = [np.sort(each.intended_ns[each.step == each.names.index("home")]) for each in (first, again)]
    assert np.array_equal(*begun)  # sessions begin with it
    assert first.step.size == again.step.size
    assert not np.array_equal(first.end_ns, again.end_ns)
    assert np.array_equal(Replay(run).played(PLAN, 1).end_ns, again.end_ns)


def test_a_slower_plan_answers_later(run):
    data = PLAN.model_dump(by_alias=True, exclude_defaults=True)
    for operation in data["programs"]["home"]:
        if "service" in operation:
            operation["service"]["mean_s"] *= 3
    slower = type(PLAN).model_validate(data)
    level = level_of(run, "x", WINDOW, Meters(), {})
    replays = Replays({"x": Replay(run)})
    assert replays(slower, level)["home"].response.mean_s > 2 * replays(PLAN, level)["home"].response.mean_s


def test_a_step_without_a_program_is_refused(run):
    less = PLAN.model_copy(update={"programs": {step: own for step, own in PLAN.programs.items() if step != "pay"}})
    with pytest.raises(BadInput, match=r"programs.pay: is missing, yet a journey needs it"):
        Replay(run).played(less)
