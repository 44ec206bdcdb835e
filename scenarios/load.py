"""Loads in words: `constant 20/s for 60s`, `staircase 10/s to 100/s in 5 steps of 60s`, `stress from 10/s by 10/s …`.

    load        ::= constant | staircase | stress | calibration
    constant    ::= "constant" rate "for" time
    staircase   ::= "staircase" rate "to" rate "in" whole "steps" "of" time
    stress      ::= "stress" "from" rate ["to" rate] "by" rate "every" time "until" rule
    calibration ::= "calibration" rate "to" rate "in" whole "levels" "of" time
    rule        ::= "a" "budget" "breaks" | [step] metric [aggregate] (">" | ">=") limit
    rate        ::= number "/s"                           sessions a second, above 0, at most 100,000
    time        ::= number ("s" | "m" | "h")              at least 1 s
    whole       ::= 2 … 1000
    number      ::= digit {digit} ["." digit {digit}]

Words stand apart by blanks. The first three are levels of equal length, one after the other; a rule is a budget's
sentence (`reports.budgets`) with the sign turned: what would break it, of all steps where none is named. A stress
without `to` has as many levels as the scenario's caps allow.

A calibration from a to b has its n levels at the Chebyshev points of the interval, which leave a polynomial through
them the least room between them,

    r_k = (a + b)/2 − (b − a)/2 · cos((2k − 1)π/2n)      k = 1 … n, to a thousandth

in an order that is drawn (by its words, so that the same words are the same load), each between two **probes**: levels
at the lower of a and b, a quarter as long, in whole seconds. Probes tell how fast the target was around each level.
"""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import NoReturn, Protocol

import numpy as np

from models.demand.rates import Points, steps
from models.draws import stream, uniforms
from reports.budgets import Budget, budget_mistakes, read_budgets

CALIBRATION = "calibration"
KINDS = ("constant", "staircase", "stress", CALIBRATION)
MOST_PER_S = Decimal(100_000)
MOST_LEVELS = 1000
"""More than anybody looks at; assumed."""

A_BUDGET = "a budget breaks"

_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/s", re.ASCII)
_TIME = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smh])", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,9}", re.ASCII)
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_RULE = re.compile(
    r"(?:([A-Za-z_][A-Za-z0-9_.-]*) )??(error_rate|(?:response|service) p[0-9.]+) ?(>=|>) ?([0-9.]+ ?(?:%|[a-z]+))",
    re.ASCII,
)
_PLAIN = re.compile(r"\S+ (?:error_rate|(?:response|service) p[0-9.]+) ?<=? ?[0-9.]+ ?(?:%|[a-z]+)", re.ASCII)
"""Budgets that a level can be judged by while the run goes on: none with windows, hours or a baseline."""

_TURNED = {">": "<=", ">=": "<"}


class Caps(Protocol):
    """What a swarm may not exceed."""

    @property
    def max_sessions(self) -> int:
        """Sessions in all."""

    @property
    def max_sessions_per_s(self) -> float:
        """Sessions a second."""

    @property
    def max_s(self) -> float:
        """Seconds."""


class LoadError(ValueError):
    """What is wrong with a load's words: the first thing that does not fit, and what to do."""

    def __init__(self, rule: str, remedy: str) -> None:
        self.rule, self.remedy = rule, remedy
        super().__init__(f"{rule}; {remedy}")


