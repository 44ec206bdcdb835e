"""The verdict as GitHub's workflow commands."""

import re

from reports.annotations import annotations
from reports.gate import judge
from reports.judged import Judged


def of(run, taken=None, path=None):
    return annotations(Judged(run, judge(run), taken, path))


def levels(lines):
    return [re.match(r"::(\w+) ", line)[1] for line in lines]


def test_a_breach_is_an_error_and_its_signs_are_escaped(made):
    lines = of(made(failing=0.5, budgets=("all error_rate < 2%", "all goodput >= 1/s")))
    assert levels(lines) == ["error"]
    assert lines[0].startswith("::error title=cutover%3A all error_rate < 2%25::")
    assert "%," not in lines[0]
    assert re.search(r"\d %25, and the whole interval", lines[0])


def test_what_is_undecided_or_only_told_is_a_warning(made):
    run = made(failing=0.02, budgets=("all error_rate < 2%", "all response p50 < 1ms warn"))
    assert levels(of(run)) == ["warning", "warning", "warning"]
    assert levels(of(run, "fail")) == ["error", "error", "warning"]
    assert any("(--on inconclusive=rerun)" in line for line in of(run, "rerun"))


def test_a_pass_is_a_notice(made):
    assert levels(of(made())) == ["notice"]


def test_an_invalid_run_has_its_findings_and_no_budgets(made):
    lines = of(made(cpu=0.99, validity=("The target was restarted.",)))
    assert levels(lines) == ["error", "error"]
    assert all(line.startswith("::error title=cutover%3A the run is invalid::") for line in lines)


def test_no_more_than_ten_of_a_level_and_the_last_counts_the_rest(made):
    lines = of(made(budgets=tuple(f"all response p50 < {number}us" for number in range(1, 31))))
    assert len(lines) == 10
    assert lines[-1] == "::error title=cutover%3A more::21 more of these; the summary has them all."


def test_a_budget_of_a_file_is_placed_in_it(made, tmp_path):
    path = tmp_path / "a,b.txt"
    path.write_text("# ours\nall response p95 < 1s\n", encoding="utf-8")
    [line] = of(made(mean_s=3.0, budgets=("all response p95 < 1s",)), None, path)
    assert line.startswith(f"::error file={tmp_path}/a%2Cb.txt,line=2,title=cutover%3A all response p95 < 1s::")
