import json
import math
import os
from dataclasses import replace
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from models.plan import Plan, find_plan, read_plan
from models.statistics.means import replication_mean
from models.statistics.pairs import paired_difference
from models.statistics.precision import Precision
from reports.header import Window
from reports.run import Run
from reports.summary import Summary
from scenarios import study_trial
from scenarios.forecast import Forecast, play_replication
from scenarios.scenario import read_scenario
from scenarios.span import Span
from scenarios.study import Study
from scenarios.study_result import differences
from scenarios.trials import Failure, Trial

P90, RATE = "all response p90 < 1s", "all goodput > 1/s"


@pytest.fixture(autouse=True)
def one_core(monkeypatch):
    """Play trials in this process: how workers are used and lost is the subject of test_trials."""
    monkeypatch.setattr(os, "cpu_count", lambda: 1)


@pytest.fixture
def study(scenario_file):
    """Two variants of the small forecast: the stand-in portal, and one whose every service takes a fifth longer."""
    scenario, plan = read_scenario(scenario_file()), read_plan(find_plan("stand-in"))
    span = Span(Window(from_s=0.0, to_s=6.0), 0.0, 1.0)
    variants = {name: Forecast(scenario, one, span, 1) for name, one in (("as_is", plan), ("slower", slower(plan)))}
    return Study("speed", variants, (P90, RATE), Precision(0.5, at_least=3, at_most=3))


def slower(plan: Plan) -> Plan:
    def stretched(part: object) -> object:
        if isinstance(part, dict):
            return {
                key: value * 1.2 if key == "mean_s" and value is not None else stretched(value)
                for key, value in part.items()
            }
        return [stretched(each) for each in part] if isinstance(part, (list, tuple)) else part

    return Plan.model_validate(stretched(plan.model_dump(by_alias=True)))


class Ended:
    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, trial: Trial, _failure: Failure | None) -> None:
        self.names.append(trial.name)


def files(out: Path) -> list[str]:
    return sorted(path.name for path in (out / "speed" / "trials").iterdir())


def test_each_trial_is_one_file_and_what_is_there_is_not_simulated_again(study, tmp_path):
    ended = Ended()
    result = study.play(tmp_path, on_end=ended)
    names = [f"speed-{variant}-{number}" for variant in ("as_is", "slower") for number in range(3)]
    assert sorted(ended.names) == names
    assert files(tmp_path) == [f"{name}.json" for name in names]
    kept = {path.name: path.read_bytes() for path in (tmp_path / "speed" / "trials").iterdir()}
    (tmp_path / "speed" / "trials" / "speed-slower-1.json").unlink()
    ended.names.clear()
    assert study.play(tmp_path, on_end=ended) == result
    assert ended.names == ["speed-slower-1"]
    assert {path.name: path.read_bytes() for path in (tmp_path / "speed" / "trials").iterdir()} == kept


def test_a_trial_is_the_replication_of_that_number(study, tmp_path):
    study.play(tmp_path)
    forecast = study.variants["slower"]
    play_replication(forecast, 2, tmp_path / "run", forecast.header())
    summary = Summary.of(Run.open(tmp_path / "run"))
    found = json.loads((tmp_path / "speed" / "trials" / "speed-slower-2.json").read_text())
    assert found["summary"] == summary.to_dict()
    assert found["values"][P90] == pytest.approx(summary.all.response.p90_s)
    assert (found["study"], found["variant"], found["replication"]) == ("speed", "slower", 2)


def test_estimates_and_differences_are_those_of_the_trials(study, tmp_path):
    result = study.play(tmp_path)
    trials = tmp_path / "speed" / "trials"
    values = {
        variant: [json.loads((trials / f"speed-{variant}-{n}.json").read_text())["values"][P90] for n in range(3)]
        for variant in ("as_is", "slower")
    }
    assert result.estimates["slower"][P90].interval == replication_mean(values["slower"])
    assert list(result.differences) == ["slower"]
    found = result.differences["slower"][P90]
    assert found == paired_difference(values["as_is"], values["slower"])
    assert found.difference.value > 0
    assert found.variance_reduction > 0.5
    listed = result.to_dict()
    assert listed["differences"]["slower"][P90]["variance_reduction"] == found.variance_reduction
    assert listed["replications"] == 3


