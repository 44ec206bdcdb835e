"""One-time codes from a hook: computed (TOTP), read in an inbox over HTTP, or printed by a command.

`Codes.code` blocks for as long as the hook takes: a wire without threads of its own calls it in one.
"""

import http.client
import re
import subprocess
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, Protocol, Self
from urllib.parse import quote, urlsplit

from pydantic import Field, model_validator

from cutover.base.document import Document, Strict
from cutover.base.errors import Mistake
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.target.secret import Secret, SecretSource
from scenarios.swarm.target.totp import Algorithm, key_of, totp
from scenarios.target import Target, parse_target

CODE = r"\b([0-9]{4,10})\b"
_TO = "{to}"

Text = Annotated[str, Field(min_length=1)]
Seconds = Annotated[float, Field(gt=0, le=600)]
Account = Mapping[str, str]


class CodesEntry(Strict):
    """The hook in a supplies file; `by` says which, and which of the other keys it needs.

    `totp`: `secret`, or `column`, a column of the cast with each account's own (base32); `inbox`: `url`; `command`:
    `command`. `{to}` in a URL or an argument is whom the step asks for. The last match of `expression` is the code.
    """

    by: Literal["totp", "inbox", "command"]
    secret: SecretSource | None = None
    column: Text | None = None
    digits: Annotated[int, Field(ge=4, le=10)] = 6
    period_s: Annotated[int, Field(ge=1)] = 30
    algorithm: Algorithm = "sha1"
    url: Text | None = None
    header: Text | None = None
    command: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    expression: str = CODE
    wait_s: Seconds = 30.0
    every_s: Seconds = 0.5

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> Self:
        needed = {"totp": self.secret or self.column, "inbox": self.url, "command": self.command}
        if needed[self.by] is None:
            keys = {"totp": "`secret` or `column`", "inbox": "`url`", "command": "`command`"}
            msg = f"must have {keys[self.by]} with by = {self.by!r}; add it"
            raise ValueError(msg)
        if self.by == "inbox" and (self.header is None) != (self.secret is None):
            msg = "must have `secret` with `header`, whose value it is, and the other way round; add it"
            raise ValueError(msg)
        try:
            groups = re.compile(self.expression).groups
        except re.error as error:
            msg = f"`expression` is no regular expression: {error}; correct it"
            raise ValueError(msg) from None
        if groups != 1:
            msg = "`expression` must have one group, the code; put it in parentheses"
            raise ValueError(msg)
        return self


class Codes(Protocol):
    """A hook for one-time codes."""

    def code(self, to: str, account: Account | None) -> str:
        """Return the code sent to somebody, or the account's own; raise StepFailed when there is none in time."""


@dataclass(frozen=True)
class Totp:
    """Codes computed from one key, or from each account's own column."""

    entry: CodesEntry
    key: bytes | None

    def code(self, to: str, account: Account | None) -> str:  # noqa: ARG002 # every hook is asked the same
        """Return the code of this instant."""
        return self.at(time.time(), account)

    def at(self, now_s: float, account: Account | None = None) -> str:
        """Return the code at a wall time."""
        key, entry = self.key, self.entry
        if key is None:
            if account is None or entry.column is None:
                raise StepFailed("no one-time code: the step has taken no account, whose key it needs")
            try:
                key = key_of(account.get(entry.column, ""))
            except ValueError:
                raise StepFailed(f"no one-time code: the account's {entry.column} is not base32") from None
        return totp(key, now_s, entry.digits, entry.period_s, entry.algorithm)


@dataclass(frozen=True)
class Inbox:
    """Codes read in an inbox over HTTP, asked again until one comes that was not given before."""

    entry: CodesEntry
    target: Target
    secret: Secret | None
    given: dict[str, set[str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def code(self, to: str, account: Account | None) -> str:  # noqa: ARG002
        """Return the newest code for somebody that was not returned before."""
        until = time.monotonic() + self.entry.wait_s
        while True:
            found = self._first_to_see(to, re.findall(self.entry.expression, self._text(to)))
            if found is not None:
                return found
            if time.monotonic() >= until:
                raise StepFailed(f"no one-time code came within {self.entry.wait_s:g} s")
            time.sleep(self.entry.every_s)

    def _first_to_see(self, to: str, codes: list[str]) -> str | None:
        """Return the newest of somebody's codes that nobody was given, None without one; sessions ask at once."""
        with self._lock:
            seen = self.given.setdefault(to, set())
            fresh = [code for code in codes if code not in seen]
            seen.update(fresh[-1:])
        return fresh[-1] if fresh else None

    def _text(self, to: str) -> str:
        """Return what the inbox shows; nothing when it does not answer well: it is asked again."""
        secure = self.target.scheme == "https"
        kind = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = kind(self.target.host, self.target.port, timeout=self.entry.wait_s)
        parts = urlsplit(str(self.entry.url).replace(_TO, quote(to, safe="")))
        headers = {"User-Agent": "cutover"}
        if self.secret is not None and self.entry.header is not None:
            headers[self.entry.header] = self.secret.reveal()
        try:
            connection.request("GET", f"{parts.path or '/'}?{parts.query}".rstrip("?"), headers=headers)
            answer = connection.getresponse()
            return answer.read().decode("utf-8", "replace") if answer.status == http.HTTPStatus.OK else ""
        except (OSError, http.client.HTTPException):
            return ""
        finally:
            connection.close()


@dataclass(frozen=True)
class Command:
    """Codes printed by a command, run without a shell in the supplies file's folder."""

    entry: CodesEntry
    folder: Path

    def code(self, to: str, account: Account | None) -> str:  # noqa: ARG002
        """Run the command; return the last match in what it prints."""
        order = [part.replace(_TO, to) for part in self.entry.command or ()]
        try:
            ended = subprocess.run(order, capture_output=True, timeout=self.entry.wait_s, cwd=self.folder, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise StepFailed(f"no one-time code: {order[0]} {_why(error)}") from None
        found = re.findall(self.entry.expression, ended.stdout.decode("utf-8", "replace"))
        if ended.returncode != 0 or not found:
            raise StepFailed(f"no one-time code: {order[0]} ended with {ended.returncode} and printed none")
        return str(found[-1])


def _why(error: OSError | subprocess.TimeoutExpired) -> str:
    return "took too long" if isinstance(error, subprocess.TimeoutExpired) else f"cannot be run ({error.strerror})"


def make_codes(entry: CodesEntry, document: Document) -> tuple[Codes | None, Target | None, list[Mistake]]:
    """Make the hook of a supplies file; return it, the host that it asks, if any, and all mistakes."""
    keys = ("one_time_codes", "secret")
    secret = entry.secret.read(document, keys) if entry.secret is not None else None
    if isinstance(secret, Mistake):
        return None, None, [secret]
    if entry.by == "command":
        return Command(entry, document.path.parent.absolute()), None, []
    if entry.by == "inbox":
        parts = urlsplit(str(entry.url).replace(_TO, "x"))
        target = parse_target(f"{parts.scheme}://{parts.netloc}")
        return Inbox(entry, target, secret), target, []
    try:
        return Totp(entry, key_of(secret.reveal()) if secret is not None else None), None, []
    except ValueError:
        rule = "is not base32, as authenticator apps show it"
        return None, None, [document.mistake(keys, None, rule, "give the key in base32")]
