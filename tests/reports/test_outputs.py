"""The verdict as JUnit XML, as Markdown and as words."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

from reports.gate import judge
from reports.judged import Judged
from reports.junit import junit
from reports.markdown import markdown
from reports.run import Run

Made = Callable[..., Run]


def suite_of(run: Run) -> ET.Element:
    suite = ET.fromstring(junit(Judged(run, judge(run)))).find("testsuite")
    assert suite is not None
    return suite


def test_a_breached_budget_is_a_failure(made: Made) -> None:
    run = made(mean_s=3.0)
    suite = suite_of(run)
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("6", "2", "0")
    failed = [case for case in suite.iter("testcase") if case.find("failure") is not None]
    assert [case.get("name") for case in failed] == ["all response p95 < 1s", "submit response p95 < 2s"]
    reasons = [judgement.reason for judgement in judge(run).judgements if judgement.verdict == "fail"]
    assert [case.find("failure").get("message") for case in failed] == reasons  # type: ignore[union-attr] # found above


def test_an_undecided_budget_is_skipped(made: Made) -> None:
    suite = suite_of(made(failing=0.02, budgets=("all error_rate < 2%",)))
    assert (suite.get("tests"), suite.get("skipped"), suite.get("failures")) == ("1", "1", "0")


def test_an_invalid_run_is_an_error_throughout(made: Made) -> None:
    suite = suite_of(made(cpu=0.99))
    assert (suite.get("tests"), suite.get("errors")) == ("7", "7")
    assert suite.find("testcase").get("name") == "the run is valid"  # type: ignore[union-attr] # seven there


def test_a_run_without_budgets_is_no_green_suite(made: Made) -> None:
    suite = suite_of(made(budgets=()))
    assert (suite.get("tests"), suite.get("skipped")) == ("1", "1")


def test_markdown_opens_with_the_verdict(made: Made) -> None:
    run = made(mean_s=3.0, title="Go-live <day> | one")
    lines = markdown(Judged(run, judge(run))).splitlines()
    assert lines[0] == "<!-- cutover gate made-up measured -->"
    assert lines[1] == "## ❌ FAIL · Go-live \\<day\\> \\| one"
    assert lines[3].startswith("2 of 6 budgets are breached: all response p95 \\< 1s;")
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == 6
    assert {row.count(" | ") for row in rows} == {5}
    assert sum("❌ fail" in row for row in rows) == 2


def test_markdown_says_interrupted_and_empty(made: Made) -> None:
    run = made(state="interrupted", stop_s=15)
    text = markdown(Judged(run, judge(run)))
    assert "🚫 INVALID" in text
    assert text.rstrip().endswith("**interrupted**")
    empty = made(steps_per_s=0.0, budgets=())
    assert "No step was offered in the measurement window." in markdown(Judged(empty, judge(empty)))


def test_words_hold_each_budget_and_finding(made: Made) -> None:
    verdict = judge(made(cpu=0.99, validity=("The target was restarted.",)))
    words = verdict.words().splitlines()
    assert words[0] == f"INVALID: {verdict.reason}"
    assert len(words) == 1 + 2 + len(verdict.judgements)
    one = judge(made(cpu=0.99)).words().splitlines()
    assert len(one) == 1 + len(verdict.judgements)  # the only finding is the reason: it is not said twice


TOLD = (
    "all response p50 < 1ms warn",
    "all response p50 < 1ms waived until 2099-01-01 because of the move",
    "all response p95 < 1s",
)


def test_a_breach_that_is_only_told_stands_in_every_output(made: Made) -> None:
    run = made(budgets=TOLD)
    judged = Judged(run, judge(run))
    text, suite = markdown(judged), suite_of(run)
    assert (suite.get("failures"), suite.get("skipped")) == ("0", "2")
    for output in (text, junit(judged), judged.words(), str(judged.to_dict())):
        assert "because of the move" in output
    assert "⚠️ warning" in text
    assert "💤 waived" in text


def test_breached_windows_stand_in_every_output(made: Made) -> None:
    run = made(mean_s=1.0, duration_s=60, budgets=("all response p50 < 1ms over 15s",))
    judged = Judged(run, judge(run))
    first = judged.verdict.judgements[0].breaches[0].words()
    assert f"| `all response p50 < 1ms over 15s` | {first} |" in markdown(judged)
    assert f"breached {first}" in junit(judged)


def test_undecided_that_is_taken_as_a_failure_fails_the_suite(made: Made) -> None:
    run = made(failing=0.02, budgets=("all error_rate < 2%",))
    suite = ET.fromstring(junit(Judged(run, judge(run), "fail"))).find("testsuite")
    assert suite is not None
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "0")
    assert "(--on inconclusive=fail)" in markdown(Judged(run, judge(run), "fail"))


def test_a_suite_of_nothing_but_warnings_is_not_green(made: Made) -> None:
    suite = suite_of(made(budgets=("all response p50 < 1h warn",)))
    assert (suite.get("tests"), suite.get("skipped")) == ("2", "1")


def test_markdown_draws_the_intervals(made: Made) -> None:
    run = made()
    text = markdown(Judged(run, judge(run)))
    chart = text.split("```text\n")[1].split("\n```")[0].splitlines()
    assert [line.split("  ")[0].strip() for line in chart] == [
        one.budget.text for one in judge(run).judgements if one.budget.limit
    ]
