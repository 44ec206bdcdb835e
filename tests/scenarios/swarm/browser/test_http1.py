"""One connection: what comes back on it, whole, in pieces, broken, or not at all."""

import asyncio
import gc
import socket

import pytest

from scenarios.swarm.asks import Get, Post, Send
from scenarios.swarm.browser.http1 import MOST_HEAD_BYTES
from scenarios.swarm.failures import StepFailed
from tests.scenarios.swarm.browser.served import CLOSE, network_to, page, play, serving, visiting, visitor

CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nWiki\r\n6\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\n\r\n"
)


def in_turn(*said):
    """Return a server that says these, one after the other."""
    waiting = list(said)
    return lambda _: waiting.pop(0)


def bodies(*said, asks=None, **options):
    """Ask once for each answer (or what is named) as one visitor; return bodies, connections, what was seen."""

    async def scene():
        async with visiting(in_turn(*said), **options) as (server, one):
            found = [(await one.ask(ask)).body for ask in asks or [Get("/x")] * len(said)]
            return found, server.connections, one.seen

    return play(scene)


def failure(said, ask=Get("/x"), error=Exception):  # noqa: B008 - an ask is a value
    async def scene():
        async with visiting(lambda _: said) as (_, one):
            with pytest.raises(error) as caught:
                await one.ask(ask)
            assert [(seen.status, seen.error) for seen in one.seen] == [(0, str(caught.value))]
            return str(caught.value)

    return play(scene)


def test_one_connection_serves_a_visit():
    found, connections, seen = bodies(page("a"), page("b"), page(""))
    assert (found, connections) == ([b"a", b"b", b""], 1)
    assert [each.reused for each in seen] == [False, True, True]
    assert seen[0].connect_ns > 0 == seen[0].tls_ns == seen[1].connect_ns
    for each in seen:
        assert each.started_ns < each.first_byte_ns <= each.ended_ns
        assert (each.status, each.protocol, each.address, each.scheme) == (200, "http/1.1", "127.0.0.1", "http")
    assert seen[0].started_ns + seen[0].connect_ns < seen[0].first_byte_ns


@pytest.mark.parametrize("cut", [1, 7, 40, 61, len(CHUNKED) - 1])
def test_chunks_and_pieces_are_put_together(cut):
    async def scene():
        async with visiting(lambda _: None) as (server, one):
            asked = asyncio.create_task(one.ask(Get("/x")))
            while not server.requests:
                await asyncio.sleep(0)
            server.transports[0].write(CHUNKED[:cut])
            await asyncio.sleep(0.02)
            assert not asked.done()
            server.transports[0].write(CHUNKED[cut:])
            return (await asked).body

    assert play(scene) == b"Wikipedia in \r\n\r\nchunks."


def test_an_answer_without_a_length_lasts_until_the_connection_ends():
    found, connections, _ = bodies([b"HTTP/1.1 200 OK\r\n\r\nall ", b"of it", CLOSE], page("next"))
    assert (found, connections) == ([b"all of it", b"next"], 2)


