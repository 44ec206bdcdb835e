"""An exchange as an entry of a HAR 1.2 log, bounded, and with whatever might be a secret taken out.

Source: W3C Web Performance Working Group, "HTTP Archive (HAR) format", draft of August 2012 (version 1.2).
"""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from scenarios.swarm.browser.content import decode
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.failures import StepFailed

REDACTED = "[redacted]"
MOST_CHARACTERS = 4_096
MOST_VALUE = 512
_SECRET_HEADERS = frozenset(
    ("authorization", "cookie", "proxy-authorization", "set-cookie", "www-authenticate", "proxy-authenticate")
)
_WORDS = "auth|code|csrf|nonce|otp|pass|secret|session|token"
_SECRET = re.compile(rf"{_WORDS}|cookie|key|sid|sign|state|xsrf", re.IGNORECASE)
_FIELD = re.compile(r"""(<input\b[^>]*\bvalue\s*=\s*)("[^"]*"|'[^']*')""", re.IGNORECASE)
_PAIR = re.compile(rf"""("[^"]*(?:{_WORDS})[^"]*"\s*:\s*)"[^"]*\"""", re.IGNORECASE)
_TEXT = re.compile(r"^(?:text/|application/(?:[\w.+-]*json|[\w.+-]*xml|xhtml|javascript|x-www-form-urlencoded))")


def entry(
    exchanged: Exchanged,
    started: datetime,
    about: Mapping[str, Any],
    hidden: tuple[str, ...] = (),
    agreed: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return an exchange as a HAR entry that began at a wall time; `about` is kept in it as `_cutover`.

    Bodies that were sent are left out. Cookies, credentials and values named like secrets are redacted, as are values
    of form fields in the answer, whose text is cut at 4,096 characters, those of the headers named in `agreed` (small
    letters), and the texts in `hidden` wherever they stand.
    """
    found = _entry(exchanged, started, about, agreed)
    return _without(found, hidden) if hidden else found


def _without(value: Any, hidden: tuple[str, ...]) -> Any:
    """Return plain values without the texts that may not be shown."""
    if isinstance(value, dict):
        return {key: _without(each, hidden) for key, each in value.items()}
    if isinstance(value, list):
        return [_without(each, hidden) for each in value]
    if isinstance(value, str):
        for text in hidden:
            value = value.replace(text, REDACTED)
    return value


def _entry(exchanged: Exchanged, started: datetime, about: Mapping[str, Any], agreed: frozenset[str]) -> dict[str, Any]:
    total_ms = (exchanged.ended_ns - exchanged.started_ns) / 1e6
    connect_ms, tls_ms = exchanged.connect_ns / 1e6, exchanged.tls_ns / 1e6
    first_ms = (exchanged.first_byte_ns - exchanged.started_ns) / 1e6 if exchanged.first_byte_ns else total_ms
    return {
        "startedDateTime": started.isoformat(),
        "time": total_ms,
        "request": _request(exchanged, agreed),
        "response": _response(exchanged, agreed),
        "cache": {},
        "timings": {
            "connect": -1 if exchanged.reused else connect_ms + tls_ms,
            "ssl": tls_ms if tls_ms else -1,
            "send": 0,
            "wait": max(0.0, first_ms - connect_ms - tls_ms),
            "receive": max(0.0, total_ms - first_ms),
        },
        "serverIPAddress": exchanged.address,
        "_cutover": {**about, "span": exchanged.span, "error": exchanged.error},
    }


def _request(exchanged: Exchanged, agreed: frozenset[str]) -> dict[str, Any]:
    path, query = redacted(exchanged.path)
    sent = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in exchanged.fields)
    return {
        "method": exchanged.method,
        "url": f"{exchanged.scheme}://{exchanged.host}{path}",
        "httpVersion": exchanged.protocol,
        "cookies": [],
        "headers": _headers(sent, agreed),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": len(exchanged.request_body),
    }


def _response(exchanged: Exchanged, agreed: frozenset[str]) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in exchanged.headers]
    named = {name.lower(): value for name, value in headers}
    return {
        "status": exchanged.status,
        "statusText": _phrase(exchanged.status),
        "httpVersion": exchanged.protocol,
        "cookies": [],
        "headers": _headers(headers, agreed),
        "content": _content(exchanged.body, named.get("content-type", ""), named.get("content-encoding", "")),
        "redirectURL": redacted(named.get("location", ""))[0],
        "headersSize": -1,
        "bodySize": len(exchanged.body),
    }


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _headers(pairs: Iterable[tuple[str, str]], agreed: frozenset[str]) -> list[dict[str, str]]:
    return [{"name": name, "value": _header(name.lower(), value, agreed)} for name, value in pairs]


def _header(name: str, value: str, agreed: frozenset[str]) -> str:
    if name in agreed or name in _SECRET_HEADERS or (_SECRET.search(name) and name != "idempotency-key"):
        return REDACTED
    return (redacted(value)[0] if name in ("location", "referer") else value)[:MOST_VALUE]


def redacted(url: str) -> tuple[str, list[tuple[str, str]]]:
    """Return a URL or request target without the values of parameters named like secrets, and its parameters."""
    parts = urlsplit(url)
    pairs = [
        (name[:MOST_VALUE], REDACTED if _SECRET.search(name) else value[:MOST_VALUE])
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    query = urlencode(pairs, quote_via=quote)
    return parts._replace(query=query, fragment="").geturl(), pairs


def _content(body: bytes, kind: str, coding: str) -> dict[str, Any]:
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    if not _TEXT.match(kind):
        return content
    try:
        text = decode(body, coding.encode()) if coding else body
    except StepFailed:
        return content
    shown = text[: 2 * MOST_CHARACTERS].decode("utf-8", "replace")
    shown = _PAIR.sub(rf'\1"{REDACTED}"', _FIELD.sub(rf'\1"{REDACTED}"', shown))
    return content | {"size": len(text), "text": shown[:MOST_CHARACTERS]}