@dataclass(frozen=True)
class Load:
    """Levels of `hold_s` seconds each, `per_s` sessions a second; `until` is what ends it, as a budget that holds.

    `until` is None where only the schedule's end does, and `a budget breaks` stands for all budgets of the scenario.
    With `probe_s` every other level from the first on is a probe, so many seconds long.
    """

    text: str
    per_s: tuple[float, ...]
    hold_s: float
    until: str | None = None
    probe_s: float | None = None

    @property
    def edges_s(self) -> tuple[float, ...]:
        """Where levels begin and end."""
        hold, probe = Decimal(repr(self.hold_s)), Decimal(repr(self.probe_s or 0.0))
        lengths = (probe if self.is_probe(number) else hold for number in range(len(self.per_s)))
        return tuple(map(float, accumulate(lengths, initial=Decimal(0))))

    def is_probe(self, number: int) -> bool:
        """Tell whether a level, counted from 0, is a probe between two others."""
        return self.probe_s is not None and number % 2 == 0

    @property
    def shortest_s(self) -> float:
        """The length of its shortest level."""
        return self.hold_s if self.probe_s is None else min(self.hold_s, self.probe_s)

    @property
    def recorded_s(self) -> float:
        """The longest intervals that tell its levels apart: a level, or a fifth of a probe in whole seconds."""
        return self.hold_s if self.probe_s is None else max(1.0, float(int(self.probe_s / 5)))

    @property
    def duration_s(self) -> float:
        """How long all levels take."""
        return self.edges_s[-1]

    @property
    def points(self) -> Points:
        """The rate over time."""
        return steps(self.edges_s, self.per_s)

    def rule(self, budgets: tuple[str, ...], known_steps: tuple[str, ...]) -> tuple[Budget, ...]:
        """Return the budgets whose first breach ends it; none without a rule. Raises LoadError for one that is none."""
        if self.until is None:
            return ()
        if self.until == A_BUDGET:
            plain = [text for text in budgets if _PLAIN.fullmatch(" ".join(text.split()))]
            if not plain:
                rule = f"ends when {A_BUDGET}, and the scenario has none that a level can be judged by"
                raise LoadError(rule, "give it one, or write a rule such as `until error_rate > 5%`")
            return read_budgets(plain, known_steps)
        mistakes = budget_mistakes(self.until, known_steps)
        if mistakes:
            rule = mistakes[0].rule.partition(": ")[2]
            raise LoadError(f"has a rule that is none: {rule}", mistakes[0].remedy)
        return read_budgets((self.until,), known_steps)


def is_load(text: str) -> bool:
    """Tell whether a profile is a load in words, rather than the name of a week's profile."""
    return text.split()[:1] in [[kind] for kind in KINDS]


def read_load(text: str, caps: Caps | None = None) -> Load:
    """Read a load; raise LoadError at the first word that does not fit.

    `caps` bound a stress without `to`; without them it has its first level alone.

    >>> read_load("calibration 20/s to 200/s in 2 levels of 40s").per_s
    (20.0, 46.36, 20.0, 173.64, 20.0)
    """
    words = _Words(text)
    kind = words.one_of(KINDS)
    said = " ".join(text.split())
    if kind == "constant":
        per_s = [words.rate()]
        words.literally("for")
        hold = words.time()
        words.end()
        return _load(said, per_s, hold)
    if kind == "staircase":
        return _staircase(said, words)
    if kind == CALIBRATION:
        return _calibration(said, words)
    return _stress(said, words, caps)


def read_time(text: str) -> float:
    """Read a time such as `10m`, in seconds; raise LoadError when it is none."""
    words = _Words(text)
    time = words.time()
    words.end()
    return float(time)


def prolonged(load: Load, time: str) -> Load:
    """Return a constant load that lasts until a time; raise LoadError for another load, or for no longer time."""
    if len(load.per_s) != 1 or load.until is not None:
        raise LoadError("prolongs a constant load only", "give one: --profile 'constant 20/s for 60s'")
    if read_time(time) <= load.hold_s:
        raise LoadError(f"is no longer than the load, {load.hold_s:g} s", "name a longer time, or leave it out")
    return read_load(f"{' '.join(load.text.split()[:2])} for {time.strip()}")


def _staircase(said: str, words: "_Words") -> Load:
    first = words.rate()
    words.literally("to")
    last = words.rate()
    words.literally("in")
    count = words.whole()
    words.literally("steps")
    words.literally("of")
    hold = words.time()
    words.end()
    return _load(said, [first + (last - first) * i / (count - 1) for i in range(count)], hold)


def _calibration(said: str, words: "_Words") -> Load:
    ends = [words.rate()]
    words.literally("to")
    ends.append(words.rate())
    words.literally("in")
    count = words.whole()
    words.literally("levels")
    words.literally("of")
    hold = words.time()
    words.end()
    low, high = min(ends), max(ends)
    if low == high:
        raise LoadError(f"has {count} levels of one load, {low}/s", "let it reach from a low load to a high one")
    if 2 * count + 1 > MOST_LEVELS:
        raise LoadError(f"has {count:,} levels and their probes, more than {MOST_LEVELS:,}", "give it fewer levels")
    middle, half = float(low + high) / 2, float(high - low) / 2
    points = [round(middle - half * math.cos((2 * k - 1) * math.pi / (2 * count)), 3) for k in range(1, count + 1)]
    drawn = np.argsort(uniforms(stream(0, 0, said), np.arange(count), 0), kind="stable").tolist()
    per_s = [float(low)] + [each for place in drawn for each in (max(points[place], 0.001), float(low))]
    return Load(said, tuple(per_s), float(hold), probe_s=max(1.0, float(round(hold / 4))))


