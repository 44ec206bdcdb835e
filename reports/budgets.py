"""Budgets: the lines that say what a run must keep, such as `submit response p95 < 3s over 1m within 07:30..09:30`.

    budget    ::= subject metric [aggregate] relation limit {clause}
    subject   ::= step | station | "all" | "dossiers" | "portal" | "backlog"
    metric    ::= "response" | "service" | "error_rate" | "goodput"            of a step or of all
                | "availability"                                               of the portal
                | "utilisation"                                                of the portal or a station
                | "age"                                                        of the backlog
                | "lost" | "altered" | "duplicated" | "foreign"                of dossiers
    aggregate ::= "p" number | "mean" | "max"   response, service, utilisation; age, but no mean; 0 < number < 100
    relation  ::= "<" | "<=" | ">" | ">=" | "=="
    limit     ::= number [unit] | "baseline" [("+" | "-") number "%"]
    unit      ::= "us" | "ms" | "s" | "m" | "h" | "%" | "/s"
    clause    ::= "over" duration               each window of that length is judged, not the whole
                | "within" time ".." time       these hours only, of every day of scenario time; may cross midnight
                | "for" duration "stop"         breached for so long without a break, it stops the run
                | "warn"                        a breach is told, and changes nothing
                | "waived" "until" date "because" text
    duration  ::= number ("s" | "m" | "h")
    time      ::= digit [digit] ":" digit digit                               00:00 to 24:00
    date      ::= year "-" month "-" day
    text      ::= the rest of the line
    number    ::= digit {digit} ["." digit {digit}]

Each clause stands once at most, in any order; `waived` is the last, since its reason ends the line. Three steps, apart:
`grammar.sentence` knows the grammar only, `grammar.meaning` the metrics and the run's names, and `reports.gate` judges.
`read_budgets` does the first two for many lines and reports every mistake at once.
"""

import operator
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from cutover.base.errors import BadInput, Mistake
from reports.grammar.meaning import DAY_S, day_of, mistakes_in, percentile, scaled, second_of, seconds_of
from reports.grammar.mistake import BudgetError
from reports.grammar.sentence import Clause, Sentence, parse
from reports.metrics import ALL, BACKLOG, CHANGE, DOSSIERS, METRICS, PORTAL, UNITS

__all__ = ["ALL", "BACKLOG", "DOSSIERS", "METRICS", "PORTAL", "Budget", "BudgetError", "Hours", "Waiver"]

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}

Action = Literal["fail", "warn", "stop"]


@dataclass(frozen=True)
class Hours:
    """Hours of the day, from `from_s` to `to_s` seconds after midnight; past midnight where the end is the smaller."""

    from_s: int
    to_s: int

    @property
    def length_s(self) -> int:
        """How long they are, seconds."""
        return (self.to_s - self.from_s) % DAY_S

    def __str__(self) -> str:
        return f"{_clock(self.from_s)}..{_clock(self.to_s)}"


@dataclass(frozen=True)
class Waiver:
    """Why a budget may be breached, and up to the end of which day."""

    until: date
    because: str


@dataclass(frozen=True)
class Budget:
    """A limit that a run must keep.

    `limit` is in `unit`: seconds, a share of 1, per second, a count, or, against a baseline, the change as a share of
    it (`baseline + 3%` is 0.03; then `baseline_share` is the same, which is None elsewhere). `quantile` is a fraction,
    of a percentile only. `text` is the line with its words one space apart.
    """

    text: str
    subject: str
    metric: str
    quantile: float | None
    relation: str
    limit: float
    aggregate: str | None = None
    baseline_share: float | None = None
    over_s: float | None = None
    within: Hours | None = None
    stop_after_s: float | None = None
    warns: bool = False
    waiver: Waiver | None = None

    @property
    def unit(self) -> str:
        """Return the unit of the limit and of values set against it."""
        return CHANGE if self.is_relative else METRICS[self.metric].unit

    @property
    def is_relative(self) -> bool:
        """Tell whether it compares with a baseline."""
        return self.baseline_share is not None

    @property
    def caps(self) -> bool:
        """Tell whether smaller values are better."""
        return self.relation in ("<", "<=", "==")

    @property
    def action(self) -> Action:
        """Return what a breach does."""
        if self.warns:
            return "warn"
        return "fail" if self.stop_after_s is None else "stop"

    def holds(self, value: float) -> bool:
        """Tell whether a value keeps the budget."""
        return RELATIONS[self.relation](value, self.limit)


def read_budgets(
    lines: Sequence[str],
    steps: Collection[str],
    stations: Collection[str] | None = None,
    source: str | Path = "budgets",
) -> tuple[Budget, ...]:
    """Parse and validate budget lines; raise BadInput with the mistakes of all of them.

    `steps` are the scenario's step names; `stations` the plan's, or None where no plan is known yet (then any
    name may be a station). `source` names the file or option in the error.
    """
    return _read(((f"budgets[{number}]", None, line) for number, line in enumerate(lines)), steps, stations, source)


