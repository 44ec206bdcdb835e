"""Where each value that went out came from: an answer before it, the citizen's hand, a secret, or nobody knows.

A value is taken from the latest answer that held it, if an answer held it before it was first sent; a form's hidden
fields always are. What a citizen typed or chose stays as recorded.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from scenarios.imports.recording.actions import Exchange
from scenarios.imports.recording.har import Sent
from scenarios.imports.recording.leaves import leaves, name_of, parsed
from scenarios.imports.recording.looks import is_clock, is_credential, is_generated, is_identifier, is_secret
from scenarios.imports.recording.markup import TYPED, Form
from scenarios.imports.recording.takings import Outgoing, first_taking, text

TELLING = 6
"""A value so long that holds a digit tells one thing from others: it is looked for in answers (assumed)."""

ACCOUNT = "visit.account[{}]"
ONE_TIME_CODE = "(yield OneTimeCode()).text"


@dataclass(frozen=True)
class Taken:
    """A value that a step keeps for later: its name, and the code that takes it from the page."""

    name: str
    code: str


@dataclass
class Findings:
    """What was found about all values: what is taken after each exchange, and what people should look at."""

    taken: dict[int, list[Taken]] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)
    unresolved: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    asks_codes: bool = False

    def doubt(self, sentence: str) -> None:
        """Note something that could not be resolved, once."""
        if sentence not in self.unresolved:
            self.unresolved.append(sentence)


class Resolver:
    """Answers, for each value of each request in turn, what to write in its place."""

    def __init__(self, exchanges: Sequence[Exchange]) -> None:
        self._exchanges = exchanges
        self._names: dict[str, str] = {}
        self._secrets: dict[str, str] = {}
        self._first_sent: dict[str, float] = {}
        self.findings = Findings()
        for each in exchanges:
            for name, value in _values(each.first.sent):
                self._first_sent.setdefault(value, each.first.begin_s)
                if is_secret(name) and len(value) >= TELLING:
                    self._secrets[value] = name
            for name, value in each.first.sent.headers.items():
                if is_secret(name) and len(value) >= TELLING:
                    self._secrets[value.rpartition(" ")[2]] = name.replace("-", "_")

    def form_behind(self, exchange: Exchange) -> Form | None:
        """Return the form that a request was sent by: of the latest page that has one for its path."""
        sent = exchange.first.sent
        names = {name for name, _ in sent.form or sent.query}
        for before in self._before(exchange):
            for form in before.forms:
                if form.path == (sent.url.path or "/") and form.method == sent.method:
                    known = {each.name for each in form.fields}
                    if names & known or not names:
                        return form
        return None

    def source(self, exchange: Exchange, wanted: Outgoing, form: Form | None = None) -> str:
        """Return the Python expression that stands for a value, and note what it needs."""
        known = form.input(wanted.name) if form is not None else None
        if known is not None and known.completes == "one-time-code":
            self.findings.asks_codes = True
            return ONE_TIME_CODE
        hidden = known is not None and known.kind == "hidden" and wanted.value != ""
        is_typed = known is not None and known.kind != "hidden"
        is_password = known is not None and known.kind == "password"
        if is_password or (_is_named_secret(wanted) and (is_typed or wanted.value)):
            taken = None if is_typed else self._taken(exchange, wanted, always=hidden)
            return taken or self._account(wanted.name, wanted.value)
        if known is not None and known.kind in TYPED:
            return self._typed(exchange, wanted)
        if hidden or _may_be_taken(wanted) or self._is_known(wanted):
            taken = self._taken(exchange, wanted, always=hidden)
            if taken is not None:
                return taken
        return self._literal(exchange, wanted)

    def header_source(self, exchange: Exchange, name: str, value: str) -> str:
        """Return the expression for a header; credentials that no answer held are an account's, never written out."""
        scheme, blank, rest = value.partition(" ")
        whole = blank and (name.endswith("authorization") or is_credential(value))
        wanted = Outgoing("header", name, rest if whole else value)
        taken = self._taken(exchange, wanted, always=False) if len(wanted.value) > 1 else None
        is_key = name.endswith("-key") and "idempotency" not in name
        if taken is None and value and (is_secret(name) or is_key or is_credential(value)):
            taken = self._account(name.replace("-", "_"), wanted.value)
        if taken is None:
            return self._literal(exchange, wanted)
        return f'f"{scheme} {{{_in_f_string(taken)}}}"' if whole else taken

    def is_taken(self, sentence: str) -> bool:
        """Tell whether a text holds a value that is taken from answers, or was typed."""
        values = [*self._names, *self.findings.typed.values(), *self._secrets]
        return any(value in sentence for value in values if len(value) > 1)

    def without_secrets(self, sentence: str) -> str:
        """Return a text without the credentials that were found."""
        for value in self._secrets:
            sentence = sentence.replace(value, "…") if len(value) >= TELLING else sentence
        return sentence

    def _account(self, name: str, value: str) -> str:
        if name not in self.findings.columns:
            self.findings.columns.append(name)
        if value:
            self._secrets[value] = name
        return ACCOUNT.format(text(name))

    def _typed(self, exchange: Exchange, wanted: Outgoing) -> str:
        code = self._literal(exchange, wanted)
        if wanted.value and code == text(wanted.value):
            self.findings.typed[wanted.name] = wanted.value
        return code

    def _literal(self, exchange: Exchange, wanted: Outgoing) -> str:
        if wanted.value in self._secrets:
            return self._account(self._secrets[wanted.value], wanted.value)
        if is_credential(wanted.value) or self.without_secrets(wanted.value) != wanted.value:
            return self._account(re.sub(r"\W", "_", wanted.name) or wanted.role, wanted.value)
        if is_generated(wanted.value):
            shown = wanted.value if len(wanted.value) <= 12 else f"{wanted.value[:6]}…"
            why = "looks like a clock's reading" if is_clock(wanted.value) else "looks generated"
            self.findings.doubt(
                f"{wanted.where} of {exchange.first} = {shown!r} {why}, and came in no answer before it: it is sent as "
                "recorded"
            )
        return text(wanted.value)

    def _taken(self, exchange: Exchange, wanted: Outgoing, *, always: bool) -> str | None:
        """Return the expression for a value that an answer held, and have it taken there; None if none did in time."""
        sent_s = self._first_sent.get(wanted.value, exchange.first.begin_s)
        holders = [each for each in self._before(exchange) if _holds(each, wanted.value)]
        if not holders or not (always or min(each.last.end_s for each in holders) <= sent_s):
            return None
        for holder in holders:
            way = first_taking(holder, wanted)
            if way is not None:
                name = self._name(wanted)
                taken = self.findings.taken.setdefault(holder.place, [])
                if all(each.name != name for each in taken):
                    taken.append(Taken(name, way.code))
                return f"kept(visit, {text(name)})"
        return None

    def _is_known(self, wanted: Outgoing) -> bool:
        """Tell whether a value is one that was taken before, by a name that is like this one."""
        name, known = wanted.name.lower(), self._names.get(wanted.value, "")
        return known != "" and (known in name or name in known)

    def _before(self, exchange: Exchange) -> list[Exchange]:
        """Return the exchanges that were answered before a request went out, the latest first."""
        begin_s = exchange.first.begin_s
        answered = [each for each in self._exchanges[: exchange.place] if each.last.end_s <= begin_s]
        return answered[::-1]

    def _name(self, wanted: Outgoing) -> str:
        """Return the name under which a value is kept: equal values have one, others of the same name are numbered."""
        if wanted.value not in self._names:
            base = re.sub(r"\W+", "_", wanted.name, flags=re.ASCII).strip("_").lower() or "value"
            number, name = 1, base
            while name in self._names.values():
                number += 1
                name = f"{base}_{number}"
            self._names[wanted.value] = name
        return self._names[wanted.value]


