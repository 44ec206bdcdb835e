"""What a step may ask for beside pages and forms: any other request, a pause, a one-time code."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode


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
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path

    @classmethod
    def json(cls, method: str, path: str, value: Any, headers: Mapping[str, str] | None = None) -> "Send":
        """Send a value as JSON, asking for JSON."""
        kind = {"Content-Type": "application/json", "Accept": "application/json"}
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return cls(method, path, headers=kind | dict(headers or {}), body=body)


@dataclass(frozen=True)
class Pause:
    """Wait inside a step, as a page does that asks again and again; what comes back is an empty page."""

    seconds: float


@dataclass(frozen=True)
class OneTimeCode:
    """Ask for the code that was sent to somebody (`to`: a phone, an account); the page's text is the code."""

    to: str = ""
