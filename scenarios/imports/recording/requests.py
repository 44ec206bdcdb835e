"""One recorded request as the line of a steps file that asks for it anew."""

import re
from typing import Any
from urllib.parse import unquote

from scenarios.imports.recording.actions import Exchange
from scenarios.imports.recording.har import FORM, MULTIPART, Pairs, SentFile
from scenarios.imports.recording.leaves import Keys, name_of, parsed
from scenarios.imports.recording.looks import speaks_of_secrets
from scenarios.imports.recording.markup import Form
from scenarios.imports.recording.resolving import ONE_TIME_CODE, Resolver
from scenarios.imports.recording.takings import Outgoing, text

_BROWSERS_OWN = re.compile(
    r"accept(-encoding|-language|-charset)?|cache-control|connection|content-(length|type)|cookie|dnt|expect|host|if-.*|"
    r"keep-alive|origin|pragma|priority|range|referer|sec-.*|te|traceparent|tracestate|transfer-encoding|"
    r"upgrade(-insecure-requests)?|user-agent|x-devtools.*"
)
_MAGIC = {
    "application/pdf": 'b"%PDF-1.4\\n"',
    "image/png": 'b"\\x89PNG\\r\\n\\x1a\\n"',
    "image/jpeg": 'b"\\xff\\xd8\\xff"',
}
_OTHER = 'b"synthetic"'
_PART_HEAD_BYTES = 140  # about what a multipart body has beside its values, for each part


BREAK = "\0"


def table(items: list[str]) -> str:
    """Return a dictionary's code, which may be broken between its items."""
    return "{" + BREAK + f",{BREAK} ".join(items) + BREAK + "}" if items else "{}"


def laid_out(line: str, indent: str, width: int) -> str:
    """Return a line whole where it fits, or else broken where it may be, each bracket's inside indented."""
    whole = line.replace(f",{BREAK})", ",)").replace(BREAK, "")
    if len(indent) + len(whole) <= width or BREAK not in line:
        return indent + whole
    lines, depth = list[str](), 0
    for part in (part.strip() for part in line.split(BREAK)):
        closes, opens = part.startswith(("}", ")")), part.endswith(("{", "("))
        depth -= closes
        if closes and lines and not lines[-1].endswith(","):
            lines[-1] += ","
        lines.append(indent + "    " * depth + part)
        depth += opens
    return "\n".join(lines)