def _stress(said: str, words: "_Words", caps: Caps | None) -> Load:
    words.literally("from")
    first = words.rate()
    top = words.rate() if words.one_of(("to", "by")) == "to" else None
    if top is not None:
        words.literally("by")
    by = words.rate()
    words.literally("every")
    hold = words.time()
    words.literally("until")
    until = _rule(words.rest())
    if top is not None and top < first:
        raise LoadError(f"ends at {top}/s, below its first level", "let it rise")
    count = _affordable(first, by, hold, caps) if top is None else int((top - first) / by) + 1
    if count > MOST_LEVELS:
        raise LoadError(f"has {count:,} levels, more than {MOST_LEVELS:,}", "raise the load by more at a time")
    return _load(said, [first + by * i for i in range(count)], hold, until)


def _affordable(first: Decimal, by: Decimal, hold: Decimal, caps: Caps | None) -> int:
    """Return how many levels the caps allow, one at least: whether that is too much is for the caps to say."""
    count, sessions = 1, first * hold
    while caps is not None and count < MOST_LEVELS:
        per_s = first + by * count
        sessions += per_s * hold
        is_long = hold * (count + 1) > Decimal(repr(caps.max_s))
        if sessions > caps.max_sessions or is_long or per_s > Decimal(repr(caps.max_sessions_per_s)):
            break
        count += 1
    return count


def _rule(words: list[str]) -> str:
    """Turn what would break a rule into the budget that holds until then."""
    said = " ".join(words)
    if said == A_BUDGET:
        return A_BUDGET
    found = _RULE.fullmatch(said)
    if found is None:
        rule = f"must end with what ends it, found `{said}`" if said else "must end with what ends it, the words end"
        example = f"write `until error_rate > 5%`, `until submit response p99 > 2s` or `until {A_BUDGET}`"
        raise LoadError(rule, example)
    subject, metric, relation, limit = found.groups()
    return f"{subject or 'all'} {metric} {_TURNED[relation]} {limit}"


def _load(text: str, per_s: list[Decimal], hold: Decimal, until: str | None = None) -> Load:
    return Load(text, tuple(float(each) for each in per_s), float(hold), until)


class _Words:
    """The words of a text, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._words = [(found[0], found.start() + 1) for found in re.finditer(r"\S+", text)]
        self._words.append(("", len(text) + 1))

    def literally(self, word: str) -> None:
        """Take a word that must be there."""
        self.one_of((word,))

    def one_of(self, words: tuple[str, ...]) -> str:
        """Take one of some words."""
        found, column = self._words[0]
        if found not in words:
            self._refuse(" or ".join(f"`{word}`" for word in words), column, found)
        self._words.pop(0)
        return found

    def rate(self) -> Decimal:
        """Take sessions a second."""
        found, column = self._words[0]
        match = _RATE.fullmatch(found)
        if match is None or not 0 < Decimal(match[1]) <= MOST_PER_S:
            self._refuse(f"a rate above 0 and at most {MOST_PER_S:,}/s, such as 20/s,", column, found)
        self._words.pop(0)
        return Decimal(match[1])

    def time(self) -> Decimal:
        """Take a time, in seconds."""
        found, column = self._words[0]
        match = _TIME.fullmatch(found)
        seconds = Decimal(match[1]) * _SECONDS[match[2]] if match else Decimal(0)
        if seconds < 1:
            self._refuse("a time of 1 s or more, such as 60s or 5m,", column, found)
        self._words.pop(0)
        return seconds

    def whole(self) -> int:
        """Take a number of levels."""
        found, column = self._words[0]
        if not _WHOLE.fullmatch(found) or not 2 <= int(found) <= MOST_LEVELS:
            self._refuse(f"a whole number from 2 to {MOST_LEVELS:,}", column, found)
        self._words.pop(0)
        return int(found)

    def rest(self) -> list[str]:
        """Take all words that are left."""
        found = [word for word, _ in self._words[:-1]]
        self._words = self._words[-1:]
        return found

    def end(self) -> None:
        """Refuse more words."""
        found, column = self._words[0]
        if found:
            self._refuse("the end", column, found)

    def _refuse(self, wanted: str, column: int, found: str) -> NoReturn:
        seen = f"found `{found}`" if found else "the words end"
        remedy = (
            "write for example `constant 20/s for 60s`, `staircase 10/s to 100/s in 5 steps of 60s` or "
            "`stress from 10/s by 10/s every 30s until error_rate > 5%`"
        )
        raise LoadError(f"column {column}: must be {wanted} here, {seen}", remedy)
