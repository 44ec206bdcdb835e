import json
import math
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from models.plan import Plan, find_plan, read_plan
from models.statistics.means import replication_mean
from models.statistics.pairs import paired_difference
from models.statistics.precision import Precision
from reports.header import Window
from reports.observed import NoEvidence
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


def test_what_it_ends_with(study, tmp_path, monkeypatch):
    result = study.play(tmp_path)
    assert result.exit_code == 0
    assert (replace(result, missing=1).exit_code, replace(result, missing=1, interrupted=True).exit_code) == (5, 130)
    imprecise = replace(study, name="other", precision=Precision(0.001, at_least=2, at_most=2)).play(tmp_path)
    assert imprecise.exit_code == 4
    assert "not as precise as asked for: 2 replications, the most allowed, did not reach" in imprecise.words()[1]
    fixed = replace(study, precision=Precision(None, at_least=2, at_most=2)).play(tmp_path)
    assert (fixed.exit_code, fixed.replications) == (0, 2)
    nobody = replace(study, name="nobody", lines=("pay response p90 < 1s",), precision=Precision(None, at_least=2))
    monkeypatch.setattr(study_trial, "value", no_evidence)
    assert nobody.play(tmp_path).exit_code == 4


def no_evidence(*_: object) -> float:
    raise NoEvidence("no `pay` step was offered")


def test_words_tell_values_differences_and_what_common_draws_saved(study, tmp_path):
    text, as_is, slow, less, *_ = study.play(tmp_path).words()
    assert text == P90
    assert re.fullmatch(
        r"  as_is: \S+ ms \(\S+ ms to \S+ ms at 95 %; Student's t over replications, 3 of them\)", as_is
    )
    assert slow.startswith("  slower: ")
    assert re.search(r"^  slower less as_is: .*; common draws took away \S+ % of the variance$", less)


def test_ctrl_c_keeps_what_is_done_and_tells_it(study, tmp_path, monkeypatch):
    def stop(forecast, number, folder, header):
        if number == 2:
            raise KeyboardInterrupt
        play_replication(forecast, number, folder, header)

    begun = []
    with monkeypatch.context() as patch:
        patch.setattr(study_trial, "play_replication", stop)
        result = study.play(tmp_path, on_round=lambda *round_: begun.append(round_))
    assert (result.interrupted, result.missing, result.exit_code) == (True, 2, 130)
    assert result.estimates["slower"][P90].interval.samples == 2
    assert not any(name.startswith(".working") for name in files(tmp_path))
    ended = Ended()
    whole = study.play(tmp_path, on_end=ended, on_round=lambda *round_: begun.append(round_))
    assert (whole.interrupted, whole.missing) == (False, 0)
    assert ended.names == ["speed-as_is-2", "speed-slower-2"]
    assert begun == [(0, 6), (4, 6)]


def test_a_study_that_another_process_plays_is_refused(study, tmp_path):
    with study.opened(tmp_path), pytest.raises(BadInput, match="is being played by another process"):
        study.play(tmp_path)


def test_a_trial_s_file_without_its_values_is_told(study, tmp_path):
    study.play(tmp_path)
    path = tmp_path / "speed" / "trials" / "speed-slower-1.json"
    path.write_text('{"schema": 1}')
    with pytest.raises(BadInput, match=r"speed-slower-1.json: values: is missing; remove the file"):
        study.play(tmp_path)


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
    with pytest.raises(BadInput) as refused:
        replace(study, lines=("nowhere response p90 < 1s", "dossiers lost == 0")).play(tmp_path)
    said = sorted((one.key, one.rule) for one in refused.value.mistakes)
    assert [key for key, _ in said] == ["budgets[0]", "budgets[1]"]
    assert "`nowhere` is not a subject" in said[0][1]
    assert said[1][1] == "is about dossiers, which a simulation does not store"
    assert not (tmp_path / "speed").exists()


def test_replications_that_one_variant_lacks_or_that_are_infinite_twice_have_no_difference():
    first = {"a": {0: 1.0, 1: 5.0, 3: 4.0}, "b": {0: math.inf}, "c": {0: 1.0}}
    second = {"a": {0: 2.0, 2: 7.0, 3: 6.0}, "b": {0: math.inf}, "d": {0: 1.0}}
    found = differences(first, second, 0.9)
    assert found == {"a": paired_difference([1.0, 4.0], [2.0, 6.0], 0.9)}


def test_a_cluster_that_does_not_answer_leaves_nothing(study, tmp_path):
    with pytest.raises(BadInput, match="does not answer"):
        study.play(tmp_path / "studies", cluster="tcp://127.0.0.1:1")
    assert not (tmp_path / "studies").exists()
