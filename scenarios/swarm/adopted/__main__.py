"""`python -m scenarios.swarm.adopted DESCRIPTOR ORDER`: a generator that plays a locustfile; see `become.py`."""

import locust  # noqa: F401, I001 # first: it patches what is imported after it

import os
import signal
import socket
import sys

import gevent

from scenarios.swarm.adopted.generator import AdoptedGenerator
from scenarios.swarm.adopted.writer import Writer
from scenarios.swarm.generator.frames import Unpacker

READ_BYTES = 1 << 18


def run(descriptor: int, order: int) -> None:
    """Do what the other end says until it closes, or all is done."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent says what to do
    end = socket.socket(fileno=descriptor)
    writer = Writer(end)
    generator = AdoptedGenerator(writer.tell)
    with os.fdopen(order, "rb") as file:
        for message in Unpacker().feed(file.read()):
            generator.heard(message)
    listener = gevent.spawn(_listen, end, generator)
    listener.link(lambda _: generator.ended.set())
    generator.ended.wait()
    writer.close()


def _listen(end: socket.socket, generator: AdoptedGenerator) -> None:
    unpacker = Unpacker()
    while data := end.recv(READ_BYTES):
        for message in unpacker.feed(data):
            generator.heard(message)


if __name__ == "__main__":
    run(int(sys.argv[1]), int(sys.argv[2]))
