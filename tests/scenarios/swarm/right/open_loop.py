"""`python open_loop.py HOST PORT PATH RATE LASTS_S [SEED]`: an open-loop recorder of its own, none of the suite's code.

It sends GETs at Poisson instants, each on a new connection, whatever became of those before. A time runs from the
instant at which the request was meant to the last byte of its answer, which must be 200 with a length. It waits for
all of them, and prints JSON: `meant_s` from its own start, `took_s` of each in order, and what went `wrong`.
"""

import json
import random
import re
import select
import socket
import sys
import time

WAITS_S = 60.0
LENGTH = re.compile(rb"\r\nContent-Length: (\d+)", re.IGNORECASE)


class Recorder:
    """One thread over epoll: it opens what is due, and reads what has come."""

    def __init__(self, host: str, port: int, path: str, meant_s: list[float]) -> None:
        self.address, self.meant_s = (host, port), meant_s
        self.request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode()
        self.took_s = [0.0] * len(meant_s)
        self.wrong: list[str] = []
        self.epoll = select.epoll()
        self.waiting: dict[int, tuple[int, socket.socket, bytearray]] = {}

    def record(self) -> None:
        """Send all at their instants, and wait for their answers."""
        self.start, due = time.perf_counter(), 0
        ends_s = self.meant_s[-1] + WAITS_S
        while due < len(self.meant_s) or self.waiting:
            now_s = time.perf_counter() - self.start
            if now_s > ends_s:
                self.wrong.append(f"{len(self.waiting)} without an answer")
                return
            if due < len(self.meant_s) and self.meant_s[due] <= now_s:
                self.open(due)
                due += 1
            ahead_s = self.meant_s[due] - now_s if due < len(self.meant_s) else 0.1
            for place, event in self.epoll.poll(max(0.0, ahead_s), 16):
                self.go_on(place, event)

    def open(self, number: int) -> None:
        """Begin to connect."""
        end = socket.socket(type=socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        end.connect_ex(self.address)
        self.epoll.register(end.fileno(), select.EPOLLOUT)
        self.waiting[end.fileno()] = number, end, bytearray()

    def go_on(self, place: int, event: int) -> None:
        """Send the request when the connection is there; read, and note the time when the answer is whole."""
        number, end, received = self.waiting[place]
        try:
            if event & select.EPOLLOUT:
                end.send(self.request)
                self.epoll.modify(place, select.EPOLLIN)
                return
            data = end.recv(65_536)
        except OSError as error:
            self.wrong.append(repr(error))
            data = b""
        received += data
        if not data or is_whole(received):
            self.took_s[number] = time.perf_counter() - self.start - self.meant_s[number]
            if not received.startswith(b"HTTP/1.1 200 "):
                self.wrong.append(repr(bytes(received[:40])))
            del self.waiting[place]
            end.close()


def is_whole(received: bytearray) -> bool:
    """Tell whether an answer has come to its last byte."""
    head, _, body = received.partition(b"\r\n\r\n")
    length = LENGTH.search(head)
    return length is not None and len(body) >= int(length[1])


def poisson(rate: float, lasts_s: float, seed: int) -> list[float]:
    """Return the instants of a Poisson process."""
    draw, instants, at = random.Random(seed), list[float](), 0.0
    while (at := at + draw.expovariate(rate)) < lasts_s:
        instants.append(at)
    return instants


if __name__ == "__main__":
    host, port, path, rate, lasts_s, *rest = sys.argv[1:]
    recorder = Recorder(host, int(port), path, poisson(float(rate), float(lasts_s), int(rest[0]) if rest else 1))
    recorder.record()
    json.dump({"meant_s": recorder.meant_s, "took_s": recorder.took_s, "wrong": recorder.wrong}, sys.stdout)
