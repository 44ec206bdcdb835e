"""`python -m scenarios.swarm.generator DESCRIPTOR`: a generator that speaks over an inherited socket."""

import asyncio
import signal
import socket
import sys

import uvloop

from scenarios.swarm.generator.channel import Channel
from scenarios.swarm.generator.generator import Generator


async def run(descriptor: int) -> None:
    """Do what the other end says until it closes, or all is done."""
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, lambda: None)  # Ctrl-C reaches the whole group: the parent says what to do
    gone = asyncio.Event()
    end = socket.socket(fileno=descriptor)
    channel = Channel(loop, end, gone.set)
    generator = Generator(loop, channel.tell, descriptor)
    channel.listen(generator.heard)
    waits = [loop.create_task(event.wait()) for event in (gone, generator.ended)]
    await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()
    channel.flush()


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1])))
