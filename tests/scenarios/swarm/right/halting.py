"""`python halting.py AFTER HALTS_S`: a small server of one page that stands still once, as one does whose lock is held.

It answers every GET with the same page. At the AFTER-th request for `/k` it stops answering; HALTS_S later it answers
what has come meanwhile, first come, first served, and goes on. It says `serving URL`, and afterwards when the halt
began and ended (wall time).
"""

import asyncio
import signal
import sys
import time

PAGE = b'<html data-page="k">' + b"x" * 1004
ANSWER = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(PAGE)}\r\n\r\n".encode() + PAGE
QUEUED = 4096


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Hall:
    """Who waits, in the order in which they came; None while nobody has to."""

    def __init__(self, after: int, halts_s: float) -> None:
        self.after, self.halts_s, self.served = after, halts_s, 0
        self.waiting: list[Connection] | None = None

    def enter(self, connection: "Connection", *, counts: bool) -> None:
        """Answer, or let wait."""
        self.served += counts
        if counts and self.served == self.after:
            self.waiting, began = [], time.time()
            asyncio.get_running_loop().call_later(self.halts_s, self.go_on, began)
        if self.waiting is None:
            connection.answer()
        else:
            self.waiting.append(connection)

    def go_on(self, began: float) -> None:
        """Answer all who wait."""
        waiting, self.waiting, ended = self.waiting or [], None, time.time()
        for connection in waiting:
            connection.answer()
        say(f"halted {began} {ended}")


class Connection(asyncio.Protocol):
    """One connection; a request is a head without a body."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.received = hall, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            self.hall.enter(self, counts=head.startswith(b"GET /k "))

    def answer(self) -> None:
        self.transport.write(ANSWER)


async def main() -> None:
    hall = Hall(int(sys.argv[1]), float(sys.argv[2]))
    loop, over = asyncio.get_running_loop(), asyncio.Event()
    server = await loop.create_server(lambda: Connection(hall), "127.0.0.1", 0, backlog=QUEUED)
    loop.add_signal_handler(signal.SIGTERM, over.set)
    say(f"serving http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await over.wait()


asyncio.run(main())
