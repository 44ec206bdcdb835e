"""What a page needs beside itself: style sheets, scripts, pictures, fonts, as a browser finds them."""

import re
from html import unescape
from typing import TYPE_CHECKING

from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.cache import Cache
from scenarios.swarm.browser.encoding import Fields, request_target
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.origins import Origin, Origins
from scenarios.swarm.failures import StepBlocked, StepFailed

if TYPE_CHECKING:
    from collections.abc import Callable

    from scenarios.swarm.browser.browser import Browser
    from scenarios.swarm.browser.pending import Pending

AT_ONCE = 6  # connections to one host, as browsers have (Chromium, net/socket/client_socket_pool_manager.cc)
AT_ONCE_SHARED = 100  # over HTTP/2
MOST = 500  # resources of a page (assumed: no portal's page has more)
ACCEPT: Fields = ((b"Accept", b"*/*"),)
_TAG = re.compile(rb"<(link|script|img|source|input)\b([^>]*)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(rb"""([a-z-]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_STYLE = re.compile(rb"""url\(\s*["']?([^"')\s]+)|@import\s+["']([^"']+)""", re.IGNORECASE)
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_LOADED_LINKS = frozenset((b"stylesheet", b"icon", b"preload", b"modulepreload", b"manifest"))


def of_page(body: bytes) -> list[bytes]:
    """Return the addresses that a page's markup names, in order; pictures that load when they are seen are left out."""
    found = []
    for tag, text in _TAG.findall(_COMMENT.sub(b"", body)):
        address = _address(tag.lower(), {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(text)})
        if address:
            found.append(unescape(address.decode("utf-8", "replace")).strip().encode())
    return found


def _address(tag: bytes, attributes: dict[bytes, bytes]) -> bytes | None:
    """Return what an element makes a browser load, or None."""
    if tag == b"link":
        kinds = set(attributes.get(b"rel", b"").lower().split())
        return attributes.get(b"href") if kinds & _LOADED_LINKS else None
    if attributes.get(b"loading", b"").lower() == b"lazy":
        return None
    if tag == b"input" and attributes.get(b"type", b"").lower() != b"image":
        return None
    return attributes.get(b"src")


def of_style_sheet(body: bytes) -> list[bytes]:
    """Return the addresses that a style sheet names."""
    return [a or b for a, b in _STYLE.findall(body)]


def is_page(head: Head) -> bool:
    """Tell whether an answer is a page of HTML."""
    return any(name.lower() == b"content-type" and b"html" in value.lower() for name, value in head.fields)


class PageLoad:
    """Loads what a page needs, several at a time; whatever becomes of a resource, the page is shown in the end.

    `done` is called once all have come or failed, perhaps at once, with what a firewall answered if it did. Foreign
    hosts are left out, what is fresh too.
    """

    def __init__(
        self, browser: "Browser", origins: Origins, cache: Cache, done: "Callable[[StepBlocked | None], None]"
    ) -> None:
        self._browser, self._origins, self._cache, self._done = browser, origins, cache, done
        self._seen: set[tuple[Origin, bytes]] = set()
        self._wanted: list[tuple[Origin, bytes]] = []
        self._under_way: dict[tuple[Origin, bytes], Pending] = {}
        self._over = False
        self._blocked: StepBlocked | None = None

    def begin(self, origin: Origin, path: bytes, body: bytes) -> None:
        """Load what a page names."""
        self._want(origin, path, of_page(body))
        self._go_on()

    def drop(self) -> None:
        """Abandon what is under way."""
        self._over = True
        self._wanted.clear()
        under_way, self._under_way = self._under_way, {}
        for pending in under_way.values():
            pending.drop()

    def _want(self, origin: Origin, path: bytes, addresses: list[bytes]) -> None:
        for address in addresses:
            if address.lower().startswith((b"data:", b"#", b"about:", b"javascript:")):
                continue
            try:
                found, target = self._origins.redirected(origin, path, address)
            except StepFailed:
                continue  # a foreign host, or no address
            key = (found, request_target(target.decode("ascii")))
            if key not in self._seen and len(self._seen) < MOST:
                self._seen.add(key)
                if not self._cache.is_fresh(*key):
                    self._wanted.append(key)

    def _go_on(self) -> None:
        """Ask for as many as may be under way; end when there is nothing left."""
        while self._wanted and len(self._under_way) < self._at_once():
            key = self._wanted.pop(0)
            fields = ACCEPT + self._cache.conditions(*key)
            self._under_way[key] = self._browser.fetch(*key, fields, self._come(key), self._break(key))
        if not self._wanted and not self._under_way and not self._over:
            self._over = True
            self._done(self._blocked)

    def _at_once(self) -> int:
        return AT_ONCE_SHARED if self._browser.shares_streams(self._wanted[0][0]) else AT_ONCE

    def _come(self, key: tuple[Origin, bytes]) -> "Callable[[Answer], None]":
        def come(answer: Answer) -> None:
            self._under_way.pop(key, None)
            if not answer.earlier:
                self._cache.keep(*key, answer.status, dict(answer.headers))
            if answer.status == 200 and "css" in answer.headers.get("content-type", ""):
                self._want(*key, of_style_sheet(answer.body))
            self._go_on()

        return come

    def _break(self, key: tuple[Origin, bytes]) -> "Callable[[Exception], None]":
        def broken(error: Exception) -> None:
            self._under_way.pop(key, None)
            if isinstance(error, StepBlocked):
                self._blocked = error
            self._go_on()

        return broken
