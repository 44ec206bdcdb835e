"""The verdict as JUnit XML, which every CI system shows: one test case a budget."""

import math

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from reports.gate import Judgement, Verdict
from reports.run import Run


def junit(run: Run, verdict: Verdict) -> str:
    """Return the JUnit XML of a verdict.

    A breached budget is a failure, an undecided one is skipped, an invalid run is an error; a run without
    budgets has one skipped case, so that no reader takes it for a pass.
    """
    suite = TestSuite(f"cutover {run.header.scenario} ({run.header.kind})")
    suite.timestamp = run.header.started.isoformat()
    suite.add_property("verdict", verdict.verdict)
    suite.add_property("reason", verdict.reason)
    suite.add_property("state", run.state)
    suite.add_property("seed", str(run.header.seed))
    for finding in verdict.findings:
        suite.add_testcase(_case("the run is valid", Error(finding, "invalid")))
    for judgement in verdict.judgements:
        suite.add_testcase(_case(judgement.budget.text, _result(judgement), _output(judgement)))
    if not verdict.judgements and not verdict.findings:
        suite.add_testcase(_case("the run has budgets", Skipped(verdict.reason)))
    document = JUnitXml("cutover")
    document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call] # junitparser types only half of itself
    return str(document.tostring(), "utf-8")  # type: ignore[no-untyped-call] # as above


def _case(name: str, result: Failure | Error | Skipped | None, output: str | None = None) -> TestCase:
    case = TestCase(name, classname="cutover.budgets", time=0)
    if result is not None:
        case.result = [result]
    if output is not None:
        case.system_out = output
    return case


def _result(judgement: Judgement) -> Failure | Error | Skipped | None:
    if judgement.verdict == "fail":
        return Failure(judgement.reason, "budget")
    if judgement.verdict == "invalid":
        return Error(judgement.reason, "invalid")
    return Skipped(judgement.reason) if judgement.verdict == "inconclusive" else None


def _output(judgement: Judgement) -> str:
    """Return the figures, which readers of a passed case want too."""
    known = {
        "value": judgement.value,
        "low": judgement.low,
        "high": judgement.high,
        "limit": judgement.budget.limit,
    }
    figures = " ".join(
        f"{name}={value:.6g}" for name, value in known.items() if value is not None and math.isfinite(value)
    )
    return f"{judgement.reason}\n{figures} unit={judgement.budget.unit} samples={judgement.samples}"
