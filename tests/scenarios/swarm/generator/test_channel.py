"""The channel: messages leave at once, wait for a parent that is slow, and give up one that never reads."""

import asyncio
import socket

import uvloop

from scenarios.swarm.generator import channel as module
from scenarios.swarm.generator.channel import Channel
from scenarios.swarm.generator.frames import Unpacker, packed


def test_what_is_told_is_readable_when_the_call_returns():
    async def play():
        ours, theirs = socket.socketpair()
        channel = Channel(asyncio.get_running_loop(), ours, lambda: None)
        channel.tell({"kind": "receipts"})
        theirs.settimeout(0.0)
        found = Unpacker().feed(theirs.recv(1000))
        channel.close()
        theirs.close()
        return found

    assert uvloop.run(play()) == [{"kind": "receipts"}]


def test_a_slow_parent_gets_everything_in_order_and_its_messages_are_heard():
    async def play():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        theirs.settimeout(0.0)
        heard, closed = [], asyncio.Event()
        channel = Channel(loop, ours, closed.set)
        channel.listen(heard.append)
        sent = [{"kind": "second", "n": n, "lines": b"x" * 50_000} for n in range(60)]
        for message in sent:
            channel.tell(message)
        unpacker, found = Unpacker(), []
        while len(found) < len(sent):
            found += unpacker.feed(await loop.sock_recv(theirs, 1 << 16))
        theirs.send(packed({"kind": "stop"}))
        theirs.close()
        await closed.wait()
        channel.tell({"kind": "late"})  # nobody is there any more: nothing happens
        return found == sent, heard

    assert uvloop.run(play()) == (True, [{"kind": "stop"}])


def test_a_parent_that_never_reads_is_as_good_as_gone(monkeypatch):
    monkeypatch.setattr(module, "MOST_WAITING_BYTES", 1_000_000)

    async def play():
        ours, theirs = socket.socketpair()
        closed = []
        channel = Channel(asyncio.get_running_loop(), ours, lambda: closed.append(1))
        channel.listen(lambda _: None)
        for _ in range(100):
            channel.tell({"kind": "x", "data": b"x" * 100_000})
        theirs.close()
        return closed

    assert uvloop.run(play()) == [1]


def test_flush_waits_for_the_parent():
    async def play():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        channel = Channel(loop, ours, lambda: None)
        channel.tell({"kind": "x", "data": b"x" * 1_000_000})
        reading = loop.run_in_executor(None, read_all, theirs)
        channel.flush()
        channel.close()
        return len(await reading)

    def read_all(end):
        data = b""
        while piece := end.recv(1 << 16):
            data += piece
        end.close()
        return data

    assert uvloop.run(play()) == len(packed({"kind": "x", "data": b"x" * 1_000_000}))


def test_nonsense_from_the_parent_closes_the_channel():
    async def play():
        ours, theirs = socket.socketpair()
        closed = asyncio.Event()
        channel = Channel(asyncio.get_running_loop(), ours, closed.set)
        channel.listen(lambda _: None)
        theirs.send(b"\xff" * 8)
        await closed.wait()
        theirs.close()

    uvloop.run(play())
