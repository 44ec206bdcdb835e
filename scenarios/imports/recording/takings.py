"""How a value could be taken from an answer: the ways that, tried on the recorded answer, give the recorded value."""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from scenarios.imports.recording.actions import Exchange
from scenarios.imports.recording.leaves import leaves, parsed
from scenarios.swarm.answer import Answer
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.target.taking import address, cookie, field, header, json_value, matched, parameter

LONG = 12
"""A value so long is looked for anywhere in a page's text; a shorter one would be found where it is not (assumed)."""

_PART = r"[^/?#\"'<>&\s]+"
_BEFORE = 24
_BEGUN = (r"""["']""", r"""["'](?:https?://[^/"'\s]+)?""", r"=\s*")
"""What stands before an address in a page: a quote, a quote and a host, or, without quotes, the equals sign."""


@dataclass(frozen=True)
class Taking:
    """A way to take a value from `page`: as a line of a steps file, and as a function."""

    code: str
    take: Callable[[Answer], str]

    def gives(self, page: Answer, value: str) -> bool:
        """Tell whether it gives a value of a page."""
        try:
            return self.take(page) == value
        except StepFailed:
            return False


@dataclass(frozen=True)
class Outgoing:
    """A value that went out: where, its name there, and for a part of a path what stood before and after it.

    `before` and `after` are regular expressions.
    """

    role: str
    name: str
    value: str
    before: str = ""
    after: str = ""

    @property
    def where(self) -> str:
        """Where it stood, in words."""
        return f"{self.role} {self.name}" if self.name else self.role


def first_taking(exchange: Exchange, wanted: Outgoing) -> Taking | None:
    """Return the best way to take a value from an exchange's answer, or None."""
    page = exchange.answer
    return next((way for way in _ways(exchange, wanted) if way.gives(page, wanted.value)), None)


def _ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    if wanted.role == "path":
        yield from _path_ways(exchange, wanted)
    yield from _form_ways(exchange, wanted)
    yield from _json_ways(exchange, wanted)
    yield from _header_ways(exchange, wanted)
    yield from _address_ways(exchange, wanted)
    yield from _text_ways(exchange, wanted)


def _path_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    """Yield the ways to take a part of a path from where redirects led, a link, or a header that tells a place."""
    ended = rf"^{wanted.before}([^/]+)"
    if len(exchange.hops) > 1:
        yield Taking(f"address(page, {raw(ended)})", lambda page: address(page, ended))
    for after in dict.fromkeys((wanted.after, "")):
        yield from (_matching(rf"{begun}{wanted.before}({_PART}){after}") for begun in _BEGUN)
    located = rf"{wanted.before}([^/?#]+)"
    yield Taking(f'header(page, "location", {raw(located)})', lambda page: header(page, "location", located))


def _matching(expression: str) -> Taking:
    return Taking(f"matched(page, {raw(expression)})", lambda page: matched(page, expression))


def _form_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    named = [
        (form, each)
        for form in exchange.forms
        for each in form.fields
        if each.value == wanted.value and each.kind in ("hidden", "submit")
    ]
    for form, each in sorted(named, key=lambda pair: pair[1].name != wanted.name):
        name, action = each.name, re.sub(r"[^/?]*\d[^/?]*", r"[^\"'/]+", re.escape(html.escape(form.action)))
        yield Taking(f"field(page, {text(name)})", lambda page, name=name: field(page, name))  # type: ignore[misc]
        yield Taking(
            f"field(page, {text(name)}, {raw(action)})",
            lambda page, name=name, action=action: field(page, name, action),  # type: ignore[misc]
        )


def _json_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    value = parsed(exchange.last.text)
    found = [keys for keys, leaf in leaves(value) if keys and _is_plain(leaf) and str(leaf) == wanted.value]
    for keys in sorted(found, key=lambda keys: (str(keys[-1]) != wanted.name, len(keys))):
        code = f"str(json_value(page, {', '.join(map(text, keys))}))"
        yield Taking(code, lambda page, keys=keys: str(json_value(page, *keys)))  # type: ignore[misc]


