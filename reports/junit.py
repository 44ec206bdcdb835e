"""The verdict as JUnit XML, which every CI system shows: one test case a budget."""

import math

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from reports.judged import Judged
from reports.judgement import Judgement


def junit(judged: Judged) -> str:
    """Return the JUnit XML of a verdict.

    A breached budget is a failure, an undecided one and one whose breach is only told are skipped, an invalid run is an
    error; a run without budgets has one skipped case, so that no reader takes it for a pass.
    """
    run, verdict = judged.run, judged.verdict
    suite = TestSuite(f"cutover {run.header.scenario} ({run.header.kind})")
    suite.timestamp = run.header.started.isoformat()
    suite.add_property("verdict", verdict.verdict)
    suite.add_property("reason", verdict.reason)
    suite.add_property("state", run.state)
    suite.add_property("seed", str(run.header.seed))
    for note in (*verdict.notes, *([judged.sentence] if judged.sentence else [])):
        suite.add_property("note", note)
    for finding in verdict.findings:
        suite.add_testcase(_case("the run is valid", Error(finding, "invalid")))
    for judgement in verdict.judgements:
        suite.add_testcase(_case(judgement.budget.text, _result(judged, judgement), _output(judgement)))
    if not any(judgement.counts for judgement in verdict.judgements) and not verdict.findings:
        none = Failure if judged.taken == "fail" else Skipped
        suite.add_testcase(_case("the run has budgets", none(verdict.reason)))
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


def _result(judged: Judged, judgement: Judgement) -> Failure | Error | Skipped | None:
    if judgement.verdict == "pass":
        return None
    if judgement.verdict == "invalid":
        return Error(judgement.reason, "invalid")
    if judgement.counts and (judgement.is_breach or judged.taken == "fail"):
        return Failure(judgement.reason, "budget")
    return Skipped(judgement.reason)


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
    bound = " is_at_least=true" if judgement.is_at_least else ""
    breaches = [f"breached {breach.words()}" for breach in judgement.breaches]
    return "\n".join(
        [judgement.reason, f"{figures} unit={judgement.budget.unit} samples={judgement.samples}{bound}", *breaches]
    )
