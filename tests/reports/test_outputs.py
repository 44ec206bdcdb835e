"""The verdict as JUnit XML, as Markdown and as words."""

import xml.etree.ElementTree as ET
from collections.abc import Callable

from reports.gate import judge
from reports.junit import junit
from reports.markdown import markdown
from reports.run import Run

Made = Callable[..., Run]


def suite_of(run: Run) -> ET.Element:
    suite = ET.fromstring(junit(run, judge(run))).find("testsuite")
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
    lines = markdown(run, judge(run)).splitlines()
    assert lines[0] == "## ❌ FAIL · Go-live \\<day\\> \\| one"
    assert lines[2].startswith("2 of 6 budgets are breached: all response p95 \\< 1s;")
    rows = [line for line in lines if line.startswith("| `")]
    assert len(rows) == 6
    assert {row.count(" | ") for row in rows} == {5}
    assert sum("❌ fail" in row for row in rows) == 2


def test_markdown_says_interrupted_and_empty(made: Made) -> None:
    run = made(state="interrupted", stop_s=15)
    text = markdown(run, judge(run))
    assert "🚫 INVALID" in text
    assert text.rstrip().endswith("**interrupted**")
    empty = made(steps_per_s=0.0, budgets=())
    assert "No step was offered in the measurement window." in markdown(empty, judge(empty))


def test_words_hold_each_budget_and_finding(made: Made) -> None:
    verdict = judge(made(cpu=0.99, validity=("The target was restarted.",)))
    words = verdict.words().splitlines()
    assert words[0] == f"INVALID: {verdict.reason}"
    assert len(words) == 1 + 2 + len(verdict.judgements)
    one = judge(made(cpu=0.99)).words().splitlines()
    assert len(one) == 1 + len(verdict.judgements)  # the only finding is the reason: it is not said twice
