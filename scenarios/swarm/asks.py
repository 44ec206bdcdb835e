"""What a step may ask for: a page, a form, any other request, a pause, a one-time code."""

import json
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from scenarios.swarm.answer import Answer

File = tuple[str, str, str, bytes]
"""A file to send: field, file name, content type, content."""


@dataclass(frozen=True)
class Get:
    """Ask for a page by path and query."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def target(self) -> str:
        """The request target: path and encoded query."""
        return target_of(self.path, self.query)


@dataclass(frozen=True)
class Post:
    """Send a form; with `files` (each field, file name, content type, content) as multipart."""

    path: str
    form: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Send:
    """Send a request of any method with any body; `host` is another allowed host, None the target itself."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    host: str | None = None

    @property
    def target(self) -> str:
        """The request target: path and encoded query."""
        return target_of(self.path, self.query)

    @classmethod
    def json(cls, method: str, path: str, value: Any, headers: Mapping[str, str] | None = None) -> "Send":
        """Send a value as JSON, asking for JSON."""
        kind = {"Content-Type": "application/json", "Accept": "application/json"}
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(method, path, headers=kind | dict(headers or {}), body=body)


@dataclass(frozen=True)
class Pause:
    """Wait inside a step, as a page does that asks again and again; what comes back is an empty answer."""

    seconds: float


@dataclass(frozen=True)
class OneTimeCode:
    """Ask for the code that was sent to somebody (`to`: a phone, an account); the answer's text is the code."""

    to: str = ""


Request = Get | Post | Send
"""What goes over the wire."""

Ask = Request | Pause | OneTimeCode

Asking = Generator[Ask, Answer, None]
"""What a step asks for and what comes back, free of sockets and clocks."""


def target_of(path: str, query: Mapping[str, str]) -> str:
    """Return a request target: a path and its encoded query."""
    return f"{path}?{urlencode(query)}" if query else path
