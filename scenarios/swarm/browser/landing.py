"""Where a connection's bytes land while it is being opened and nobody knows yet what it will speak."""

import asyncio

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from scenarios.swarm.browser.home import Sockets
from scenarios.swarm.browser.receiving import Buffered, Receiver


class Landing(Buffered):
    """Keeps what comes until `hand_over`."""

    def __init__(self, sockets: Sockets) -> None:
        self._sockets, self._is_open = sockets, False
        self._come: list[bytes] = []
        self._lost: list[Exception | None] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:  # noqa: ARG002 - asyncio's signature
        """Count the socket."""
        self._is_open = True
        self._sockets.open += 1

    def leave(self) -> None:
        """Count the socket no longer: it has ended, is given up, or is another's."""
        self._sockets.open -= self._is_open
        self._is_open = False

    def data_received(self, data: bytes) -> None:
        """Keep data."""
        self._come.append(data)

    def connection_lost(self, error: Exception | None) -> None:
        """Keep that the connection has ended."""
        self.leave()
        self._lost.append(error)

    def hand_over(self, transport: asyncio.Transport, connection: Receiver) -> None:
        """Let a connection go on from here."""
        self.leave()
        transport.set_protocol(connection)
        connection.connection_made(transport)
        for data in self._come:
            connection.data_received(data)
        if self._lost:
            connection.connection_lost(self._lost[0])


class Tunnel(Landing):
    """A landing behind a proxy: asks for a tunnel and waits until the proxy has answered."""

    def __init__(self, sockets: Sockets, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(sockets)
        self._opened: asyncio.Future[int] = loop.create_future()
        self._parser: HttpResponseParser | None = HttpResponseParser(self)

    async def open(self, transport: asyncio.Transport, authority: bytes, lines: bytes) -> None:
        """Ask for a tunnel; raise OSError when the proxy does not give one."""
        transport.write(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (authority, authority, lines))
        status = await self._opened
        self._parser = None  # it holds this object
        if not 200 <= status < 300:
            raise ConnectionRefusedError(f"the proxy answered {status} to CONNECT {authority.decode()}")

    def data_received(self, data: bytes) -> None:
        """Read the proxy's answer; keep what comes after it."""
        if self._opened.done():
            super().data_received(data)
            return
        try:
            assert self._parser is not None
            self._parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade) as error:
            if not self._opened.done():
                self._opened.set_exception(ConnectionAbortedError(f"the proxy's answer is no HTTP ({error})"))

    def on_headers_complete(self) -> None:
        """Take the proxy's answer."""
        assert self._parser is not None
        status = self._parser.get_status_code()
        if status >= 200 and not self._opened.done():
            self._opened.set_result(status)

    def connection_lost(self, error: Exception | None) -> None:
        """Take from the proxy that there will be no tunnel."""
        super().connection_lost(error)
        if not self._opened.done():
            self._opened.set_exception(
                ConnectionResetError("the proxy closed the connection before its tunnel was open")
            )