def _header_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    for hop in reversed(exchange.hops):
        for name, value in hop.headers.items():
            if name == "set-cookie":
                yield from _cookie_ways(value)
            elif name == "location":
                for part in _parts(value, wanted.value):
                    yield Taking(
                        f'header(page, "location", {raw(part)})',
                        lambda page, part=part: header(page, "location", part),  # type: ignore[misc]
                    )
            elif value == wanted.value:
                yield Taking(f"header(page, {text(name)})", lambda page, name=name: header(page, name))  # type: ignore[misc]


def _cookie_ways(lines: str) -> Iterator[Taking]:
    for line in lines.splitlines():
        name = line.partition("=")[0].strip()
        yield Taking(f"cookie(page, {text(name)})", lambda page, name=name: cookie(page, name))  # type: ignore[misc]


def _parts(path: str, value: str) -> Iterator[str]:
    """Yield an expression for each part of a path, or an address, that is a value; other parts with digits may vary."""
    parts = urlsplit(path).path.split("/")
    for place, part in enumerate(parts):
        if part == value:
            before = "/".join(re.sub(r".*\d.*", "[^/]+", re.escape(each)) for each in parts[:place])
            yield rf"{before}/([^/?#]+)"


def _address_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    for hop in reversed(exchange.hops[1:]):
        for part in _parts(hop.sent.url.path, wanted.value):
            yield Taking(f"address(page, {raw(part)})", lambda page, part=part: address(page, part))  # type: ignore[misc]
        for name, value in parse_qsl(hop.sent.url.query):
            if value == wanted.value:
                yield Taking(f"parameter(page, {text(name)})", lambda page, name=name: parameter(page, name))  # type: ignore[misc]


def _text_ways(exchange: Exchange, wanted: Outgoing) -> Iterator[Taking]:
    """Yield the ways to find a value by what stands around it: an attribute, a link's parameter, a script's text."""
    page = exchange.last.text
    quoted = re.escape(html.escape(wanted.value))
    for found in re.finditer(rf"""\s(data-[\w-]+|content)=["']{quoted}["']""", page):
        yield _matching(rf"""\s{found[1]}=["']([^"']*)["']""")
    for found in re.finditer(rf"[?&;]([\w.-]+)={quoted}(?=[&\"'#\s])", page):
        yield _matching(rf"[?&;]{re.escape(found[1])}=([^&\"'#\s]+)")
    if len(wanted.value) < LONG:
        return
    for found in re.finditer(re.escape(wanted.value), page):
        line = page[max(0, found.start() - _BEFORE) : found.start()].rpartition("\n")[2]
        whole = re.sub(r"^\w+", "", line) if len(line) == _BEFORE else line
        context = re.search(r"[^\d]+$", whole)
        after = page[found.end() : found.end() + 1]
        if context is not None and len(context[0].strip()) >= 2 and after:
            yield _matching(rf"{re.escape(context[0])}([^{re.escape(after)}]+){re.escape(after)}")


def _is_plain(leaf: object) -> bool:
    return isinstance(leaf, (str, int, float)) and not isinstance(leaf, bool)


def text(value: str | int) -> str:
    """Return a Python literal in double quotes."""
    if isinstance(value, int):
        return str(value)
    escaped = "".join(_escaped(letter) for letter in value)
    return f'"{escaped}"'


def _escaped(letter: str) -> str:
    if letter in '\\"':
        return f"\\{letter}"
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def raw(expression: str) -> str:
    """Return a regular expression as a Python literal: raw where it can be."""
    for quote in ('"', "'", '"""', "'''"):
        if quote not in expression and not expression.endswith(("\\", quote[0])):
            return f"r{quote}{expression}{quote}"
    return text(expression)
