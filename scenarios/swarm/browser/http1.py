"""HTTP/1.1 on one connection: a request, its answer, the next."""

import asyncio
from time import perf_counter_ns
from typing import ClassVar, cast

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from scenarios.swarm.browser.content import MOST_BYTES
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.home import Home, closed_too_soon
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.pending import Pending
from scenarios.swarm.browser.receiving import Buffered, Receiver
from scenarios.swarm.failures import StepFailed

MOST_HEAD_BYTES = 256 << 10  # Chromium's limit (net/http/http_stream_parser.cc, kMaxHeaderBufSize)


class Conversation(Receiver):
    """One keep-alive connection; at most one request is under way on it.

    `prefix` and `lines` are what a proxy needs: the origin's URL before the path, and header lines.
    """

    __slots__ = (
        "_again",
        "_body",
        "_done",
        "_headed",
        "_keep",
        "_lines",
        "_parser",
        "_pending",
        "_prefix",
        "_raw",
        "_skipped",
        "_status",
        "_transport",
        "address",
        "closed",
        "connect_ns",
        "first_byte_ns",
        "home",
        "origin",
        "received",
        "tls_ns",
        "used",
    )
    protocol: ClassVar[str] = "http/1.1"

    def __init__(self, origin: Origin, home: Home, prefix: bytes = b"", lines: bytes = b"") -> None:
        self.origin, self.home, self._prefix, self._lines = origin, home, prefix, lines
        self.address = ""
        self.connect_ns = self.tls_ns = self.used = self.first_byte_ns = self.received = 0
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self._pending: Pending | None = None
        self._parser: HttpResponseParser | None = None
        self._raw = b""  # the pieces that have brought the head
        self._body: list[bytes] = []
        self._done: list[bytes] | None = None
        self._status = self._skipped = 0
        self._headed = self._keep = self._again = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        self._transport = cast(asyncio.Transport, transport)
        self._parser = HttpResponseParser(self)
        self.home.sockets.open += 1

    def send(self, pending: Pending) -> None:
        """Send a request."""
        pending.connection, self._pending = self, pending
        self.used += 1
        self.first_byte_ns = self.received = 0
        message = pending.browser.message(pending, self._prefix, self._lines)
        pending.browser.sent_bytes += len(message)
        self._transport.write(message)  # type: ignore[union-attr] # it is there while the connection is

    def data_received(self, data: bytes) -> None:
        """Take in a piece of the answer."""
        pending = self._pending
        if pending is None:  # an answer that nobody asked for
            self._abort()
            return
        size = len(data)
        pending.browser.received_bytes += size
        self.received += size
        if not self.first_byte_ns:
            self.first_byte_ns = perf_counter_ns()
        if not self._headed:
            self._raw = self._raw + data if self._raw else data
        try:
            self._parser.feed_data(data)  # type: ignore[union-attr] # it is there while the connection is
        except (HttpParserError, HttpParserUpgrade) as error:
            if self._done is None:
                self._fail(StepFailed(f"the answer is no HTTP ({str(error) or type(error).__name__})"))
                return
            self._keep = False
        if self._done is not None:
            self._answered(pending, self._done)
        elif self.received > MOST_HEAD_BYTES:
            self._check_size()

    def on_message_begin(self) -> None:
        """Begin an answer; a second one belongs to nobody."""
        self._again = self._done is not None

    def on_headers_complete(self) -> None:
        """Note that the head has come; an answer to HEAD ends here."""
        self._headed = True
        pending, parser = self._pending, self._parser
        if pending is not None and pending.method == b"HEAD" and parser is not None and parser.get_status_code() >= 200:
            self._complete(keep=False)

    def on_body(self, body: bytes) -> None:
        """Keep a piece of the body."""
        self._body.append(body)

    def on_message_complete(self) -> None:
        """Note that the answer has come; one that only announces another (1xx) is left out."""
        parser = self._parser
        assert parser is not None
        if parser.get_status_code() >= 200:
            self._complete(keep=parser.should_keep_alive())
        else:
            self._skipped += 1
            self._headed = False

    def _complete(self, *, keep: bool) -> None:
        if self._done is None and self._parser is not None:
            self._status, self._keep = self._parser.get_status_code(), keep
            self._done, self._body = self._body, []

    def _answered(self, pending: Pending, done: list[bytes]) -> None:
        """Make room for the next request, then hand on the answer."""
        body, raw = b"".join(done), self._raw
        end = len(raw)
        if end == self.received:  # all came with the head, as most pages do
            end -= len(body)
        elif not self._skipped:
            end = raw.find(b"\r\n\r\n") + 2
        head = Head(raw, self._skipped, end)
        self._pending = self._done = None
        self._raw, self._skipped, self._headed = b"", 0, False
        if self._keep and not self._again:
            self.home.append(self)
        else:
            self.close()
        pending.browser.answered(pending, self, self._status, head, body)

    def _check_size(self) -> None:
        """Fail an answer that is larger than anything a portal sends."""
        if not self._headed:
            self._fail(StepFailed(f"the answer's head is larger than {MOST_HEAD_BYTES:,} bytes"))
        elif self.received > MOST_BYTES:
            self._fail(StepFailed(f"the answer is larger than {MOST_BYTES:,} bytes"))

    def connection_lost(self, error: Exception | None) -> None:
        """End what was under way: an answer without a length is complete, any other is broken."""
        self.closed = True
        if self._transport is None:  # it was never made, or this was told before
            return
        self.home.sockets.open -= 1
        pending = self._pending
        if pending is not None and error is None and self._headed and self._lasts_until_the_end():
            self._complete(keep=False)
        self._parser = self._transport = None  # they hold this object, and it them
        if pending is None:
            return
        if self._done is not None:
            self._answered(pending, self._done)
        else:
            self._fail(closed_too_soon(error))

    def _lasts_until_the_end(self) -> bool:
        """Tell whether an answer ends with its connection (RFC 9112, 6.3): no length, and no chunks at the end."""
        named = {name.lower(): value.lower() for name, value in Head(self._raw, self._skipped, 0).fields}
        coding = named.get(b"transfer-encoding")
        if coding is not None:
            return coding.rpartition(b",")[2].strip() != b"chunked"
        return b"content-length" not in named

    def _fail(self, error: StepFailed | OSError) -> None:
        pending, self._pending = self._pending, None
        self._abort()
        if pending is not None:
            pending.browser.failed(pending, self, error)

    def abandon(self, pending: Pending) -> None:  # noqa: ARG002 - it has no other
        """Close the connection: its request's answer would still come on it."""
        self._pending = None
        self._abort()

    def _abort(self) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close the connection once what was written has left."""
        self.closed = True
        if self._transport is not None:
            self._transport.close()


class Http1(Conversation, asyncio.Protocol):
    """A connection whose bytes come as they are."""

    __slots__ = ()


class SecureHttp1(Conversation, Buffered):
    """A connection by TLS."""

    __slots__ = ()
