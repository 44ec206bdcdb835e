"""The verdict as Markdown, for a job's summary page or a comment on a change."""

from collections.abc import Iterable

from reports.gate import Judgement, Verdict
from reports.quantities import NOTHING, count, interval, quantity, share
from reports.run import Run
from reports.summary import StepSummary, Summary

SIGNS = {"pass": "✅", "fail": "❌", "inconclusive": "❔", "invalid": "🚫"}  # always beside the word


def markdown(run: Run, verdict: Verdict) -> str:
    """Return the verdict, the budgets and the steps as a Markdown page."""
    header = run.header
    interrupted = " · **interrupted**" if run.state == "interrupted" else ""
    parts = [
        f"## {SIGNS[verdict.verdict]} {verdict.verdict.upper()} · {_text(header.title)}",
        _text(verdict.reason),
        *_findings(verdict),
        _table(
            ("Budget", "Value", "Interval", "Margin", "Samples", "Verdict"),
            map(_judgement, verdict.judgements),
        ),
        _steps(Summary.of(run)),
        f"Scenario `{header.scenario}` · {header.kind} · seed {header.seed}{interrupted}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _findings(verdict: Verdict) -> list[str]:
    """Return the findings as a list, unless the reason has said the only one."""
    return ["\n".join(f"- {_text(finding)}" for finding in verdict.findings)] if len(verdict.findings) > 1 else []


def _judgement(judgement: Judgement) -> tuple[str, ...]:
    unit = judgement.budget.unit
    return (
        f"`{judgement.budget.text}`",
        quantity(judgement.value, unit),
        interval(judgement.low, judgement.high, unit),
        NOTHING if judgement.margin is None else quantity(judgement.margin, "share"),
        count(judgement.samples),
        f"{SIGNS[judgement.verdict]} {judgement.verdict}",
    )


def _steps(summary: Summary) -> str:
    span = f"{summary.window.from_s:g} s to {summary.window.to_s:g} s"
    title = f"Response times of steps meant to start from {span}, each step that was not ok above every ok one:"
    rows = [_step(step) for step in summary.steps.values() if step.offered]
    return f"{title}\n\n{_table(('Step', 'Offered', 'Not ok', 'p50', 'p95', 'p99'), rows)}" if rows else ""


def _step(step: StepSummary) -> tuple[str, ...]:
    found = step.response
    quantiles = (found.p50_s, found.p95_s, found.p99_s) if found else (None, None, None)
    not_ok = NOTHING if step.error_rate is None else share(step.error_rate)
    return step.step, count(step.offered), not_ok, *(quantity(value, "s") for value in quantiles)


def _table(titles: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table, numbers to the right; nothing when it has no rows."""
    lines = [" | ".join(cell.replace("|", "\\|") for cell in row) for row in rows]
    if not lines:
        return ""
    rule = " | ".join(":--" if number == 0 else "--:" for number in range(len(titles)))
    return "\n".join(f"| {line} |" for line in (" | ".join(titles), rule, *lines))


def _text(sentence: str) -> str:
    """Keep text from being read as Markdown or HTML."""
    for sign in "\\`*_<>|":
        sentence = sentence.replace(sign, "\\" + sign)
    return sentence
