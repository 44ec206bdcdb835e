"""A browser's recording as HAR 1.2 (Chromium, Firefox, Playwright): its exchanges in order, as values of our own."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from email import message_from_bytes
from pathlib import Path
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, urlsplit

from cutover.base.errors import BadInput, Mistake

Pairs = tuple[tuple[str, str], ...]
Kind = Literal["page", "data", "static"]

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_STATIC_KINDS = frozenset({"stylesheet", "script", "image", "font", "media", "manifest", "texttrack"})
_STATIC_DESTINATIONS = frozenset({"style", "script", "image", "font", "audio", "video", "manifest", "track", "object"})
_STATIC_TYPES = ("image/", "font/", "audio/", "video/", "text/css", "text/javascript", "application/javascript")
_STATIC_ENDS = (".css", ".js", ".mjs", ".map", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".ico", ".woff", ".woff2")
_SHOWN = 20


@dataclass(frozen=True)
class SentFile:
    """A file of a multipart form: its field, its name, its type and how many bytes it had."""

    field: str
    name: str
    kind: str
    size: int


@dataclass(frozen=True)
class Sent:
    """A request as recorded; `form` None when its body is no form, `lost` when the recording has no body of it."""

    method: str
    url: SplitResult
    headers: Mapping[str, str]
    form: Pairs | None = None
    files: tuple[SentFile, ...] = ()
    body: str = ""
    lost: bool = False

    @property
    def query(self) -> Pairs:
        """The parameters of the address."""
        return tuple(parse_qsl(self.url.query, keep_blank_values=True))

    @property
    def kind(self) -> str:
        """The content type without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def origin(self) -> str:
        """Host and port, as they stand in the address."""
        return self.url.netloc.rpartition("@")[2]


@dataclass(frozen=True)
class Recorded:
    """One request and its answer; times in seconds since the first, `number` counts the file's entries from 1."""

    number: int
    sent: Sent
    status: int
    headers: Mapping[str, str]
    text: str
    begin_s: float
    end_s: float
    kind: Kind
    navigation: bool
    by_hand: bool
    complete: bool

    def __str__(self) -> str:
        return f"{self.sent.method} {self.sent.url.path or '/'}"


