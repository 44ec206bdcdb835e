"""An ask that is under way."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.connection import Connection
from scenarios.swarm.browser.encoding import Fields
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.redirects import redirected

if TYPE_CHECKING:
    from scenarios.swarm.browser.browser import Browser

Then = Callable[[Answer], None]
Broken = Callable[[Exception], None]
REPEATABLE = frozenset((b"GET", b"HEAD", b"OPTIONS", b"PUT", b"DELETE", b"TRACE"))


class Pending:
    """An ask from its call to its one end; a redirect changes what it asks for and where.

    `earlier` are the redirects followed; `over` is set when it has ended or was dropped: nothing may be called then.
    """

    __slots__ = (
        "body",
        "broken",
        "browser",
        "connection",
        "dialling",
        "earlier",
        "fields",
        "method",
        "origin",
        "over",
        "path",
        "repeated",
        "span",
        "started_ns",
        "then",
    )

    def __init__(
        self,
        browser: "Browser",
        origin: Origin,
        method: bytes,
        path: bytes,
        fields: Fields,
        body: bytes,
        then: Then,
        broken: Broken,
    ) -> None:
        self.browser, self.origin = browser, origin
        self.method, self.path, self.fields, self.body = method, path, fields, body
        self.then, self.broken = then, broken
        self.span = self.started_ns = 0
        self.earlier: tuple[Answer, ...] = ()
        self.over = self.repeated = False
        self.connection: Connection | None = None
        self.dialling: asyncio.Task[None] | None = None

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent again when a connection that was there closed before it answered (RFC 9110, 9.2.2).

        A submission with an idempotency key says of itself that it may.
        """
        if self.repeated:
            return False
        return self.method in REPEATABLE or any(name.lower() == b"idempotency-key" for name, _ in self.fields)

    def drop(self) -> None:
        """Abandon it: its connection is closed, or its stream reset, and nothing is called any more."""
        self.over = True
        dialling, self.dialling = self.dialling, None
        connection, self.connection = self.connection, None
        if dialling is not None:
            dialling.cancel()
        elif connection is not None:
            connection.abandon(self)

    def redirect(self, status: int, origin: Origin, path: bytes) -> None:
        """Ask for where a redirect leads, as browsers do (see `redirects.py`)."""
        elsewhere = origin is not self.origin
        self.method, self.fields, self.body = redirected(
            status, self.method, self.fields, self.body, elsewhere=elsewhere
        )
        self.origin, self.path, self.connection, self.repeated = origin, path, None, False
