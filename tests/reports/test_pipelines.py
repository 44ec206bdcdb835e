"""The run and its verdict as OpenMetrics, in k6's form, as SARIF, and as a chart in text."""

import json
import re
from types import SimpleNamespace

import pytest

from reports.gate import judge
from reports.hlog import Line
from reports.judged import Judged
from reports.load_performance import load_performance
from reports.openmetrics import openmetrics
from reports.run import Run
from reports.sarif import RULES, sarif
from reports.text_chart import CELLS, text_chart


def judged(run, path=None):
    return Judged(run, judge(run), None, path)


def samples(text):
    """Read OpenMetrics text: the values by metric and labels."""
    assert text.endswith("# EOF\n")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    found = [re.fullmatch(r"([a-z_]+)\{([^{} ]*)\} (\S+)", line) for line in lines]
    assert all(found)
    return {(each[1], each[2]): float(each[3]) for each in found}


def test_metrics_hold_the_summary_and_the_verdict(made):
    one = judged(made(failing=0.1))
    found = samples(openmetrics(one))
    step = one.summary.steps["submit"]
    assert found["cutover_response_seconds", 'step="submit",quantile="0.95"'] == pytest.approx(step.response.p95_s)
    assert found["cutover_error_ratio", 'step="submit"'] == pytest.approx(step.error_rate)
    assert found["cutover_goodput_per_second", 'step="all"'] == pytest.approx(one.summary.all.ok_per_s)
    assert [found["cutover_verdict", f'cutover_verdict="{word}"'] for word in ("pass", "fail")] == [0, 1]
    types = re.findall(r"# TYPE (\S+) (\S+)", openmetrics(one))
    assert {name for name, _ in types} == {name for name, _ in found}


def test_a_quantile_that_is_only_a_bound_is_infinite_and_not_in_k6_form(made):
    one = judged(made(failing=0.2, failure="timed_out"))
    found = samples(openmetrics(one))
    assert found["cutover_response_seconds", 'step="all",quantile="0.95"'] == float("inf")
    assert set(json.loads(load_performance(one))["metrics"]) == {"checks", "http_reqs"}


def test_metrics_have_the_same_lines_whatever_the_verdict(made):
    """GitLab compares line by line: a label that differs from run to run would make every line a new one."""
    first, second = (samples(openmetrics(judged(made(**fields)))) for fields in ({}, {"mean_s": 3.0}))
    assert set(first) == set(second)


def test_k6_form_has_what_the_widget_reads(made):
    one = judged(made(failing=0.005))
    found = json.loads(load_performance(one))["metrics"]
    step = one.summary.all
    assert found["checks"] == {"passes": step.ok, "fails": step.offered - step.ok, "value": step.ok / step.offered}
    assert found["http_reqs"]["rate"] == pytest.approx(step.offered / 30)
    assert found["http_req_duration"]["p(95)"] == pytest.approx(1000 * step.response.p95_s)
    assert found["http_req_waiting"]["p(90)"] == pytest.approx(1000 * step.service.p90_s)
    empty = judged(made(steps_per_s=0.0))
    assert json.loads(load_performance(empty)) == {"metrics": {}}


def test_k6_form_takes_the_first_byte_where_the_run_has_it(made):
    run = made()
    fresh = Run(run.folder, run.header)
    first = [
        Line(each.step, "ok", "first_byte", each.start_s, each.length_s, each.histogram)
        for each in run.lines("service", "home")
    ]
    vars(fresh)["latencies"] = (*run.latencies, *first)
    found = json.loads(load_performance(judged(fresh)))["metrics"]
    window = run.whole(run.window)
    assert found["http_req_waiting"]["p(95)"] == run.histogram("service", "home", window=window).quantile(0.95) / 1e6


def results(one):
    document = json.loads(sarif(one))
    assert (document["version"], document["runs"][0]["invocations"][0]["exitCode"]) == ("2.1.0", one.exit_code)
    assert [rule["id"] for rule in document["runs"][0]["tool"]["driver"]["rules"]] == list(RULES)
    for result in document["runs"][0]["results"]:
        assert list(RULES)[result["ruleIndex"]] == result["ruleId"]
    return document["runs"][0]["results"]


def test_sarif_has_a_result_for_each_budget_that_is_not_met(made, tmp_path):
    path = tmp_path / "budgets.txt"
    path.write_text("# ours\nall error_rate < 2%\n", encoding="utf-8")
    run = made(failing=0.02, budgets=("all error_rate < 2%", "all response p50 < 1ms", "all response p50 < 1ms warn"))
    found = {each["ruleId"]: each for each in results(judged(run, path))}
    assert {rule: each["level"] for rule, each in found.items()} == {
        "budget-undecided": "warning",
        "budget-breached": "error",
        "budget-told": "note",
    }
    place = found["budget-undecided"]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"], place["region"]["startLine"]) == (str(path), 2)
    place = found["budget-breached"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == f"{run.folder}/run.json"
    assert results(judged(made())) == []
    undecided = "all error_rate < 2% {}"
    told = [undecided.format(end) for end in ("warn", "waived until 2999-01-01 because of a test")]
    assert results(judged(made(failing=0.02, budgets=(*told, "all goodput >= 5/s")))) == []
    [invalid] = results(judged(made(cpu=0.99)))
    assert (invalid["ruleId"], invalid["level"]) == ("run-invalid", "error")


def test_a_result_is_the_same_in_the_next_run(made):
    first, second = (results(judged(made(mean_s=3.0, budgets=("all response p95 < 1s",))))[0] for _ in range(2))
    assert first["message"] != second["message"]
    assert first["partialFingerprints"] == second["partialFingerprints"]


def judgement(value, low, high, limit=2.0, *, relative=False):
    budget = SimpleNamespace(text="a budget", limit=limit, is_relative=relative)
    return SimpleNamespace(budget=budget, value=value, low=low, high=high, called="pass")


@pytest.mark.parametrize(
    ("value", "low", "high", "at", "ends"),
    [
        (1.0, 0.5, 1.5, CELLS // 2, (CELLS // 4, 3 * CELLS // 4)),
        (2.0, 1.0, 3.0, CELLS, (CELLS // 2, CELLS + CELLS // 2)),
        (4.0, 3.0, 4.0, 2 * CELLS, (CELLS + CELLS // 2, None)),
    ],
)
def test_the_chart_has_value_interval_and_limit_in_their_places(value, low, high, at, ends):
    [line] = text_chart([judgement(value, low, high)])
    axis = line.split("  ")[1]
    assert len(axis) == 2 * CELLS + 1
    assert axis.index("●") == at
    assert axis.index("├") == ends[0]
    assert (axis.index("┤") if "┤" in axis else None) == ends[1]
    assert axis[CELLS] in "│●"


@pytest.mark.parametrize(("value", "low", "high", "sign"), [(9.0, 8.0, float("inf"), ">"), (-1.5, -1.6, -1.4, "<")])
def test_what_lies_beyond_the_axis_is_told(value, low, high, sign):
    [line] = text_chart([judgement(value, low, high, limit=0.0 if value < 0 else 2.0, relative=value < 0)])
    assert sign in line
    assert "●" not in line


def test_a_budget_without_a_value_or_a_limit_has_no_line():
    assert text_chart([judgement(None, None, None), judgement(1.0, 1.0, 1.0, limit=0.0)]) == []