def read_budgets_file(
    path: Path, steps: Collection[str], stations: Collection[str] | None = None
) -> tuple[Budget, ...]:
    """Read a file of budgets, one a line; empty lines and those that begin with # are left out.

    Raises BadInput with the mistakes of all lines, or when the file cannot be read or holds no budget.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        raise BadInput.single("--budgets", "file", str(path), why, "name a file of budgets") from None
    numbered = enumerate(text.split("\n"), 1)
    lines = [
        ("budget", number, line) for number, line in numbered if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise BadInput.single(path, "budgets", None, "holds no budget", "write one a line")
    return _read(lines, steps, stations, path)


def budget_mistakes(line: str, steps: Collection[str], stations: Collection[str] | None = None) -> list[BudgetError]:
    """Return everything that is wrong with one line, by column; empty when it is a budget."""
    sentence, mistakes = parse(line)
    return sorted([*mistakes, *mistakes_in(sentence, steps, stations)], key=lambda mistake: mistake.column)


def _read(
    lines: Iterable[tuple[str, int | None, str]],
    steps: Collection[str],
    stations: Collection[str] | None,
    source: str | Path,
) -> tuple[Budget, ...]:
    budgets: list[Budget] = []
    mistakes: list[Mistake] = []
    for key, number, line in lines:
        found = budget_mistakes(line, steps, stations)
        mistakes += [Mistake(str(source), key, line, one.rule, one.remedy, number) for one in found]
        if not found:
            budgets.append(_build(parse(line)[0]))
    if mistakes:
        raise BadInput(mistakes)
    return tuple(budgets)


def _build(sentence: Sentence) -> Budget:
    """Make the budget of a sentence without mistakes."""
    subject, metric, relation = sentence.subject, sentence.metric, sentence.relation
    assert subject is not None
    assert metric is not None
    assert relation is not None
    aggregate = sentence.aggregate.text if sentence.aggregate is not None else None
    limit, share, words = _limit(sentence, METRICS[metric.text].unit)
    by_word = {clause.word.text: clause for clause in sentence.clauses}
    over, hours, stop, waived = (by_word.get(word) for word in ("over", "within", "for", "waived"))
    known = [subject.text, metric.text, aggregate, relation.text, words]
    known += [_words(by_word[word]) for word in ("over", "within", "for", "warn", "waived") if word in by_word]
    return Budget(
        text=" ".join(word for word in known if word),
        subject=subject.text,
        metric=metric.text,
        quantile=percentile(aggregate) if aggregate is not None else None,
        relation=relation.text,
        limit=limit,
        aggregate=aggregate,
        baseline_share=share,
        over_s=_seconds(over),
        within=_hours(hours) if hours is not None else None,
        stop_after_s=_seconds(stop),
        warns="warn" in by_word,
        waiver=_waiver(waived) if waived is not None else None,
    )


def _limit(sentence: Sentence, unit: str) -> tuple[float, float | None, str]:
    """Return the limit, the share of the baseline where it is one, and its words."""
    limit = sentence.limit
    assert limit is not None
    suffix = limit.unit.text if limit.unit is not None else ""
    if limit.baseline is None:
        assert limit.number is not None
        return scaled(limit.number, UNITS[unit][suffix]), None, f"{limit.number.text}{suffix}"
    if limit.number is None or limit.sign is None:
        return 0.0, 0.0, limit.baseline.text
    share = scaled(limit.number, UNITS[CHANGE][suffix]) * (1 if limit.sign.text == "+" else -1)
    return share, share, f"{limit.baseline.text} {limit.sign.text} {limit.number.text}{suffix}"


def _words(clause: Clause) -> str:
    """Return a clause as it is written."""
    word = clause.word.text
    if clause.times:
        return f"{word} {_hours(clause)}"
    if clause.because is not None and clause.until is not None:
        return f"{word} until {clause.until.text} because {clause.because.text}"
    if clause.duration is None or clause.duration.unit is None:
        return word
    length = f"{clause.duration.number.text}{clause.duration.unit.text}"
    return f"{word} {length} stop" if word == "for" else f"{word} {length}"


def _seconds(clause: Clause | None) -> float | None:
    return None if clause is None or clause.duration is None else seconds_of(clause.duration)


def _hours(clause: Clause) -> Hours:
    first, last = (second_of(token) for token in clause.times)
    assert first is not None
    assert last is not None
    return Hours(first, last)


def _waiver(clause: Clause) -> Waiver:
    assert clause.until is not None
    assert clause.because is not None
    until = day_of(clause.until)
    assert until is not None
    return Waiver(until, clause.because.text)


def _clock(second: int) -> str:
    return f"{second // 3600:02d}:{second % 3600 // 60:02d}"
