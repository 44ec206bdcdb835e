"""Budgets: the lines that say what a run must keep, such as `submit response p95 < 3s`.

    budget    ::= subject metric [aggregate] relation limit
    subject   ::= step | station | "all" | "dossiers" | "portal"
    metric    ::= "response" | "service" | "error_rate" | "goodput"            of a step or of all
                | "lost" | "altered" | "duplicated" | "foreign"                of dossiers
                | "utilisation"                                                of the portal or a station
    aggregate ::= "p" number                    response, service: 0 < number < 100
                | "mean"                        utilisation
    relation  ::= "<" | "<=" | ">" | ">=" | "=="
    limit     ::= number [unit]
    unit      ::= "us" | "ms" | "s" | "m" | "h" | "%" | "/s"
    number    ::= digit {digit} ["." digit {digit}]

Three steps, apart: `parse` knows the grammar only, `validate` knows the metrics and the run's names, and
`reports.gate` judges. `read_budgets` does the first two for many lines and reports every mistake at once.
"""

import difflib
import operator
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from cutover.base.errors import BadInput, Mistake

ALL = "all"
DOSSIERS = "dossiers"
PORTAL = "portal"

RELATIONS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
}


@dataclass(frozen=True)
class Metric:
    """What a budget can limit: whose property it is, its unit (a key of UNITS), and what goes with it."""

    of: str
    unit: str
    aggregates: tuple[str, ...]
    relations: tuple[str, ...]


_AT_MOST, _AT_LEAST = ("<", "<="), (">", ">=")
_LATENCY = Metric("step", "s", ("p50", "p90", "p95", "p99"), _AT_MOST)
_COUNT = Metric(DOSSIERS, "count", (), ("==", *_AT_MOST))

METRICS: dict[str, Metric] = {
    "response": _LATENCY,
    "service": _LATENCY,
    "error_rate": Metric("step", "share", (), _AT_MOST),
    "goodput": Metric("step", "per_s", (), _AT_LEAST),
    "lost": _COUNT,
    "altered": _COUNT,
    "duplicated": _COUNT,
    "foreign": _COUNT,
    "utilisation": Metric("station", "share", ("mean",), (*_AT_MOST, *_AT_LEAST)),
}

UNITS: dict[str, dict[str, float]] = {
    "s": {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0},
    "share": {"%": 0.01},
    "per_s": {"/s": 1.0},
    "count": {"": 1.0},
}


@dataclass(frozen=True)
class Token:
    """A word of a budget line; `column` counts characters from 1."""

    text: str
    column: int


@dataclass(frozen=True)
class Sentence:
    """A budget line taken apart by the grammar; nothing in it need exist."""

    text: str
    subject: Token
    metric: Token
    aggregate: Token | None
    relation: Token
    number: Token
    unit: Token | None


@dataclass(frozen=True)
class Budget:
    """A limit that a run must keep.

    `limit` is in the metric's unit: seconds, a share of 1, per second, or a count. `quantile` is a fraction,
    for response and service only.
    """

    text: str
    subject: str
    metric: str
    quantile: float | None
    relation: str
    limit: float

    @property
    def unit(self) -> str:
        """Return the unit of the limit and of values set against it."""
        return METRICS[self.metric].unit

    @property
    def caps(self) -> bool:
        """Tell whether smaller values are better."""
        return self.relation in ("<", "<=", "==")

    def holds(self, value: float) -> bool:
        """Tell whether a value keeps the budget."""
        return RELATIONS[self.relation](value, self.limit)


class BudgetError(ValueError):
    """One thing wrong in a budget line: the column, the rule it breaks and what to do."""

    def __init__(self, column: int, rule: str, remedy: str) -> None:
        self.column, self.rule, self.remedy = column, f"column {column}: {rule}", remedy
        super().__init__(f"{self.rule}; {remedy}")


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
    budgets: list[Budget] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(lines):
        found = budget_mistakes(line, steps, stations)
        mistakes += [Mistake(str(source), f"budgets[{number}]", line, one.rule, one.remedy) for one in found]
        if not found:
            budgets.append(_build(parse(line)))
    if mistakes:
        raise BadInput(mistakes)
    return tuple(budgets)


def budget_mistakes(line: str, steps: Collection[str], stations: Collection[str] | None = None) -> list[BudgetError]:
    """Return everything that is wrong with one line; empty when it is a budget."""
    try:
        sentence = parse(line)
    except BudgetError as mistake:
        return [mistake]
    return validate(sentence, steps, stations)


def parse(line: str) -> Sentence:
    """Take a line apart by the grammar; raise BudgetError at the first column that does not fit."""
    tokens = _tokens(line)
    subject = _take(tokens, "word", "a subject", "begin with a step, a station, `all`, `dossiers` or `portal`")
    metric = _take(tokens, "word", "a metric", f"write one of {', '.join(METRICS)}")
    aggregate = tokens.pop(0)[1] if tokens[0][0] == "word" else None
    relation = _take(tokens, "relation", "a relation", f"write one of {' '.join(RELATIONS)}")
    number = _take(tokens, "number", "a limit", "write a number, such as 3s or 0.5%")
    unit = tokens.pop(0)[1] if tokens[0][0] in ("word", "unit") else None
    _take(tokens, "end", "the end of the line", "write one budget a line")
    return Sentence(line, subject, metric, aggregate, relation, number, unit)


