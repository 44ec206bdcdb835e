"""The writer: sends messages one after the other, whichever greenlets tell them, so that no two mix on the wire."""

import socket
from collections.abc import Mapping
from typing import Any

import gevent
from gevent.queue import Queue

from scenarios.swarm.generator.frames import packed

LEAVES_WITHIN_S = 1.0
"""What waits at the end has so long to leave; a parent that does not read is gone."""


class Writer:
    """Messages over a socket that waits; who tells one does not wait."""

    def __init__(self, end: socket.socket) -> None:
        self._end = end
        self._waiting: Queue[bytes] = Queue()
        self._greenlet = gevent.spawn(self._write)

    def tell(self, message: Mapping[str, Any]) -> None:
        """Send a message behind those told before."""
        self._waiting.put(packed(message))

    def close(self) -> None:
        """Send what waits, and end."""
        self._waiting.put(b"")
        self._greenlet.join(LEAVES_WITHIN_S)

    def _write(self) -> None:
        while data := self._waiting.get():
            try:
                self._end.sendall(data)
            except OSError:
                return  # the parent has gone: the listener hears of it
