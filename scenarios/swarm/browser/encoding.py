"""What a step asks for, as the wire sends it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from scenarios.swarm.asks import Get, Post, Request
from scenarios.swarm.browser.forms import encode_form
from scenarios.swarm.failures import StepFailed

Fields = tuple[tuple[bytes, bytes], ...]
"""Header fields: names as written, values."""

RawFields = list[tuple[bytes, bytes]]
"""Header fields of an answer, as they came."""

NO_FIELDS: Fields = ()
OWN_FIELDS = frozenset((b"host", b"content-length", b"transfer-encoding", b"connection", b"cookie"))
_TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_LEFT = "/?&=%:@!$'()*+,;~[]"  # what a request target may hold as it is (RFC 3986), and what is quoted already


def encode(ask: Request) -> tuple[bytes, bytes, Fields, bytes]:
    """Return method, request target, header fields and body of a request; raise StepFailed when it cannot be sent."""
    try:
        if isinstance(ask, Get):
            return b"GET", request_target(ask.target), NO_FIELDS, b""
        if isinstance(ask, Post):
            kind, body = encode_form(ask.form, ask.files)
            return b"POST", request_target(ask.path), encode_fields({"Content-Type": kind, **ask.headers}), body
        method = ask.method.encode()
        if _TOKEN.fullmatch(method) and method != b"CONNECT":
            return method, request_target(ask.target), encode_fields(ask.headers), ask.body
    except UnicodeError as error:
        raise StepFailed(f"{ask.path!r} cannot be sent ({error})") from None
    raise StepFailed(f"{ask.method!r} is no method that the wire can send")


@lru_cache(4096)
def request_target(path: str) -> bytes:
    """Return a path with its query as it stands in a request line: what may not stand there is quoted."""
    if not (path.isascii() and path.isprintable()) or " " in path or "#" in path:
        try:
            path = quote(path.partition("#")[0], safe=_LEFT)
        except UnicodeError:
            raise StepFailed(f"{path!r} is no path: it is no text") from None
    if not path.startswith("/"):
        raise StepFailed(f"{path!r} is no path: it must begin with /")
    return path.encode("ascii")


def encode_fields(headers: Mapping[str, str]) -> Fields:
    """Return header fields as bytes; raise StepFailed for one that would break the request or is the wire's own."""
    fields = tuple([(name.encode(), value.encode()) for name, value in headers.items()])
    for name, value in fields:
        if not _TOKEN.fullmatch(name) or b"\n" in value or b"\r" in value or b"\0" in value:
            raise StepFailed(f"the header {name!r}: {value!r} cannot be sent")
        if name.lower() in OWN_FIELDS:
            raise StepFailed(f"the header {name.decode()} is the wire's own: leave it out")
    return fields