def read_har(path: Path) -> tuple[list[Recorded], list[str]]:
    """Read a recording; return its exchanges by their start, and what it holds beside HTTP, told.

    Raises BadInput when the file is no HAR or has entries that cannot be read.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        entries = document["log"]["entries"]
        told = [entry["request"]["url"] for entry in entries if not _is_http(entry)]
        entries = [(number, entry) for number, entry in enumerate(entries, 1) if _is_http(entry)]
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror or error})", "check the path") from None
    except (ValueError, RecursionError, KeyError, TypeError):
        raise _refused(path, "is no HAR: JSON with log.entries", "save the recording as HAR") from None
    found, mistakes = [], []
    for number, entry in entries:
        try:
            found.append(_recorded(number, entry))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            rule = f"is no entry of a HAR ({type(error).__name__}: {error})"
            mistakes.append(Mistake(str(path), f"log.entries[{number - 1}]", None, rule, "record it again"))
    if mistakes:
        raise BadInput(mistakes[:_SHOWN])
    if not found:
        raise _refused(path, "holds no HTTP request", "record a visit")
    first = min(each.begin_s for each in found)
    return sorted((_from(each, first) for each in found), key=lambda each: (each.begin_s, each.number)), told


def _refused(path: Path, rule: str, remedy: str) -> BadInput:
    return BadInput.single(path, "file", None, rule, remedy)


def _is_http(entry: Mapping[str, Any]) -> bool:
    return str(entry["request"]["url"]).startswith(("http://", "https://"))


def _from(each: Recorded, first: float) -> Recorded:
    return replace(each, begin_s=each.begin_s - first, end_s=each.end_s - first)


def _recorded(number: int, entry: Mapping[str, Any]) -> Recorded:
    request, response = entry["request"], entry["response"]
    sent, headers = _sent(request), _headers(response["headers"])
    begin_s = datetime.fromisoformat(entry["startedDateTime"].replace("Z", "+00:00")).timestamp()
    content = response.get("content", {})
    kind, navigation = _kind(entry, sent, content)
    text, status = _text(content), int(response["status"])
    return Recorded(
        number,
        sent,
        status,
        headers,
        text,
        begin_s,
        begin_s + max(0.0, float(entry["time"])) / 1000,
        kind,
        navigation,
        by_hand=sent.headers.get("sec-fetch-user") == "?1" or "sec-fetch-mode" not in sent.headers,
        complete=bool(text) or not 200 <= status < 300 or content.get("size") == 0 or status == 204,
    )


def _headers(listed: list[Mapping[str, str]]) -> dict[str, str]:
    """Join headers by name, as an Answer has them."""
    found: dict[str, str] = {}
    for each in listed:
        name, value = each["name"].lower(), each["value"]
        glue = "\n" if name == "set-cookie" else ", "
        found[name] = f"{found[name]}{glue}{value}" if name in found else value
    return found


def _sent(request: Mapping[str, Any]) -> Sent:
    headers = {name: value for name, value in _headers(request["headers"]).items() if not name.startswith(":")}
    sent = Sent(request["method"].upper(), urlsplit(request["url"]), headers)
    data = request.get("postData")
    if data is None:
        lost = sent.method in ("POST", "PUT", "PATCH") and headers.get("content-length", "") not in ("", "0")
        return Sent(sent.method, sent.url, headers, lost=lost)
    headers.setdefault("content-type", str(data.get("mimeType", "")))
    kind = str(data.get("mimeType", "")).partition(";")[0].strip().lower()
    text, params = str(data.get("text") or ""), data.get("params") or []
    if kind == FORM:
        pairs = tuple(parse_qsl(text, keep_blank_values=True)) if text else _pairs(params)
        return Sent(sent.method, sent.url, headers, pairs)
    if kind == MULTIPART:
        pairs, files = _multipart(text, str(data["mimeType"])) if text else _parts(params)
        return Sent(sent.method, sent.url, headers, pairs, files)
    return Sent(sent.method, sent.url, headers, body=text)


def _pairs(params: list[Mapping[str, Any]]) -> Pairs:
    return tuple((str(each["name"]), str(each.get("value") or "")) for each in params)


def _parts(params: list[Mapping[str, Any]]) -> tuple[Pairs, tuple[SentFile, ...]]:
    files = [each for each in params if "fileName" in each]
    return _pairs([each for each in params if "fileName" not in each]), tuple(
        SentFile(str(f["name"]), str(f["fileName"]), str(f.get("contentType", "")), len(str(f.get("value") or "")))
        for f in files
    )


def _multipart(text: str, content_type: str) -> tuple[Pairs, tuple[SentFile, ...]]:
    """Read a multipart body; what a recording does to a file's bytes is not undone: only their number counts."""
    head = f"Content-Type: {content_type}\r\nMIME-Version: 1.0\r\n\r\n"
    message = message_from_bytes(head.encode() + text.encode("utf-8", "surrogateescape"))
    pairs, files = [], []
    for part in message.get_payload() if message.is_multipart() else ():
        name = str(part.get_param("name", "", "content-disposition"))  # type: ignore[union-attr]
        content = part.get_payload(decode=True)  # type: ignore[union-attr]
        size = len(content) if isinstance(content, bytes) else 0
        if part.get_filename() is None:  # type: ignore[union-attr]
            pairs.append((name, content.decode("utf-8", "replace") if isinstance(content, bytes) else ""))
        else:
            files.append(SentFile(name, str(part.get_filename()), part.get_content_type(), size))  # type: ignore[union-attr]
    return tuple(pairs), tuple(files)


def _text(content: Mapping[str, Any]) -> str:
    text = str(content.get("text") or "")
    if content.get("encoding") != "base64":
        return text
    try:
        return base64.b64decode(text, validate=True).decode("utf-8", "replace")
    except binascii.Error:
        return ""


def _kind(entry: Mapping[str, Any], sent: Sent, content: Mapping[str, Any]) -> tuple[Kind, bool]:
    """Tell a page, a page's resource and data apart, and whether the browser went to a page of its own."""
    destination, resource = sent.headers.get("sec-fetch-dest"), str(entry.get("_resourceType", ""))
    answered = str(content.get("mimeType", "")).lower()
    if destination is not None or resource:
        page = destination == "document" or (destination is None and resource == "document")
        static = destination in _STATIC_DESTINATIONS or resource in _STATIC_KINDS
    else:
        page = answered.startswith("text/html") and "x-requested-with" not in sent.headers
        static = answered.startswith(_STATIC_TYPES)
    static = static or (not page and sent.url.path.lower().endswith(_STATIC_ENDS))
    return "page" if page else "static" if static else "data", page
