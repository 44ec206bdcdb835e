"""A budget line taken apart by the grammar of `reports.budgets`; nothing in it need exist or make sense."""

import difflib
from dataclasses import dataclass

from reports.grammar.mistake import BudgetError, unknown
from reports.grammar.tokens import Token, tokens_of
from reports.metrics import METRICS

RELATION_WORDS = ("<", "<=", ">", ">=", "==")
CLAUSES = ("over", "within", "for", "warn", "waived")
BASELINE = "baseline"


@dataclass(frozen=True)
class Limit:
    """`number unit`, or `baseline`, or `baseline sign number unit`."""

    number: Token | None = None
    unit: Token | None = None
    baseline: Token | None = None
    sign: Token | None = None


@dataclass(frozen=True)
class Duration:
    """A number and its unit."""

    number: Token
    unit: Token | None


@dataclass(frozen=True)
class Clause:
    """What follows the limit: `word` names it, and it has the parts of its own kind.

    `over`: duration. `within`: two times. `for`: duration (`stop` has been read). `warn`: nothing. `waived`: until, a
    date, and because, a text. What is missing has left a mistake.
    """

    word: Token
    duration: Duration | None = None
    times: tuple[Token, ...] = ()
    until: Token | None = None
    because: Token | None = None


@dataclass(frozen=True)
class Sentence:
    """The parts of a line in its order; a part that is missing is None, and has left a mistake."""

    subject: Token | None
    metric: Token | None
    aggregate: Token | None
    relation: Token | None
    limit: Limit | None
    clauses: tuple[Clause, ...]
    after_limit: int = 1
    """The column after the limit's number, where a unit belongs."""


def parse(line: str) -> tuple[Sentence, list[BudgetError]]:
    """Take a line apart, and return everything in it that does not fit the grammar."""
    reader = _Reader(line)
    subject = reader.word("a subject", "begin with a step, a station, `all`, `dossiers`, `portal` or `backlog`")
    metric = reader.word("a metric", f"write one of {', '.join(METRICS)}")
    aggregate = reader.next() if reader.kind == "word" else None
    relation = reader.take("relation", "a relation", f"write one of {' '.join(RELATION_WORDS)}")
    limit = reader.limit()
    after = reader.after
    clauses = reader.clauses()
    return Sentence(subject, metric, aggregate, relation, limit, clauses, after), reader.mistakes


class _Reader:
    """Takes tokens one after the other; what is missing at a place is noted once."""

    def __init__(self, line: str) -> None:
        self._tokens, none = tokens_of(line)
        self.mistakes = [_no_token(token) for token in none]
        self._missed_at = 0
        self.after = 1

    @property
    def kind(self) -> str:
        return self._tokens[0].kind

    @property
    def text(self) -> str:
        return self._tokens[0].text

    def next(self) -> Token:
        token = self._tokens[0]
        if token.kind != "end":
            self._tokens.pop(0)
            self.after = token.column + len(token.text)
        return token

    def word(self, wanted: str, remedy: str) -> Token | None:
        return self.take("word", wanted, remedy)

    def take(self, kind: str, wanted: str, remedy: str) -> Token | None:
        """Take a token of a kind; where there is another, leave it, and note the mistake."""
        if self.kind == kind:
            return self.next()
        self.miss(wanted, remedy)
        return None

    def miss(self, wanted: str, remedy: str) -> None:
        """Note that something is missing here, unless that has been said of this place."""
        token = self._tokens[0]
        if self._missed_at == token.column:
            return
        self._missed_at = token.column
        seen = "the line ends" if token.kind == "end" else f"found `{token.text}`"
        self.mistakes.append(BudgetError(token.column, f"must be {wanted} here, {seen}", remedy))

    def limit(self) -> Limit | None:
        if self.kind == "word" and self.text == BASELINE:
            return self._baseline()
        number = self.take("number", "a limit", "write a number, such as 3s or 0.5%, or `baseline + 3%`")
        return None if number is None else Limit(number, self._unit())

    def _baseline(self) -> Limit | None:
        word = self.next()
        if self.kind != "sign":
            return Limit(baseline=word)
        sign = self.next()
        number = self.take("number", "a number", "write how much more or less, such as `baseline + 3%`")
        return None if number is None else Limit(number, self._unit(), word, sign)

    def _unit(self) -> Token | None:
        """Take what stands right after a number, or is a unit anyway: a word that begins a clause is none."""
        after = self.after
        if self.kind == "unit" or (self.kind == "word" and self.text not in CLAUSES):
            return self.next()
        if self.kind == "word" and self._tokens[0].column == after:  # `3for` has a unit, which is none
            return self.next()
        return None

    def clauses(self) -> tuple[Clause, ...]:
        clauses: list[Clause] = []
        while self.kind != "end":
            if self.kind == "word" and self.text in CLAUSES:
                clause = self._clause(self.next())
                clauses += [clause] if clause is not None else []
            else:
                self._skip()
        return tuple(clauses)

    def _skip(self) -> None:
        """Note what is no clause, and leave it out up to the next one."""
        token = self._tokens[0]
        if self._missed_at == token.column:
            pass  # what should have stood here has been said
        elif token.kind == "word":
            self.mistakes.append(unknown(token, "a clause", CLAUSES))
        else:
            rule = f"must be a clause or the end of the line here, found `{token.text}`"
            self.mistakes.append(BudgetError(token.column, rule, f"write one of {', '.join(CLAUSES)}, or remove it"))
        self.next()
        while self.kind != "end" and not (self.kind == "word" and self.text in CLAUSES):
            self.next()

    def _clause(self, word: Token) -> Clause | None:
        if word.text == "warn":
            return Clause(word)
        if word.text == "within":
            return self._within(word)
        if word.text == "waived":
            return self._waived(word)
        number = self.take("number", "a duration", f"write how long, such as `{word.text} 60s`")
        duration = None if number is None else Duration(number, self._unit_of_duration())
        if word.text == "for":
            self._keyword("stop", "write `for 60s stop`: breached for so long, it stops the run")
        return None if duration is None else Clause(word, duration)

    def _unit_of_duration(self) -> Token | None:
        is_unit = self.kind == "word" and self.text not in (*CLAUSES, "stop")
        return self.next() if is_unit or self.kind == "unit" else None

    def _within(self, word: Token) -> Clause | None:
        remedy = "write two times of the day, such as `within 07:30..09:30`"
        first = self.take("time", "a time", remedy)
        between = self.take("range", "`..`", remedy) if first is not None else None
        last = self.take("time", "a time", remedy) if between is not None else None
        return Clause(word, times=tuple(time for time in (first, last) if time is not None))

    def _waived(self, word: Token) -> Clause | None:
        remedy = "write `waived until 2026-12-31 because …`"
        self._keyword("until", remedy)
        until = self.take("date", "a date", remedy)
        has_reason = self._keyword("because", remedy)
        because = self.take("text", "a reason", "say why, up to the end of the line") if has_reason else None
        return Clause(word, until=until, because=because)

    def _keyword(self, keyword: str, remedy: str) -> bool:
        """Take a word that must stand here, and tell whether it did; note the mistake where it did not."""
        if self.kind == "word" and self.text == keyword:
            self.next()
            return True
        self.miss(f"`{keyword}`", remedy)
        if self.kind == "word" and difflib.get_close_matches(self.text, (keyword,)):
            self.next()  # it was meant, and what comes after it is read
        return False


def _no_token(token: Token) -> BudgetError:
    signs = "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in token.text)
    begin = "begins" if len(token.text) == 1 else "begin"
    return BudgetError(token.column, f"`{signs}` {begin} no word, number, relation or unit", "remove it")
