"""A small server that says what a test wants, byte for byte, and a browser's side of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvloop
from httptools import HttpRequestParser

from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.browser import Browser
from scenarios.swarm.browser.exchanged import Exchanged
from scenarios.swarm.browser.identity import Identity
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.target import Target


@dataclass
class Request:
    """A request as the server read it; `connection` counts connections from 0."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


CLOSE = object()
"""What a server answers with to close the connection."""

Respond = Callable[[Request], Any]


def page(body: str | bytes = b"", status: str = "200 OK", *headers: str) -> bytes:
    """Return an answer with a length."""
    content = body.encode() if isinstance(body, str) else body
    lines = "".join(f"{header}\r\n" for header in headers)
    return f"HTTP/1.1 {status}\r\n{lines}Content-Length: {len(content)}\r\n\r\n".encode() + content


def moved(location: str, status: str = "303 See Other") -> bytes:
    return page(b"", status, f"Location: {location}")


class Serving(asyncio.Protocol):
    """One connection of the server."""

    def __init__(self, server: "Server") -> None:
        self.server, self.number = server, server.connections
        server.connections += 1
        self.parser = HttpRequestParser(self)
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.server.transports.append(transport)
        self.server.peers.append(transport.get_extra_info("peername"))

    def connection_lost(self, _: Exception | None) -> None:
        self.server.lost += 1
        self.parser = None

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_begin(self) -> None:
        self.target, self.headers, self.body = b"", {}, b""

    def on_url(self, url: bytes) -> None:
        self.target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers[name.decode().lower()] = value.decode()

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        method = self.parser.get_method().decode()
        request = Request(method, self.target.decode(), self.headers, self.body, self.number)
        self.server.requests.append(request)
        said = self.server.respond(request)
        for piece in said if isinstance(said, list) else [said]:
            if piece is CLOSE:
                self.transport.close()
            elif piece is not None:
                self.transport.write(piece)


@dataclass
class Server:
    """A server that answers with what `respond` says: bytes, CLOSE, None for nothing, or a list of these."""

    respond: Respond
    connections: int = 0
    lost: int = 0
    requests: list[Request] = field(default_factory=list)
    transports: list[asyncio.Transport] = field(default_factory=list)
    peers: list[tuple[str, int]] = field(default_factory=list)
    port: int = 0

    @property
    def paths(self) -> list[str]:
        return [request.target for request in self.requests]


@asynccontextmanager
async def serving(respond: Respond, context: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    server = Server(respond)
    listening = await asyncio.get_running_loop().create_server(lambda: Serving(server), "127.0.0.1", 0, ssl=context)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        for transport in server.transports:
            transport.abort()
        listening.close()
        await asyncio.sleep(0)


@dataclass
class Visitor:
    """A browser with what it was answered and what its observer was told."""

    network: Network
    browser: Browser
    seen: list[Exchanged] = field(default_factory=list)

    async def ask(self, ask: Any) -> Answer:
        """Return the answer, or raise what the browser broke with."""
        ended: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        inside = True

        def then(answer: Answer) -> None:
            assert not inside
            ended.set_result(answer)

        def broken(error: Exception) -> None:
            assert not inside
            ended.set_exception(error)

        self.browser.ask(ask, then, broken)
        inside = False
        return await asyncio.wait_for(ended, 10)


def visitor(network: Network, **identity: Any) -> Visitor:
    seen: list[Exchanged] = []
    return Visitor(network, network.browser(Identity(**identity), seen.append), seen)


_MADE: list[Network] = []
"""The networks of the scene that is played."""


def network_to(port: int, scheme: str = "http", allowed: tuple[str, ...] = (), **options: Any) -> Network:
    target = Target(scheme, "127.0.0.1", port)
    network = Network(asyncio.get_running_loop(), target, NetworkOptions(**options), allowed)
    _MADE.append(network)
    return network


@asynccontextmanager
async def visiting(
    respond: Respond, allowed: tuple[str, ...] = (), identity: dict[str, Any] | None = None, **options: Any
) -> AsyncIterator[tuple[Server, Visitor]]:
    """A server over plain HTTP and a visitor of it; in the end all sockets of the network are closed."""
    async with serving(respond) as server:
        network = network_to(server.port, allowed=allowed, **options)
        one = visitor(network, **(identity or {}))
        yield server, one
        one.browser.close()
        await settled(network)


async def settled(network: Network) -> None:
    """Close a network and wait until its last socket is: a loop that ends before leaves them to nobody."""
    await network.close()
    await _left(network)
    assert network.open_sockets == 0


async def _left(network: Network) -> None:
    for _ in range(100):
        if not network.open_sockets:
            break
        await asyncio.sleep(0.01)


def play(scene: Callable[[], Awaitable[Any]]) -> Any:
    """Run a scene on uvloop; an exception that reached the loop fails the test."""
    met: list[dict[str, Any]] = []

    async def watched() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: met.append(context))
        try:
            return await scene()
        finally:
            while _MADE:
                await _left(_MADE.pop())

    result = uvloop.run(watched())
    assert met == []
    return result
