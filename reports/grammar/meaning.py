"""What makes no sense in a parsed budget line: unknown names and units, words that do not go together."""

import math
import re
from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from reports.grammar.mistake import BudgetError, unknown
from reports.grammar.sentence import Clause, Duration, Sentence
from reports.grammar.tokens import Token
from reports.metrics import ALL, CHANGE, DOSSIERS, MAX, MEAN, METRICS, PORTAL, RESERVED, UNITS, Metric

LENGTHS = {unit: UNITS["s"][unit] for unit in ("s", "m", "h")}
"""The units of a clause's duration, in seconds."""

DAY_S = 86_400


def mistakes_in(
    sentence: Sentence, steps: Collection[str], stations: Collection[str] | None = None
) -> Iterator[BudgetError]:
    """Yield what makes no sense, by parts of the line; `stations` is None where no plan is known."""
    word = sentence.metric
    metric = METRICS.get(word.text) if word is not None else None
    if word is not None and metric is None:
        yield unknown(word, "a metric", tuple(METRICS))
    if metric is not None and word is not None:
        yield from _subject(sentence.subject, word.text, metric, steps, stations)
        yield from _aggregate(sentence, word.text, metric)
        yield from _relation(sentence.relation, word.text, metric)
        yield from _limit(sentence, word.text, metric)
    for clause in sentence.clauses:
        yield from _clause(clause, sentence, metric)
    yield from _together(sentence.clauses)


def percentile(word: str) -> float | None:
    """Return 0.99 for `p99`; None when the word is no percentile between 0 and 100."""
    if not re.fullmatch(r"p[0-9]+(\.[0-9]+)?", word):
        return None
    fraction = float(Decimal(word[1:]) / 100)
    return fraction if 0 < fraction < 1 else None


def day_of(token: Token) -> date | None:
    """Return the date of a token; None when there is no such day."""
    try:
        return date.fromisoformat(token.text)
    except ValueError:
        return None


def second_of(token: Token) -> int | None:
    """Return the second of the day of a time such as 07:30; None when there is no such time. 24:00 is a day's end."""
    hours, _, minutes = token.text.partition(":")
    seconds = int(hours) * 3600 + int(minutes) * 60
    return seconds if int(minutes) < 60 and seconds <= DAY_S else None


def seconds_of(duration: Duration) -> float:
    """Return a duration's seconds; its unit is one of LENGTHS."""
    assert duration.unit is not None
    return scaled(duration.number, LENGTHS[duration.unit.text])


def scaled(number: Token, scale: float) -> float:
    """Return a number of units in the base unit: 99.9 of 0.01 is 0.999, as it is written; infinite when too large."""
    return float(Decimal(number.text) * Decimal(repr(scale)))


def _subject(
    subject: Token | None, name: str, metric: Metric, steps: Collection[str], stations: Collection[str] | None
) -> Iterator[BudgetError]:
    known = {"step": (ALL, *steps), "station": (PORTAL, *(stations or ()))}.get(metric.of, (metric.of,))
    if subject is None or subject.text in known:
        return
    may_be_station = metric.of == "station" and stations is None
    if not may_be_station or subject.text in (*RESERVED, *steps):
        yield unknown(subject, f"a subject of `{name}`", known)


def _aggregate(sentence: Sentence, name: str, metric: Metric) -> Iterator[BudgetError]:
    word, known = sentence.aggregate, metric.aggregates
    if word is None:
        if known and sentence.relation is not None:
            example = "p95" if "p95" in known else known[0]
            remedy = f"write `{name} {example}`, or another of {', '.join(known)}"
            yield BudgetError(sentence.relation.column, f"`{name}` needs an aggregate", remedy)
    elif not known:
        yield BudgetError(word.column, f"`{name}` takes no aggregate, found `{word.text}`", "remove it")
    elif word.text not in known and percentile(word.text) is None:
        yield unknown(word, f"an aggregate of `{name}`", known)


def _relation(word: Token | None, name: str, metric: Metric) -> Iterator[BudgetError]:
    if word is not None and word.text not in metric.relations:
        rule = f"`{name}` does not go with `{word.text}`"
        yield BudgetError(word.column, rule, f"write one of {' '.join(metric.relations)}")


def _limit(sentence: Sentence, name: str, metric: Metric) -> Iterator[BudgetError]:
    limit = sentence.limit
    if limit is None:
        return
    if limit.baseline is not None:
        yield from _baseline(limit.baseline, sentence, name, metric)
    if limit.number is None:
        return
    unit = metric.unit if limit.baseline is None else CHANGE
    wrong = list(_unit(limit.number, limit.unit, f"the limit of `{name}`", unit, UNITS[unit]))
    yield from wrong
    value = scaled(limit.number, 1.0 if wrong else UNITS[unit][limit.unit.text if limit.unit else ""])
    if not math.isfinite(value):
        yield BudgetError(limit.number.column, "the number is too large", "write a smaller one")
    elif not wrong and limit.baseline is None and metric.most is not None and value > metric.most:
        rule = f"`{name}` is never above {100 * metric.most:g}%"
        yield BudgetError(limit.number.column, rule, "write a smaller limit")