class Request:
    """One exchange's request; `code` is the expression after `yield`."""

    def __init__(self, exchange: Exchange, resolver: Resolver, origin: str) -> None:
        self._exchange, self._resolver = exchange, resolver
        self._sent = exchange.first.sent
        self._foreign = self._sent.origin if self._sent.origin != origin else None
        self._form: Form | None = resolver.form_behind(exchange)

    def code(self) -> str:
        """Return the ask as Python, with `BREAK` where a long line may be broken; notes what it needs."""
        sent, headers = self._sent, self._headers()
        if sent.method == "GET" and not headers and self._foreign is None:
            return f"Get({self._path()}{self._given('', self._query())})"
        if sent.method == "POST" and self._foreign is None and self._is_form():
            pairs, files = self._form_parts()
            if _has_each_once(pairs):
                given = self._given("headers=", headers) + self._given("files=", _files(files))
                return f"Post({self._address()}, {self._table(pairs, 'field')}{given})"
        return self._send(headers)

    def _send(self, headers: str) -> str:
        sent = self._sent
        body = parsed(sent.body)
        host = self._given("host=", text(self._foreign) if self._foreign else "")
        if body is not None and "json" in sent.kind and not host:
            value = self._json(body, ())
            return f"Send.json({text(sent.method)}, {self._address()}, {value}{self._given('headers=', headers)})"
        told = [f'"Content-Type": {text(sent.headers["content-type"])}'] if "content-type" in sent.headers else []
        if self._is_form() and sent.kind != MULTIPART:
            pairs = ", ".join(f"({text(name)}, {self._value('field', name, value)})" for name, value in sent.form or ())
            content = f"urlencode([{pairs}]).encode()"
        elif body is not None and "json" in sent.kind:
            content = f"json.dumps({self._json(body, ())}).encode()"
        else:
            content = self._whole_body()
        if sent.kind == MULTIPART:
            why = "sends a multipart form with a field more than once, or to another host: its body is left out"
            self._resolver.findings.doubt(f"{self._exchange.first} {why}")
            told = []
        headers = "{" + ", ".join([*told, *([headers[1:-1]] if headers else [])]) + "}" if told or headers else ""
        given = self._given("query=", self._query()) + self._given("headers=", headers) + self._given("body=", content)
        return f"Send({text(sent.method)}, {self._path()}{given}{host})"

    def _whole_body(self) -> str:
        """Return a body that is neither form nor JSON as recorded; nothing where it may hold a credential."""
        body = self._sent.body
        if speaks_of_secrets(body) or self._resolver.without_secrets(body) != body:
            why = "sends a body that speaks of a credential: it is left out; write it, with visit.account"
            self._resolver.findings.doubt(f"{self._exchange.first} {why}")
            return ""
        return f"{text(body)}.encode()" if body else ""

    def _given(self, keyword: str, code: str) -> str:
        return f", {keyword}{code}" if code else ""

    def _is_form(self) -> bool:
        return self._sent.form is not None or (self._sent.lost and self._sent.kind in (FORM, MULTIPART))

    def _path(self) -> str:
        """Return the path as a literal, or with what is taken from answers in an f-string."""
        parts = (self._sent.url.path or "/").split("/")
        written, before, changed = list[str](), "", False
        for place, part in enumerate(parts):
            code = self._path_part(part, before, "/".join(parts[place + 1 :])) if part else text(part)
            is_taken = code.startswith(("kept(", "visit.account["))
            changed = changed or is_taken
            quoted = code.replace('"', "'")
            written.append("{" + quoted + "}" if is_taken else text(part)[1:-1].replace("{", "{{").replace("}", "}}"))
            before += ("[^/]+" if is_taken else re.escape(part)) + "/"
        path = "/".join(written)
        return f'f"{path}"' if changed else text("/".join(parts))

    def _path_part(self, part: str, before: str, after: str) -> str:
        name = re.sub(r"\W", "_", _word_before(before))
        rest = "/" + re.sub(r"[^/]*\d[^/]*", "[^/]+", re.escape(after)) if after else ""
        return self._resolver.source(self._exchange, Outgoing("path", name, part, before, rest))

    def _address(self) -> str:
        """Return the path with the query in it, as forms are posted to."""
        query = self._query()
        return f'{self._path()} + "?" + urlencode({query})' if query else self._path()

    def _query(self) -> str:
        pairs = self._sent.query
        if not pairs:
            return ""
        if not _has_each_once(pairs):
            self._resolver.findings.doubt(
                f"{self._exchange.first} has a parameter more than once: the last one is sent"
            )
        return self._table(tuple(dict(pairs).items()), "parameter")

    def _table(self, pairs: Pairs, role: str) -> str:
        return table([f"{text(name)}: {self._value(role, name, value)}" for name, value in pairs])

    def _value(self, role: str, name: str, value: str) -> str:
        return self._resolver.source(self._exchange, Outgoing(role, name, value), self._form)

    def _headers(self) -> str:
        kept = {name: value for name, value in self._sent.headers.items() if not _BROWSERS_OWN.fullmatch(name)}
        accept = self._sent.headers.get("accept", "*/*")
        written = [
            f"{text(_title(name))}: {self._resolver.header_source(self._exchange, name, value)}"
            for name, value in kept.items()
        ]
        if "json" in accept and "html" not in accept and "json" not in self._sent.kind:
            written.append(f'"Accept": {text(accept)}')
        return "{" + ", ".join(written) + "}" if written else ""

    def _form_parts(self) -> tuple[Pairs, tuple[SentFile, ...]]:
        """Return a form's fields and files; where the recording has no body, those that the page's form has."""
        sent = self._sent
        if not sent.lost or self._form is None:
            if sent.lost:
                why = "was recorded without its body, and no page had its form"
                self._resolver.findings.doubt(f"{self._exchange.first} {why}")
            return sent.form or (), sent.files
        pairs = tuple((each.name, each.value) for each in self._form.fields if each.kind not in ("file", "submit"))
        inputs = [each for each in self._form.fields if each.kind == "file"]
        length = int(sent.headers.get("content-length", "0"))
        beside = sum(_PART_HEAD_BYTES + len(value.encode()) for _, value in pairs)
        size = max(1, (length - beside) // max(1, len(inputs)) - _PART_HEAD_BYTES)
        files = tuple(SentFile(each.name, *_file_for(each.accepts), size) for each in inputs)
        self._resolver.findings.doubt(
            f"{self._exchange.first} was recorded without its body: rebuilt from the page's form, with "
            f"{len(files)} file(s) of {size:,} bytes made up"
        )
        return pairs, files

    def _json(self, value: Any, keys: Keys) -> str:
        if isinstance(value, dict):
            items = [f"{text(key)}: {self._json(each, (*keys, key))}" for key, each in value.items()]
            return "{" + ", ".join(items) + "}" if keys else table(items)
        if isinstance(value, list):
            return "[" + ", ".join(self._json(each, (*keys, place)) for place, each in enumerate(value)) + "]"
        if isinstance(value, (bool, float)) or value is None:
            return repr(value)
        wanted = Outgoing("JSON", name_of(keys), str(value))
        code = self._resolver.source(self._exchange, wanted, self._form)
        if isinstance(value, str) or code == ONE_TIME_CODE:
            return code
        return repr(value) if code == text(str(value)) else f"int({code})"


def _files(files: tuple[SentFile, ...]) -> str:
    """Return made-up files of the recorded names, types and sizes."""
    written = [
        f"({text(each.field)}, {text(each.name)}, {text(each.kind)}, "
        f'{_MAGIC.get(each.kind, _OTHER)}.ljust({each.size}, b"\\0"))'
        for each in files
    ]
    return f"({BREAK}{f',{BREAK} '.join(written)},{BREAK})" if written else ""


def _has_each_once(pairs: Pairs) -> bool:
    return len(dict(pairs)) == len(pairs)


def _word_before(before: str) -> str:
    """Return what a part of a path is called: the word before it, without a plural's s."""
    words = [unquote(word.replace("\\", "")) for word in before.split("/") if word and word != "[^/]+"]
    return words[-1].removesuffix("s") if words else "id"


def _title(name: str) -> str:
    return "-".join(word.capitalize() for word in name.split("-"))


def _file_for(accepts: str) -> tuple[str, str]:
    """Return the name and type of a file that an input takes."""
    if not accepts or "pdf" in accepts:
        return "scan.pdf", "application/pdf"
    if "png" in accepts or "image/*" in accepts:
        return "scan.png", "image/png"
    return ("scan.jpg", "image/jpeg") if "jp" in accepts else ("file.bin", "application/octet-stream")