def test_an_announcement_is_not_the_answer():
    found, connections, _ = bodies(b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n" + page("late"), page("b"))
    assert (found, connections) == ([b"late", b"b"], 1)


def test_answers_without_a_body():
    said = [b"HTTP/1.1 204 No Content\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n", page("c")]
    found, _, seen = bodies(*said, asks=[Get("/a"), Send("HEAD", "/b"), Get("/c")])
    assert (found, [each.status for each in seen]) == ([b"", b"", b"c"], [204, 200, 200])


def test_a_connection_that_the_server_closes_is_not_used_again():
    found, connections, _ = bodies(page("a", "200 OK", "Connection: close"), page("b"))
    assert (found, connections) == ([b"a", b"b"], 2)


def test_what_nobody_asked_for_ends_the_connection_and_is_no_answer():
    assert bodies(page("a") + page("smuggled"), page("b"))[:2] == ([b"a", b"b"], 2)
    assert bodies(page("a") + b"rubbish", page("b"))[:2] == ([b"a", b"b"], 2)

    async def scene():
        async with visiting(in_turn(page("a"), page("b"))) as (server, one):
            await one.ask(Get("/a"))
            server.transports[0].write(page("smuggled"))
            await asyncio.sleep(0.05)
            return (await one.ask(Get("/b"))).body, server.connections

    assert play(scene) == (b"b", 2)


@pytest.mark.parametrize(
    "said", [b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 999999 X\r\n\r\n", b"HTTP/1.1 200 OK\r\nBad Header: \0\r\n\r\n"]
)
def test_what_is_no_http_fails_the_step(said):
    assert "the answer is no HTTP" in failure(said, error=StepFailed)


@pytest.mark.parametrize(
    "said",
    [
        [CLOSE],
        [b"HTTP/1.1 200 OK\r\nContent-Le", CLOSE],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", CLOSE],
        [CHUNKED[:70], CLOSE],
    ],
)
def test_a_connection_that_ends_too_soon_is_a_broken_connection(said):
    assert "closed before the answer was complete" in failure(said, error=ConnectionResetError)


def test_nobody_listening_is_a_refused_connection():
    async def scene():
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        one = visitor(network_to(port))
        with pytest.raises(ConnectionRefusedError):
            await one.ask(Get("/"))
        return [(each.status, each.reused, each.error is not None) for each in one.seen]

    assert play(scene) == [(0, False, True)]


def test_an_endless_head_is_given_up():
    line = b"X-More: " + b"m" * 1000 + b"\r\n"
    said = b"HTTP/1.1 200 OK\r\n" + line * (MOST_HEAD_BYTES // len(line) + 50)
    assert "the answer's head is larger than" in failure(said, error=StepFailed)


def test_an_idle_connection_that_the_server_closed_meanwhile_is_replaced():
    async def scene(ask, said):
        async with visiting(in_turn(page("first"), *said)) as (server, one):
            await one.ask(Get("/first"))
            answer = await one.ask(ask)
            return answer.body, server.paths, server.connections, [each.status for each in one.seen]

    again = ["/first", "/again", "/again"]
    assert play(lambda: scene(Get("/again"), [CLOSE, page("b")])) == (b"b", again, 2, [200, 0, 200])
    keyed = Post("/again", {"a": "1"}, {"Idempotency-Key": "k"})
    assert play(lambda: scene(keyed, [CLOSE, page("b")])) == (b"b", again, 2, [200, 0, 200])
    with pytest.raises(ConnectionResetError):  # a form may have been taken: it is never sent twice
        play(lambda: scene(Post("/again", {}), [CLOSE, page("b")]))
    with pytest.raises(ConnectionResetError):  # nor anything a third time
        play(lambda: scene(Get("/again"), [CLOSE, CLOSE]))
    with pytest.raises(ConnectionResetError):  # nor after a part of the answer
        play(lambda: scene(Get("/again"), [[b"HTTP/1.1 2", CLOSE], page("b")]))


def test_who_drops_is_never_called_and_may_ask_again():
    async def scene():
        async with visiting(lambda request: None if request.path == "/slow" else page("b")) as (server, one):
            called = []
            for wait_s in (0.0, 0.05):  # while connecting, and while waiting
                one.browser.ask(Get("/slow"), called.append, called.append)
                await asyncio.sleep(wait_s)
                one.browser.drop()
            body = (await one.ask(Get("/b"))).body
            await asyncio.sleep(0.05)
            told = [(each.path, each.status, each.error) for each in one.seen]
            return body, called, server.connections - server.lost, told

    given_up = ("/slow", 0, "given up before the answer was complete")
    assert play(scene) == (b"b", [], 1, [given_up, given_up, ("/b", 200, None)])


def test_a_second_ask_beside_the_first_is_a_mistake_of_the_caller():
    async def scene():
        async with visiting(lambda _: None) as (_, one):
            one.browser.ask(Get("/"), print, print)
            with pytest.raises(RuntimeError, match="one ask under way"):
                one.browser.ask(Get("/"), print, print)

    play(scene)


def test_an_answer_may_ask_for_the_next():
    async def scene():
        async with visiting(lambda request: page(request.path)) as (server, one):
            done = asyncio.get_running_loop().create_future()
            left = [f"/{number}" for number in range(5)]

            def then(_):
                if left:
                    one.browser.ask(Get(left.pop(0)), then, done.set_exception)
                else:
                    done.set_result(None)

            then(None)
            await done
            return server.paths, server.connections

    assert play(scene) == ([f"/{number}" for number in range(5)], 1)


def test_citizens_have_connections_of_their_own_or_share_those_that_are_free():
    async def scene(pooled):
        async with serving(lambda _: page("a")) as server:
            network = network_to(server.port, pooled=pooled)
            for _ in range(3):
                one = visitor(network, pooled=pooled)
                await one.ask(Get("/"))
                await one.ask(Get("/"))
                one.browser.close()
            await network.close()
            await asyncio.sleep(0.05)
            return server.connections, server.lost, network.open_sockets

    assert play(lambda: scene(pooled=False)) == (3, 3, 0)
    assert play(lambda: scene(pooled=True)) == (1, 1, 0)


OURS = ("Browser", "Pending", "Http1", "Home", "Jar", "frame", "HttpResponseParser", "Fetched")


@pytest.mark.parametrize("visit", ["answered", "dropped", "refused"])
def test_sessions_leave_nothing_that_only_a_collection_frees(visit):
    async def session(network):
        one = visitor(network)
        if visit == "answered":
            await one.ask(Get("/"))
        elif visit == "dropped":
            one.browser.ask(Get("/slow"), print, print)
            await asyncio.sleep(0.005)
        else:
            ended = asyncio.Event()
            one.browser.ask(Get("/"), print, lambda _: ended.set())
            await ended.wait()
        one.browser.close()

    async def scene():
        async with serving(lambda request: None if request.path == "/slow" else page("a")) as server:
            network = network_to(1 if visit == "refused" else server.port)
            await session(network)
            gc.collect()
            gc.disable()
            try:
                for _ in range(10):
                    await session(network)
                await asyncio.sleep(0.1)
                gc.set_debug(gc.DEBUG_SAVEALL)
                gc.collect()
                return [type(each).__name__ for each in gc.garbage if type(each).__name__ in OURS]
            finally:
                gc.set_debug(0)
                gc.garbage.clear()
                gc.enable()

    assert play(scene) == []


def test_bytes_are_counted():
    async def scene():
        said = page("x" * 1000)
        async with visiting(lambda _: said) as (_, one):
            await one.ask(Post("/a", {"k": "v"}))
            return one.browser.received_bytes - len(said), one.seen[0].bytes - len(said), one.browser.sent_bytes > 50

    assert play(scene) == (0, 0, True)
