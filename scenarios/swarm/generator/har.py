"""An exchange as an entry of a HAR 1.2 log, bounded, and with whatever might be a secret taken out.

Names, methods, statuses and times stay as they were: only what travelled as a value is looked at.

Source: W3C Web Performance Working Group, "HTTP Archive (HAR) format", draft of August 2012 (version 1.2).
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from scenarios.swarm.browser.content import decode
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.generator.hiding import REDACTED, without

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


Hide = Callable[[str], str]
"""Takes the texts that may not be shown out of a value."""


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
    letters), and the texts in `hidden` wherever they travelled as a value, in any encoding (see `hiding.py`).
    """
    hide = partial(without, hidden=hidden)
    total_ms = (exchanged.ended_ns - exchanged.started_ns) / 1e6
    connect_ms, tls_ms = exchanged.connect_ns / 1e6, exchanged.tls_ns / 1e6
    first_ms = (exchanged.first_byte_ns - exchanged.started_ns) / 1e6 if exchanged.first_byte_ns else total_ms
    whose = {**about, "span": exchanged.span, "error": exchanged.error}
    return {
        "startedDateTime": started.isoformat(),
        "time": total_ms,
        "request": _request(exchanged, agreed, hide),
        "response": _response(exchanged, agreed, hide),
        "cache": {},
        "timings": {
            "connect": -1 if exchanged.reused else connect_ms + tls_ms,
            "ssl": tls_ms if tls_ms else -1,
            "send": 0,
            "wait": max(0.0, first_ms - connect_ms - tls_ms),
            "receive": max(0.0, total_ms - first_ms),
        },
        "serverIPAddress": exchanged.address,
        "_cutover": {**whose, **{name: hide(whose[name]) for name in ("reason", "error") if whose.get(name)}},
    }


def _request(exchanged: Exchanged, agreed: frozenset[str], hide: Hide) -> dict[str, Any]:
    path, query = redacted(exchanged.path, hide)
    sent = ((name.decode("latin-1"), value.decode("latin-1")) for name, value in exchanged.fields)
    return {
        "method": exchanged.method,
        "url": f"{exchanged.scheme}://{exchanged.host}{path}",
        "httpVersion": exchanged.protocol,
        "cookies": [],
        "headers": _headers(sent, agreed, hide),
        "queryString": [{"name": name, "value": value} for name, value in query],
        "headersSize": -1,
        "bodySize": len(exchanged.request_body),
    }


def _response(exchanged: Exchanged, agreed: frozenset[str], hide: Hide) -> dict[str, Any]:
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in exchanged.headers]
    named = {name.lower(): value for name, value in headers}
    return {
        "status": exchanged.status,
        "statusText": phrase(exchanged.status),
        "httpVersion": exchanged.protocol,
        "cookies": [],
        "headers": _headers(headers, agreed, hide),
        "content": _content(exchanged.body, named.get("content-type", ""), named.get("content-encoding", ""), hide),
        "redirectURL": redacted(named.get("location", ""), hide)[0],
        "headersSize": -1,
        "bodySize": len(exchanged.body),
    }


def phrase(status: int) -> str:
    """Return what a status is called, nothing for one that nobody has named."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _headers(pairs: Iterable[tuple[str, str]], agreed: frozenset[str], hide: Hide) -> list[dict[str, str]]:
    return [{"name": name, "value": _header(name.lower(), value, agreed, hide)} for name, value in pairs]


def _header(name: str, value: str, agreed: frozenset[str], hide: Hide) -> str:
    if name in agreed or name in _SECRET_HEADERS or (_SECRET.search(name) and name != "idempotency-key"):
        return REDACTED
    return (redacted(value, hide)[0] if name in ("location", "referer") else hide(value))[:MOST_VALUE]


def redacted(url: str, hide: Hide = str) -> tuple[str, list[tuple[str, str]]]:
    """Return a URL or request target without the values of parameters named like secrets, and its parameters.

    A login before its host is left out. `hide` takes other texts out of the path and the values.
    """
    parts = urlsplit(url)
    pairs = [
        (name, REDACTED if _SECRET.search(name) else hide(value)) if value else (hide(name), value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    pairs = [(name[:MOST_VALUE], value[:MOST_VALUE]) for name, value in pairs]
    query = urlencode(pairs, quote_via=quote)
    host, path = parts.netloc.rpartition("@")[2], hide(parts.path)
    return parts._replace(netloc=host, path=path, query=query, fragment="").geturl(), pairs


def _content(body: bytes, kind: str, coding: str, hide: Hide) -> dict[str, Any]:
    content: dict[str, Any] = {"size": len(body), "mimeType": kind}
    if not _TEXT.match(kind):
        return content
    try:
        text = decode(body, coding.encode()) if coding else body
    except StepFailed:
        return content
    shown = hide(text[: 2 * MOST_CHARACTERS].decode("utf-8", "replace"))
    shown = _PAIR.sub(rf'\1"{REDACTED}"', _FIELD.sub(rf'\1"{REDACTED}"', shown))
    return content | {"size": len(text), "text": shown[:MOST_CHARACTERS]}
