"""How a connection is opened: an address, TCP, a proxy's tunnel, TLS, and the protocol that both sides speak."""

import asyncio
import socket
import ssl
from time import perf_counter_ns

from scenarios.swarm.browser.addresses import Addresses
from scenarios.swarm.browser.connection import Connection
from scenarios.swarm.browser.home import Home, Sockets
from scenarios.swarm.browser.http1 import Http1, SecureHttp1
from scenarios.swarm.browser.http2 import Http2
from scenarios.swarm.browser.landing import Landing, Tunnel
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.pacing import Line, Paced
from scenarios.swarm.browser.proxy import Proxy
from scenarios.swarm.browser.receiving import Receiver

IP_BIND_ADDRESS_NO_PORT = 24  # linux/in.h; CPython has no name for it: the port is chosen when connecting


class Dialler:
    """Opens connections; `context` is what TLS uses, ALPN included."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, addresses: Addresses, context: ssl.SSLContext, proxy: Proxy | None
    ) -> None:
        self._loop, self._addresses, self._context, self._proxy = loop, addresses, context, proxy

    async def dial(self, origin: Origin, home: Home, source: str | None, line: Line | None) -> Connection:
        """Open a connection to an origin, from a source address, over a citizen's line; raise OSError.

        A line's round trip is waited for once for TCP and once for TLS 1.3.
        """
        round_trip_s = 0.0 if line is None else line.profile.round_trip_s
        if origin.secure:
            return await self._dial_secure(origin, home, source, line, round_trip_s)
        started_ns = perf_counter_ns()
        prefix, lines = (b"", b"") if self._proxy is None else (origin.url, self._proxy.lines)
        connection = Http1(origin, home, prefix, lines)
        receiver = self._paced(connection, line)
        try:
            _, connection.address = await self._connect(origin, receiver, source)
            if round_trip_s:
                await asyncio.sleep(round_trip_s)
        except BaseException:
            connection.close()
            receiver.connection_lost(None)  # nobody tells it when this is cancelled
            raise
        connection.connect_ns = perf_counter_ns() - started_ns
        return connection

    async def _dial_secure(
        self, origin: Origin, home: Home, source: str | None, line: Line | None, round_trip_s: float
    ) -> Connection:
        started_ns = perf_counter_ns()
        landing = self._landing(home.sockets)
        plain: asyncio.Transport | None = None
        try:
            plain, address = await self._connect(origin, landing, source)
            await self._pass_proxy(origin, plain, landing)
            if round_trip_s:
                await asyncio.sleep(round_trip_s)
            connected_ns = perf_counter_ns()
            secure = await self._secure(origin, plain, landing)
            if round_trip_s:
                await asyncio.sleep(round_trip_s)
        except BaseException:
            landing.leave()
            if plain is not None:
                plain.abort()
            raise
        connection = Http2(origin, home) if _protocol(secure) == "h2" else SecureHttp1(origin, home)
        connection.address = address
        connection.connect_ns, connection.tls_ns = connected_ns - started_ns, perf_counter_ns() - connected_ns
        landing.hand_over(secure, self._paced(connection, line))
        return connection

    async def agreed(self, origin: Origin) -> str | None:
        """Return the protocol that a target agrees to, None when it knows of no choice; raise OSError."""
        landing = self._landing(Sockets())
        plain, _ = await self._connect(origin, landing, None)
        try:
            await self._pass_proxy(origin, plain, landing)
            secure = await self._secure(origin, plain, landing)
            return _protocol(secure)
        finally:
            plain.abort()

    def _landing(self, sockets: Sockets) -> Landing:
        return Landing(sockets) if self._proxy is None else Tunnel(sockets, self._loop)

    async def _pass_proxy(self, origin: Origin, plain: asyncio.Transport, landing: Landing) -> None:
        if self._proxy is not None and isinstance(landing, Tunnel):
            await landing.open(plain, f"{origin.name}:{origin.port}".encode(), self._proxy.lines)

    async def _secure(self, origin: Origin, plain: asyncio.Transport, landing: Landing) -> asyncio.Transport:
        secure = await self._loop.start_tls(plain, landing, self._context, server_hostname=origin.host)
        if secure is None:
            raise ConnectionResetError("the connection was closed during the TLS handshake")
        return secure

    def _paced(self, connection: Receiver, line: Line | None) -> Receiver:
        return connection if line is None else Paced(self._loop, line, connection)

    async def _connect(self, origin: Origin, protocol: Receiver, source: str | None) -> tuple[asyncio.Transport, str]:
        """Open TCP to the first address that takes it, beginning with the one whose turn it is."""
        host, port = (origin.host, origin.port) if self._proxy is None else (self._proxy.host, self._proxy.port)
        failure: OSError | None = None
        try:
            for address in await self._addresses.of(host, port):
                try:
                    return await self._connect_to(address, port, protocol, source), address
                except OSError as error:
                    failure = error
            raise failure or OSError(f"{host} has no address")
        finally:
            del failure  # it holds this frame

    async def _connect_to(self, address: str, port: int, protocol: Receiver, source: str | None) -> asyncio.Transport:
        if source is None:
            transport, _ = await self._loop.create_connection(lambda: protocol, address, port)
            return transport
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        own = socket.socket(family, socket.SOCK_STREAM)
        try:
            own.setblocking(False)  # noqa: FBT003 - the library's
            if family == socket.AF_INET:
                own.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            own.bind((source, 0))
            await self._loop.sock_connect(own, (address, port))
            transport, _ = await self._loop.create_connection(lambda: protocol, sock=own)
        except BaseException:
            own.close()
            raise
        return transport


def _protocol(secure: asyncio.Transport) -> str | None:
    agreed: str | None = secure.get_extra_info("ssl_object").selected_alpn_protocol()
    return agreed