def test_replications_go_on_until_the_first_quantity_is_precise(study, tmp_path):
    result = replace(study, precision=Precision(0.02, at_least=2, at_most=5)).play(tmp_path)
    assert result.replications == 5
    assert not any(looks[P90].reached for looks in result.estimates.values())
    # The same folder serves a laxer rule, which looks at fewer trials of it.
    lax = replace(study, precision=Precision(0.9, at_least=2, at_most=5)).play(tmp_path)
    assert lax.replications < 5
    assert all(looks[P90].reached for looks in lax.estimates.values())
    assert len(files(tmp_path)) == 10


def test_a_trial_that_fails_is_recorded_and_played_again_another_time(study, tmp_path, monkeypatch):
    def refuse(forecast, number, folder, header):
        if number == 1 and forecast is study.variants["slower"]:
            raise ArithmeticError("no such day")
        play_replication(forecast, number, folder, header)

    with monkeypatch.context() as patch:
        patch.setattr(study_trial, "play_replication", refuse)
        result = study.play(tmp_path)
    (failure,) = result.failures
    assert (failure.trial, failure.error) == ("speed-slower-1", "ArithmeticError: no such day")
    recorded = json.loads((tmp_path / "speed" / "trials" / "speed-slower-1.failed.json").read_text())
    assert recorded["error"] == failure.error
    assert "in refuse" in recorded["trace"]
    assert result.estimates["as_is"][P90].interval.samples == 3
    assert result.estimates["slower"][P90].interval.samples == 2
    assert result.differences["slower"][P90].difference.samples == 2
    again = study.play(tmp_path)
    assert again.failures == ()
    assert again.estimates["slower"][P90].interval.samples == 3
    assert "speed-slower-1.failed.json" not in files(tmp_path)


def test_a_folder_of_another_study_is_refused(study, tmp_path):
    one = replace(study, precision=Precision(0.5, at_least=2, at_most=2))
    one.play(tmp_path)
    swapped = replace(one, variants=dict(zip(one.variants, reversed(one.variants.values()), strict=True)))
    for other in (swapped, replace(one, lines=(RATE,))):
        with pytest.raises(BadInput, match=r"study = 'speed': holds another study"):
            other.play(tmp_path)


def test_a_study_that_cannot_be_names_all_its_mistakes(study, scenario_file, tmp_path):
    other = read_scenario(scenario_file(("seed = 7", "seed = 8")))
    variants = {"as is": study.variants["as_is"], "b": replace(study.variants["as_is"], scenario=other)}
    with pytest.raises(BadInput) as caught:
        Study("Speed", variants, (), study.precision)
    assert [(one.key, one.value) for one in caught.value.mistakes] == [
        ("name", "Speed"), ("name", "as is"), ("budgets", None), ("seed", [7, 8]),
    ]  # fmt: skip
    with pytest.raises(BadInput, match="must be one at least; give a forecast"):
        Study("speed", {}, (P90,), study.precision)
    with pytest.raises(BadInput, match="`nowhere` is not a subject"):
        replace(study, lines=("nowhere response p90 < 1s",)).play(tmp_path)
    assert not (tmp_path / "speed").exists()


def test_replications_that_one_variant_lacks_or_that_are_infinite_twice_have_no_difference():
    first = {"a": {0: 1.0, 1: 5.0, 3: 4.0}, "b": {0: math.inf}, "c": {0: 1.0}}
    second = {"a": {0: 2.0, 2: 7.0, 3: 6.0}, "b": {0: math.inf}, "d": {0: 1.0}}
    found = differences(first, second, 0.9)
    assert found == {"a": paired_difference([1.0, 4.0], [2.0, 6.0], 0.9)}
