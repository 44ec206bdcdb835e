"""Whatever a server or proxy says, an ask ends once, and nothing is raised into the loop."""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import suppress

import h2.config
import h2.connection
import pytest
from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get
from scenarios.swarm.browser.content import decode
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.home import Sockets
from scenarios.swarm.browser.http1 import Http1
from scenarios.swarm.browser.http2 import Http2
from scenarios.swarm.browser.identity import Identity
from scenarios.swarm.browser.landing import Tunnel
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.browser.resources import of_page, of_style_sheet
from scenarios.swarm.failures import StepFailed
from scenarios.target import Target

MANY = settings(max_examples=200)
HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 303 See Other\r\n",
        b"HTTP/1.0 200\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n",
        b"HTTP/1.1 204 No Content\r\n",
        b"HTTP/1.1 429 Too Many Requests\r\n",
    ]
)
LINES = st.sampled_from(
    [
        b"Content-Length: 3\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 99999999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n",
        b"Content-Encoding: gzip\r\n",
        b"Content-Encoding: br, deflate\r\n",
        b"Content-Encoding: \xff\r\n",
        b"Location: /elsewhere\r\n",
        b"Location: http://[\r\n",
        b"Location: //\xc3\xa9vil\r\n",
        b"Location: \xff\xfe\r\n",
        b"Set-Cookie: a=b; Expires=never; Max-Age=1e9; Domain=.; Path\r\n",
        b"Set-Cookie: =; ; ;==\r\n",
        b"Set-Cookie: x=1; Expires=Thu, 99 Feb 99999999999999999999 25:61:61 GMT\r\n",
        b"Connection: close\r\n",
        b"Content-Type: text/html\r\n",
        b"\r\n",
        b"3\r\nabc\r\n",
        b"0\r\n\r\n",
        b"abc",
    ]
)
SAID = st.one_of(
    st.binary(max_size=300),
    st.builds(lambda head, lines: head + b"".join(lines), HEADS, st.lists(LINES | st.binary(max_size=20), max_size=8)),
)


class Wireless(asyncio.Transport):
    """A transport to nowhere that tells its protocol of its end when asked to."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed


class Ended:
    """Counts how an ask ended."""

    def __init__(self) -> None:
        self.pages: list[Answer] = []
        self.errors: list[Exception] = []


class Scene:
    """A loop that runs from one example to the next, with networks that ask for a port where nobody listens."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.met: list[dict] = []
        self.loop.set_exception_handler(lambda _, context: self.met.append(context))
        targets = {scheme: Target(scheme, "127.0.0.1", 1) for scheme in ("http", "https")}
        self.networks = {
            (scheme, resources): Network(self.loop, target, NetworkOptions(pooled=True, resources=resources))
            for scheme, target in targets.items()
            for resources in (False, True)
        }

    def ask(self, make, scheme: str, pieces: list[bytes], error: Exception | None, *, resources: bool = False) -> Ended:
        """Let a connection that is free take an ask; feed it with pieces, then its end; return how the ask ended."""
        network, ended, seen = self.networks[scheme, resources], Ended(), []

        async def scene() -> None:
            home = network.pool(network.origins.target, None)
            connection, transport = make(network.origins.target, home), Wireless()
            connection.connection_made(transport)
            home.append(connection)
            browser = network.browser(Identity(pooled=True), seen.append)
            browser.ask(Get("/x"), ended.pages.append, ended.errors.append)
            assert transport.written
            for piece in pieces:
                if not transport.closed:
                    connection.data_received(piece)
            connection.connection_lost(error)
            while not ended.pages and not ended.errors:  # what asks for another connection is refused soon
                await asyncio.sleep(0.0005)
            await asyncio.sleep(0)
            browser.close()
            assert (len(seen) >= 1, [each for each in home if not each.closed], network.open_sockets) == (True, [], 0)

        self.loop.run_until_complete(asyncio.wait_for(scene(), 5))
        return ended

    def ends_once(self, *arguments, **more) -> None:
        ended = self.ask(*arguments, **more)
        assert len(ended.pages) + len(ended.errors) == 1
        assert all(isinstance(error, StepFailed | OSError) for error in ended.errors)
        assert self.met == []


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    found = Scene()
    yield found
    found.loop.close()


ENDS = st.sampled_from([None, ConnectionResetError("reset"), ssl.SSLError("bad record"), ValueError("odd")])


@MANY
@given(pieces=st.lists(SAID, min_size=1, max_size=4), error=ENDS, resources=st.booleans())
@example(pieces=[b"HTTP/1.1 200 OK\r\n\r\n", b"to the end"], error=None, resources=False)
@example(
    pieces=[b"HTTP/1.1 303 See Other\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"], error=None, resources=False
)
@example(pieces=[b"HTTP/1.1 101 X\r\nUpgrade: a\r\nConnection: upgrade\r\n\r\nabc"], error=None, resources=False)
def test_any_answer_over_http1_ends_the_ask_once(scene, pieces, error, resources):
    scene.ends_once(Http1, "http", pieces, error, resources=resources)