def validate(sentence: Sentence, steps: Collection[str], stations: Collection[str] | None = None) -> list[BudgetError]:
    """Return what makes no sense in a parsed line: unknown names and units, words that do not go together."""
    word = sentence.metric
    metric = METRICS.get(word.text)
    if metric is None:
        return [_unknown(word, "a metric", tuple(METRICS))]
    checks = (
        _subject_mistake(sentence, metric, steps, stations),
        _aggregate_mistake(sentence, metric),
        _relation_mistake(sentence, metric),
        _unit_mistake(sentence, metric),
    )
    return [mistake for mistake in checks if mistake is not None]


def _build(sentence: Sentence) -> Budget:
    metric = METRICS[sentence.metric.text]
    scale = UNITS[metric.unit][sentence.unit.text if sentence.unit else ""]
    quantile = _percentile(sentence.aggregate.text) if sentence.aggregate else None
    return Budget(
        text=" ".join(sentence.text.split()),
        subject=sentence.subject.text,
        metric=sentence.metric.text,
        quantile=quantile,
        relation=sentence.relation.text,
        limit=float(sentence.number.text) * scale,
    )


_TOKEN = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_.-]*)|(?P<relation><=|>=|==|<|>)|(?P<unit>%|/s\b)"
)


def _tokens(line: str) -> list[tuple[str, Token]]:
    """Split a line into (kind, token), ending with one of kind `end`."""
    tokens: list[tuple[str, Token]] = []
    position = 0
    while position < len(line):
        if line[position].isspace():
            position += 1
            continue
        match = _TOKEN.match(line, position)
        if match is None:
            raise BudgetError(position + 1, f"`{line[position]}` begins no word, number, relation or unit", "remove it")
        tokens.append((str(match.lastgroup), Token(match[0], position + 1)))
        position = match.end()
    return [*tokens, ("end", Token("", len(line) + 1))]


def _take(tokens: list[tuple[str, Token]], kind: str, wanted: str, remedy: str) -> Token:
    found, token = tokens.pop(0)
    if found != kind:
        seen = f"found `{token.text}`" if token.text else "the line ends"
        raise BudgetError(token.column, f"must be {wanted} here, {seen}", remedy)
    return token


def _subject_mistake(
    sentence: Sentence, metric: Metric, steps: Collection[str], stations: Collection[str] | None
) -> BudgetError | None:
    known: tuple[str, ...] = {
        "step": (ALL, *steps),
        DOSSIERS: (DOSSIERS,),
        "station": (PORTAL, *(stations or ())),
    }[metric.of]
    if sentence.subject.text in known:
        return None
    may_be_station = metric.of == "station" and stations is None
    if may_be_station and sentence.subject.text not in (ALL, DOSSIERS, *steps):
        return None
    return _unknown(sentence.subject, f"a subject of `{sentence.metric.text}`", known)


def _aggregate_mistake(sentence: Sentence, metric: Metric) -> BudgetError | None:
    name, word = sentence.metric.text, sentence.aggregate
    if word is None:
        if not metric.aggregates:
            return None
        remedy = f"write `{name} {metric.aggregates[-1]}`, or another of {', '.join(metric.aggregates)}"
        return BudgetError(sentence.relation.column, f"`{name}` needs an aggregate", remedy)
    if not metric.aggregates:
        return BudgetError(word.column, f"`{name}` takes no aggregate, found `{word.text}`", "remove it")
    fits = _percentile(word.text) is not None if metric.unit == "s" else word.text in metric.aggregates
    return None if fits else _unknown(word, f"an aggregate of `{name}`", metric.aggregates)


def _percentile(word: str) -> float | None:
    """Return 0.99 for `p99`; None when the word is no percentile between 0 and 100."""
    if not re.fullmatch(r"p\d+(\.\d+)?", word):
        return None
    fraction = float(Decimal(word[1:]) / 100)
    return fraction if 0 < fraction < 1 else None


def _relation_mistake(sentence: Sentence, metric: Metric) -> BudgetError | None:
    word = sentence.relation
    if word.text in metric.relations:
        return None
    rule = f"`{sentence.metric.text}` does not go with `{word.text}`"
    return BudgetError(word.column, rule, f"write one of {' '.join(metric.relations)}")


def _unit_mistake(sentence: Sentence, metric: Metric) -> BudgetError | None:
    units = UNITS[metric.unit]
    word = sentence.unit
    if (word.text if word else "") in units:
        return None
    name = sentence.metric.text
    if word is None:
        after = sentence.number.column + len(sentence.number.text)
        first = "s" if "s" in units else next(iter(units))
        remedy = f"write {sentence.number.text}{first}, or another of {', '.join(units)}"
        return BudgetError(after, f"the limit of `{name}` needs a unit", remedy)
    if metric.unit == "count":
        return BudgetError(word.column, f"the limit of `{name}` is a plain count, found `{word.text}`", "remove it")
    return _unknown(word, f"a unit of `{name}`", tuple(units))


def _unknown(token: Token, what: str, known: tuple[str, ...]) -> BudgetError:
    """Make the mistake of a word that is none of the known ones, naming the nearest and all of them."""
    close = difflib.get_close_matches(token.text, known, n=1)
    guess = f"did you mean `{close[0]}`? " if close else ""
    return BudgetError(token.column, f"`{token.text}` is not {what}", f"{guess}use one of {', '.join(known)}")
