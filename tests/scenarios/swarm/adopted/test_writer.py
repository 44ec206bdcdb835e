"""Messages of many greenlets over one socket stay whole, and in the order in which they were told."""

import gevent
from gevent import socket

from scenarios.swarm.adopted.writer import Writer
from scenarios.swarm.generator.frames import Unpacker

TOLD, BYTES = 40, 200_000


def test_messages_told_at_once_come_whole_and_in_order_though_the_parent_reads_slowly():
    ours, theirs = socket.socketpair()
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    writer, unpacker, heard = Writer(ours), Unpacker(), []
    for number in range(TOLD):
        gevent.spawn(writer.tell, {"kind": "sample", "number": number, "entry": "x" * BYTES})
    gevent.sleep(0)

    def read() -> None:
        while len(heard) < TOLD:
            heard.extend(unpacker.feed(theirs.recv(1 << 16)))

    with gevent.Timeout(20):
        reader = gevent.spawn(read)
        writer.close()
        reader.join()
    assert [message["number"] for message in heard] == list(range(TOLD))
    assert {len(message["entry"]) for message in heard} == {BYTES}
    ours.close()
    theirs.close()


def test_a_parent_that_has_gone_ends_it_quietly():
    ours, theirs = socket.socketpair()
    theirs.close()
    writer = Writer(ours)
    writer.tell({"kind": "event"})
    with gevent.Timeout(5):
        writer.close()
    ours.close()
