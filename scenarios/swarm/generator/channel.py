"""The channel to the process that started this one."""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from scenarios.swarm.generator.frames import BrokenStreamError, Unpacker, packed

MOST_WAITING_BYTES = 64 << 20
"""So much is kept for a parent that does not read; beyond it the parent is as good as gone."""

READ_BYTES = 1 << 18


class Channel:
    """Messages over a socket: what is told has left when the call returns, unless the parent does not read.

    `closed` is called once, when the other end has closed, sends what is no message, or never reads.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        end: socket.socket,
        closed: Callable[[], None],
    ) -> None:
        end.settimeout(0.0)
        self._loop, self._end, self._closed = loop, end, closed
        self._heard: Callable[[Mapping[str, Any]], None] = _nobody
        self._unpacker = Unpacker()
        self._waiting: deque[memoryview] = deque()
        self._waiting_bytes = 0
        self._is_open = True

    def listen(self, heard: Callable[[Mapping[str, Any]], None]) -> None:
        """Say who hears what the other end tells."""
        self._heard = heard
        self._loop.add_reader(self._end.fileno(), self._read)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message."""
        if not self._is_open:
            return
        data = memoryview(packed(message))
        if not self._waiting:
            data = data[self._send(data) :]
        if data and self._is_open:
            if not self._waiting:
                self._loop.add_writer(self._end.fileno(), self._write)
            self._waiting.append(data)
            self._waiting_bytes += len(data)
            if self._waiting_bytes > MOST_WAITING_BYTES:
                self.close()

    def _send(self, data: memoryview) -> int:
        try:
            return self._end.send(data)
        except BlockingIOError:
            return 0
        except OSError:
            self.close()
            return len(data)

    def _write(self) -> None:
        waiting = self._waiting
        while waiting:
            sent = self._send(waiting[0])
            if not self._is_open:
                return
            self._waiting_bytes -= sent
            if sent < len(waiting[0]):
                waiting[0] = waiting[0][sent:]
                return
            waiting.popleft()
        self._loop.remove_writer(self._end.fileno())

    def _read(self) -> None:
        try:
            data = self._end.recv(READ_BYTES)
            messages = self._unpacker.feed(data)
        except BlockingIOError:
            return
        except (OSError, BrokenStreamError):
            data, messages = b"", []
        if not data:
            self.close()
        for message in messages:
            self._heard(message)

    def flush(self) -> None:
        """Send what waits, waiting for the parent for a second at most."""
        if self._is_open and self._waiting:
            self._loop.remove_writer(self._end.fileno())
            self._end.settimeout(1.0)
            try:
                while self._waiting:
                    self._end.sendall(self._waiting.popleft())
            except OSError:
                self._waiting.clear()
            self._end.settimeout(0.0)

    def close(self) -> None:
        """Close this end."""
        if self._is_open:
            self._is_open = False
            self._loop.remove_reader(self._end.fileno())
            if self._waiting:
                self._loop.remove_writer(self._end.fileno())
                self._waiting.clear()
            self._end.close()
            self._closed()


def _nobody(message: Mapping[str, Any]) -> None:
    raise AssertionError(f"nobody listens: {message}")