def _holds(exchange: Exchange, value: str) -> bool:
    """Tell whether an answer may hold a value, quickly: the ways to take it are tried after that."""
    page = exchange.answer
    if not value:
        return False
    plain = value.replace("&", "&amp;").replace('"', "&quot;")
    if value in page.text or plain in page.text or value.replace("/", "\\/") in page.text:
        return True
    around = [each for hop in exchange.hops for each in hop.headers.values()]
    around += [hop.sent.url.geturl() for hop in exchange.hops[1:]]
    fields = [each.value for form in exchange.forms for each in form.fields]
    return value in fields or any(value in text or value in unquote_plus(text) for text in around)


def _may_be_taken(wanted: Outgoing) -> bool:
    """Tell whether a value is worth looking for in answers: an identifier, a machine's text, a part with a digit."""
    has_digit = re.search(r"\d", wanted.value) is not None
    if wanted.role == "path" or len(wanted.value) >= TELLING:
        return has_digit or is_generated(wanted.value)
    return is_generated(wanted.value) or is_identifier(wanted.name, wanted.value)


def _is_named_secret(wanted: Outgoing) -> bool:
    """Tell whether a value is a credential by its name; a part of a path only where it looks like one: /token/renew."""
    return is_secret(wanted.name) and (wanted.role != "path" or is_generated(wanted.value))


def _values(sent: Sent) -> Iterable[tuple[str, str]]:
    """Yield all texts that a request sends, with their names; parts of a path have none."""
    yield from (("", part) for part in sent.url.path.split("/") if part)
    yield from sent.query
    yield from sent.form or ()
    yield from ((name_of(keys), str(leaf)) for keys, leaf in leaves(parsed(sent.body)) if leaf is not None)


def _in_f_string(code: str) -> str:
    return code.replace('"', "'")
