"""The verdict as Markdown, for a job's summary page or a comment on a change."""

from collections.abc import Iterable

from reports.judged import Judged
from reports.judgement import Judgement
from reports.quantities import NOTHING, count, interval, quantity, share
from reports.summary import StepSummary, Summary
from reports.text_chart import TITLE, text_chart

SIGNS = {  # always beside the word
    "pass": "✅",
    "fail": "❌",
    "inconclusive": "❔",
    "invalid": "🚫",
    "warning": "⚠️",
    "waived": "💤",
}


def marker(judged: Judged) -> str:
    """Return the hidden line by which a comment is found again, to be replaced by that of a later run."""
    header = judged.run.header
    return f"<!-- cutover gate {header.scenario} {header.kind} -->"


def markdown(judged: Judged) -> str:
    """Return the verdict, the budgets and the steps as a Markdown page."""
    run, verdict = judged.run, judged.verdict
    header = run.header
    interrupted = " · **interrupted**" if run.state == "interrupted" else ""
    parts = [
        f"{marker(judged)}\n## {SIGNS[verdict.verdict]} {verdict.verdict.upper()} · {_text(header.title)}",
        _text(verdict.reason),
        _text(judged.sentence),
        _list(verdict.findings if len(verdict.findings) > 1 else ()),  # the reason has said the only one
        _list(f"Note: {note}" for note in verdict.notes),
        _table(
            ("Budget", "Value", "Interval", "Margin", "Samples", "Verdict"),
            map(_judgement, verdict.judgements),
        ),
        _chart(verdict.judgements),
        _list(f"{each.budget.text}: {each.reason}" for each in verdict.judgements if each.standing != "counts"),
        _breaches(verdict.judgements),
        _steps(judged.summary),
        f"Scenario `{header.scenario}` · {header.kind} · seed {header.seed}{interrupted}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _list(sentences: Iterable[str]) -> str:
    return "\n".join(f"- {_text(sentence)}" for sentence in sentences)


def _judgement(judgement: Judgement) -> tuple[str, ...]:
    unit = judgement.budget.unit
    word = judgement.called
    return (
        f"`{judgement.budget.text}`",
        judgement.value_words(),
        interval(judgement.low, judgement.high, unit),
        NOTHING if judgement.margin is None else quantity(judgement.margin, "share"),
        count(judgement.samples),
        f"{SIGNS[word]} {word}",
    )


def _chart(judgements: tuple[Judgement, ...]) -> str:
    lines = text_chart(judgements)
    return "\n".join((TITLE, "", "```text", *lines, "```")) if lines else ""


def _breaches(judgements: tuple[Judgement, ...]) -> str:
    """Return the windows in which budgets were breached."""
    rows = (
        (
            f"`{judgement.budget.text}`",
            breach.words(),
            quantity(breach.value, judgement.budget.unit),
            interval(breach.low, breach.high, judgement.budget.unit),
            count(breach.samples),
        )
        for judgement in judgements
        for breach in judgement.breaches
    )
    return _table(("Breached window of", "When", "Value", "Interval", "Samples"), rows)


def _steps(summary: Summary) -> str:
    span = f"{summary.window.from_s:g} s to {summary.window.to_s:g} s"
    title = f"Response times of steps meant to start from {span}, those answered wrongly left out:"
    rows = [_step(step) for step in summary.steps.values() if step.offered]
    return f"{title}\n\n{_table(('Step', 'Offered', 'Not ok', 'p50', 'p95', 'p99'), rows)}" if rows else ""


def _step(step: StepSummary) -> tuple[str, ...]:
    found = step.response
    quantiles = (found.words(name) if found else NOTHING for name in ("p50_s", "p95_s", "p99_s"))
    not_ok = NOTHING if step.error_rate is None else share(step.error_rate)
    return step.step, count(step.offered), not_ok, *quantiles


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
