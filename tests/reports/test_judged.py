"""What a pipeline makes of a verdict, and the JSON document, held against its schema."""

import json
from pathlib import Path

import jsonschema_rs
import pytest

from cutover.base.errors import BadInput
from reports.gate import judge
from reports.judged import SCHEMA, Judged, undecided

ROOT = Path(__file__).parents[2]
VALIDATOR = jsonschema_rs.validator_for(
    json.loads((ROOT / "reports" / "schemas" / f"verdict-{SCHEMA}.json").read_text(encoding="utf-8"))
)

UNDECIDED = {"failing": 0.02, "budgets": ("all error_rate < 2%",)}


@pytest.mark.parametrize(("taken", "code"), [(None, 4), ("warn", 0), ("fail", 3), ("rerun", 4)])
def test_an_undecided_verdict_ends_as_asked(made, taken, code):
    run = made(**UNDECIDED)
    judged = Judged(run, judge(run), taken)
    assert judged.exit_code == code
    assert judged.to_dict()["exit_code"] == code
    assert judged.to_dict()["verdict"] == "inconclusive"
    assert (f"(--on inconclusive={taken})." in judged.words()) == (taken is not None)


@pytest.mark.parametrize("taken", ["warn", "fail", "rerun"])
@pytest.mark.parametrize(("fields", "code"), [({}, 0), ({"mean_s": 3.0}, 3), ({"cpu": 0.99}, 5)])
def test_a_decided_verdict_ends_as_ever(made, taken, fields, code):
    run = made(**fields)
    judged = Judged(run, judge(run), taken)
    assert (judged.exit_code, judged.sentence, judged.taken) == (code, "", None)


@pytest.mark.parametrize("text", ["warn", "inconclusive", "inconclusive=", "inconclusive=pass", "invalid=warn", ""])
def test_anything_else_is_no_way_to_take_it(text):
    with pytest.raises(BadInput, match="inconclusive=warn, inconclusive=fail, inconclusive=rerun"):
        undecided(text)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        UNDECIDED,
        {"mean_s": 3.0, "failing": 0.2, "failure": "timed_out"},
        {"cpu": 0.99, "validity": ("The target was restarted.",)},
        {"kind": "simulated", "stations": ("web",)},
        {"steps_per_s": 0.0, "budgets": ()},
        {
            "mean_s": 1.0,
            "duration_s": 60,
            "budgets": (
                "all response p95 < 1ms over 10s",
                "all error_rate < 1% warn",
                "submit response p50 < 1ms waived until 2030-01-01 because it is known",
                "submit response p50 < 1ms waived until 2020-01-01 because it was known",
                "all response p95 <= baseline + 3%",
                "all response max < 1h",
            ),
        },
    ],
)
def test_the_document_is_as_its_schema_says(made, fields):
    run = made(**fields)
    document = Judged(run, judge(run), "rerun").to_dict()
    text = json.dumps(document, allow_nan=False)
    assert list(VALIDATOR.iter_errors(json.loads(text))) == []


def test_the_schema_refuses_what_is_not_in_it(made):
    run = made()
    document = Judged(run, judge(run)).to_dict()
    for spoilt in ({**document, "more": 1}, {**document, "schema": 2}, {**document, "verdict": "maybe"}):
        assert list(VALIDATOR.iter_errors(spoilt))
    assert list(VALIDATOR.iter_errors({key: value for key, value in document.items() if key != "budgets"}))
    document["budgets"][0]["value"] = "fast"
    assert list(VALIDATOR.iter_errors(document))


def test_a_breach_that_fails_nothing_is_called_what_it_is(made):
    lines = (
        "all response p50 < 1ms warn",
        "all response p50 < 1ms waived until 2099-01-01 because x",
        "all response p50 < 1ms",
    )
    run = made(budgets=lines)
    assert [one.called for one in judge(run).judgements] == ["warning", "waived", "fail"]


def test_budgets_of_a_file_have_their_lines(made, tmp_path):
    path = tmp_path / "budgets.txt"
    path.write_text("# ours\n\n all   response p95<1s\nall error_rate < 2%\n", encoding="utf-8")
    run = made()
    assert Judged(run, judge(run), None, path).lines == {"all response p95 < 1s": 3, "all error_rate < 2%": 4}
    assert Judged(run, judge(run)).lines == {}