def _baseline(word: Token, sentence: Sentence, name: str, metric: Metric) -> Iterator[BudgetError]:
    aggregate = sentence.aggregate.text if sentence.aggregate is not None else None
    if metric.of != "step" or aggregate == MAX:
        what = f"{name} {MAX}" if aggregate == MAX else name
        rule = f"`{what}` is not compared with a baseline"
        yield BudgetError(word.column, rule, "write a limit of its own, such as 3s or 0.5%")
    for clause in sentence.clauses:
        if clause.word.text in ("over", "within", "for"):
            rule = f"`{clause.word.text}` does not go with `baseline`, which compares whole runs"
            yield BudgetError(clause.word.column, rule, "remove one of the two")


def _unit(number: Token, unit: Token | None, what: str, kind: str, units: Collection[str]) -> Iterator[BudgetError]:
    if (unit.text if unit else "") in units:
        return
    if unit is None:
        first = "s" if "s" in units else next(iter(units))
        remedy = f"write {number.text}{first}, or another of {', '.join(units)}"
        yield BudgetError(number.column + len(number.text), f"{what} needs a unit", remedy)
    elif kind == "count":
        yield BudgetError(unit.column, f"{what} is a plain count, found `{unit.text}`", "remove it")
    else:
        yield unknown(unit, f"a unit of {what.removeprefix('the limit of ')}", tuple(units))


def _clause(clause: Clause, sentence: Sentence, metric: Metric | None) -> Iterator[BudgetError]:
    word = clause.word
    if clause.duration is not None:
        yield from _duration(clause.duration, word.text)
    if clause.times:
        yield from _times(clause.times)
    if clause.until is not None and day_of(clause.until) is None:
        yield BudgetError(clause.until.column, f"there is no day {clause.until.text}", "write a date: YYYY-MM-DD")
    if clause.because is not None and not clause.because.text.isprintable():
        yield BudgetError(clause.because.column, "the reason holds signs that cannot be printed", "remove them")
    if metric is None or sentence.metric is None:
        return
    name = sentence.metric.text
    if word.text in ("over", "within") and not metric.has_time:
        whose = f"`{DOSSIERS}` are counted once, after the run" if metric.of == DOSSIERS else f"`{name}` has no windows"
        yield BudgetError(word.column, f"`{word.text}` does not go with `{name}`: {whose}", "remove it")
    if word.text == "for" and not metric.is_live:
        live = ", ".join(each for each, one in METRICS.items() if one.is_live)
        yield BudgetError(word.column, f"a run cannot be stopped by `{name}`", f"remove it, or limit one of {live}")
    if word.text == "for" and sentence.aggregate is not None and sentence.aggregate.text in (MEAN, MAX):
        rule = f"a run cannot be stopped by a {sentence.aggregate.text}"
        yield BudgetError(sentence.aggregate.column, rule, "limit a percentile, such as p95, or remove `for … stop`")


def _duration(duration: Duration, name: str) -> Iterator[BudgetError]:
    wrong = list(_unit(duration.number, duration.unit, f"the duration of `{name}`", "s", LENGTHS))
    yield from wrong
    if not wrong and not 0 < seconds_of(duration) <= 10 * 365 * DAY_S:
        rule = f"the duration of `{name}` must be above 0 and at most ten years"
        yield BudgetError(duration.number.column, rule, "write another")


def _times(times: tuple[Token, ...]) -> Iterator[BudgetError]:
    found = [second_of(token) for token in times]
    for token, second in zip(times, found, strict=True):
        if second is None:
            yield BudgetError(token.column, f"there is no time {token.text}", "write 00:00 to 24:00")
    if len(found) == 2 and None not in found and len({second % DAY_S for second in found if second is not None}) == 1:
        yield BudgetError(times[1].column, "the hours end when they begin", "write other times, or leave `within` out")


def _together(clauses: tuple[Clause, ...]) -> Iterator[BudgetError]:
    """Yield clauses that stand twice, or exclude each other."""
    seen: set[str] = set()
    for clause in clauses:
        word = clause.word
        if word.text in seen:
            yield BudgetError(word.column, f"`{word.text}` stands here twice", "remove one")
        seen.add(word.text)
    if {"warn", "for"} <= seen:
        word = next(clause.word for clause in clauses if clause.word.text == "warn")
        yield BudgetError(word.column, "what only warns cannot stop the run", "remove `warn` or `for … stop`")