class Heads:
    """What llhttp reads: the fields of each head that was whole, and the statuses."""

    def __init__(self, said: bytes) -> None:
        self.fields: list[tuple[bytes, bytes]] = []
        self.heads: list[tuple[int, list[tuple[bytes, bytes]]]] = []
        self.parser = HttpResponseParser(self)
        with suppress(HttpParserError, HttpParserUpgrade):
            self.parser.feed_data(said)

    def on_message_begin(self) -> None:
        self.fields = []

    def on_header(self, name: bytes, value: bytes) -> None:
        self.fields.append((name, value))

    def on_headers_complete(self) -> None:
        self.heads.append((self.parser.get_status_code(), list(self.fields)))


@MANY
@given(st.lists(SAID, max_size=3).map(b"".join))
@example(b"\r\nHTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nA:  b \t\r\nc :d\r\nA:\r\n\r\n")
def test_a_head_read_late_has_the_fields_that_the_parser_read(said):
    heads = Heads(said).heads
    skipped = next((index for index, (status, _) in enumerate(heads) if status >= 200), None)
    if skipped is not None:
        assert Head(said, skipped, len(said)).fields == heads[skipped][1]


FRAMES = st.builds(
    lambda kind, flags, stream, payload: (
        len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload
    ),
    st.integers(0, 10),
    st.integers(0, 255),
    st.sampled_from([0, 1, 2, 3, 2**31 - 1]),
    st.binary(max_size=60),
)


def real_answer(status: str, body: bytes, *more: tuple[str, str]) -> bytes:
    """Return what a real HTTP/2 server sends for the first request."""
    server = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
    server.initiate_connection()
    client = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True))
    client.initiate_connection()
    client.send_headers(
        1, [(":method", "GET"), (":path", "/"), (":scheme", "https"), (":authority", "a")], end_stream=True
    )
    server.receive_data(client.data_to_send())
    server.send_headers(1, [(":status", status), *more])
    server.send_data(1, body, end_stream=True)
    return server.data_to_send()


@MANY
@given(st.lists(st.binary(max_size=200) | FRAMES | st.just(b""), min_size=1, max_size=5), ENDS)
def test_any_answer_over_http2_ends_the_ask_once(scene, pieces, error):
    scene.ends_once(Http2, "https", pieces, error)


@MANY
@given(st.data())
def test_a_damaged_answer_over_http2_ends_the_ask_once(scene, data):
    said = bytearray(real_answer("200", b"hello" * 20, ("content-type", "text/html"), ("set-cookie", "a=b")))
    for _ in range(data.draw(st.integers(1, 4))):
        said[data.draw(st.integers(0, len(said) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(said)))
    scene.ends_once(Http2, "https", [bytes(said[:cut]), bytes(said[cut:])], data.draw(ENDS))


def test_a_whole_answer_over_http2_is_a_page(scene):
    ended = scene.ask(Http2, "https", [real_answer("200", b"hello")], None)
    assert ([page.body for page in ended.pages], ended.errors) == ([b"hello"], [])


@MANY
@given(st.lists(SAID, min_size=1, max_size=4))
def test_any_answer_of_a_proxy_opens_a_tunnel_or_is_an_os_error(scene, pieces):
    async def opened() -> None:
        tunnel, transport = Tunnel(Sockets(), scene.loop), Wireless()
        tunnel.connection_made(transport)
        opening = scene.loop.create_task(tunnel.open(transport, b"a:443", b""))
        await asyncio.sleep(0)
        for piece in pieces:
            tunnel.data_received(piece)
        tunnel.connection_lost(None)
        with suppress(OSError):
            await opening

    scene.loop.run_until_complete(opened())
    assert scene.met == []


@MANY
@given(
    st.binary(max_size=300), st.sampled_from([b"gzip", b"deflate", b"br", b"gzip, br", b"\xff", b"zstd", b"", b",,"])
)
def test_any_body_is_decoded_or_fails_the_step(body, codings):
    with suppress(StepFailed):
        assert isinstance(decode(body, codings), bytes)


@MANY
@given(st.binary(max_size=300))
def test_any_markup_is_read(body):
    assert isinstance(of_page(b'<img src="' + body + b'">' + body), list)
    assert isinstance(of_style_sheet(b"url(" + body + b")" + body), list)


@pytest.mark.parametrize("path", ["", "x", "/\ud800", "/a b\r\nX: y", "http://evil/", "/\x00"])
def test_any_path_is_sent_quoted_or_fails_the_step(scene, path):
    ended = Ended()

    async def asked():
        browser = scene.networks["http", False].browser(Identity())
        browser.ask(Get(path), ended.pages.append, ended.errors.append)
        assert not ended.errors
        while not ended.errors:
            await asyncio.sleep(0.0005)

    scene.loop.run_until_complete(asyncio.wait_for(asked(), 5))
    assert [isinstance(error, StepFailed | OSError) for error in ended.errors] == [True]
