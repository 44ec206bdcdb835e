"""The verdict as GitHub's workflow commands: lines that the runner shows beside a change.

Source: GitHub, Workflow commands for GitHub Actions (`::error title=…::…`): in the text `%`, CR and LF are escaped, in
properties `:` and `,` too. A step may show 10 annotations of each level; further ones are dropped without a word, so
the tenth says how many there are.
"""

from collections.abc import Iterator
from typing import Literal

from reports.judged import Judged
from reports.judgement import Judgement

MOST = 10
"""Of one level in one step."""

TITLE = "cutover: "

Level = Literal["error", "warning", "notice"]


def annotations(judged: Judged) -> list[str]:
    """Return the lines: an error for each breach and finding, a warning for what is undecided or only told."""
    found: dict[Level, list[tuple[str, str, str]]] = {"error": [], "warning": [], "notice": []}
    for level, title, text in _all(judged):
        found[level].append((title, text, _place(judged, title.removeprefix(TITLE))))
    return [_line(level, *one) for level, each in found.items() for one in _at_most(each)]


def _all(judged: Judged) -> Iterator[tuple[Level, str, str]]:
    verdict = judged.verdict
    for finding in verdict.findings:
        yield "error", f"{TITLE}the run is invalid", finding
    for judgement in verdict.judgements:
        level = _level(judged, judgement)
        if level is not None:
            yield level, f"{TITLE}{judgement.budget.text}", judgement.reason
    if verdict.verdict == "pass":
        yield "notice", f"{TITLE}pass", verdict.reason
    if verdict.verdict == "inconclusive":
        level = "error" if judged.taken == "fail" else "warning"
        yield level, f"{TITLE}inconclusive", f"{verdict.reason} {judged.sentence}".strip()
    for note in verdict.notes:
        yield "notice", f"{TITLE}note", note


def _level(judged: Judged, judgement: Judgement) -> Level | None:
    """Return the level of a judgement; None for one that passed, or that the run's findings stand for."""
    if judgement.verdict == "fail":
        return "error" if judgement.counts else "warning"
    if judgement.verdict == "inconclusive" and judgement.counts:
        return "error" if judged.taken == "fail" else "warning"
    return None


def _place(judged: Judged, budget: str) -> str:
    """Return the properties that place a budget in its file; nothing for what stands in none."""
    line = judged.lines.get(budget)
    return "" if line is None else f"file={_escaped(str(judged.budgets), ':,')},line={line},"


def _at_most(found: list[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    if len(found) <= MOST:
        return found
    left = len(found) - MOST + 1
    return [*found[: MOST - 1], (f"{TITLE}more", f"{left} more of these; the summary has them all.", "")]


def _line(level: Level, title: str, text: str, place: str) -> str:
    return f"::{level} {place}title={_escaped(title, ':,')}::{_escaped(text)}"


def _escaped(text: str, more: str = "") -> str:
    for sign in f"%\r\n{more}":
        text = text.replace(sign, f"%{ord(sign):02X}")
    return text
