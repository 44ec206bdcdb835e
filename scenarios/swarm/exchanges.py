"""What a step asks for and what comes back, free of sockets and clocks."""

import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape
from urllib.parse import urlencode

File = tuple[str, str, str, bytes]
"""A file to send: field, file name, content type, content."""


@dataclass(frozen=True)
class Get:
    """Ask for a page by path and query, `after_s` seconds from now: as a page does that looks again by itself."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    after_s: float = 0.0

    @property
    def target(self) -> str:
        """The request target: path and encoded query."""
        return f"{self.path}?{urlencode(self.query)}" if self.query else self.path


@dataclass(frozen=True)
class Post:
    """Send a form; with `files` (each field, file name, content type, content) as multipart."""

    path: str
    form: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Page:
    """An answer after its redirects: status, the path it came from, and its body."""

    status: int
    path: str
    body: bytes

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def is_page(self, name: str) -> bool:
        """Tell whether the answer is the portal's page of that name."""
        return f'data-page="{name}"'.encode() in self.body

    def attribute(self, name: str) -> str | None:
        """Return the first value of an HTML attribute, or None."""
        found = re.search(rf'\b{re.escape(name)}="([^"]*)"', self.text)
        return found[1] if found else None

    @property
    def csrf(self) -> str | None:
        """The token that the page's form must send back."""
        found = re.search(r'name="csrf"\s+value="([^"]*)"', self.text)
        return found[1] if found else None

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's form, which it sends back as they are."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.text)
        return {unescape(name): unescape(value) for name, value in found}


Exchanges = Generator[Get | Post, Page, None]


class StepFailed(Exception):
    """The portal's answer is not the one that the step needs."""


class StepRejected(StepFailed):
    """The portal turned the citizen away for being busy (429 or 503)."""


class StepBlocked(StepFailed):
    """A firewall before the portal answered in its place."""


BUSY = (429, 503)
BLOCK_PAGE = "blocked"


def expect(page: Page, name: str, status: int = 200) -> Page:
    """Return the page if it is the one expected; a 200 with the wrong content is a failure too."""
    if page.status == status and page.is_page(name):
        return page
    answered(page, status)
    raise StepFailed(f"{page.path} is not the page `{name}`")


def answered(page: Page, status: int = 200) -> Page:
    """Return what was answered if its status is the one expected; it may be a page or a file."""
    if page.is_page(BLOCK_PAGE):
        raise StepBlocked(f"{page.path} was answered {page.status} by a firewall")
    if page.status in BUSY:
        raise StepRejected(f"{page.path} answered {page.status}")
    if page.status != status:
        raise StepFailed(f"{page.path} answered {page.status}, not {status}")
    return page


def needed(value: str | None, what: str, page: Page) -> str:
    """Return a value extracted from a page, or fail the step by name."""
    if value is None:
        raise StepFailed(f"{page.path} holds no {what}")
    return value


def found(is_there: bool, what: str, page: Page) -> None:
    """Fail the step by name unless the page holds what it should."""
    if not is_there:
        raise StepFailed(f"{page.path} holds no {what}")
