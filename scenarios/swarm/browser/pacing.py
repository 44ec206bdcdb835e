"""A citizen's access line: how fast bytes go down and up, and how far away the portal is."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from scenarios.swarm.browser.receiving import Receiver

PIECE_S = (
    0.05  # a long read or write goes in pieces of so much of the line's time (assumed: finer than anybody notices)
)
LEAST_PIECE_BYTES = 1460  # an Ethernet packet's payload
AHEAD_S = 0.25  # of the line's time may wait to be read before the portal is made to wait


@dataclass(frozen=True)
class Profile:
    """An access line: bits per second down and up, and seconds from the citizen to the portal and back."""

    down_bps: float
    up_bps: float
    round_trip_s: float


class Lane:
    """One direction of a line: when its last byte has passed, on the loop's clock."""

    __slots__ = ("bytes_s", "free_at", "piece_bytes")

    def __init__(self, bps: float) -> None:
        self.bytes_s = bps / 8
        self.piece_bytes = max(LEAST_PIECE_BYTES, int(self.bytes_s * PIECE_S))
        self.free_at = 0.0

    def pass_through(self, size: int, now: float) -> float:
        """Take so many bytes in; return when the last of them is through."""
        self.free_at = max(self.free_at, now) + size / self.bytes_s
        return self.free_at


class Line:
    """The line of one browser, which all its connections share."""

    __slots__ = ("down", "profile", "up")

    def __init__(self, profile: Profile) -> None:
        self.profile, self.down, self.up = profile, Lane(profile.down_bps), Lane(profile.up_bps)


class Queue:
    """What is on its way in one direction of one connection: each piece comes out at its time, in order."""

    __slots__ = ("_deliver", "_lane", "_loop", "_pieces", "_timer", "_way_s", "waiting_bytes")

    def __init__(
        self, loop: asyncio.AbstractEventLoop, lane: Lane, way_s: float, deliver: Callable[[bytes], None]
    ) -> None:
        self._loop, self._lane, self._way_s, self._deliver = loop, lane, way_s, deliver
        self._pieces: deque[tuple[float, bytes]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self.waiting_bytes = 0

    def put(self, data: bytes) -> None:
        """Send data on its way."""
        now = self._loop.time()
        for start in range(0, len(data), self._lane.piece_bytes):
            piece = data[start : start + self._lane.piece_bytes]
            self._pieces.append((self._lane.pass_through(len(piece), now) + self._way_s, piece))
        self.waiting_bytes += len(data)
        self._wait()

    def clear(self) -> None:
        """Lose what is on its way."""
        self._pieces.clear()
        self.waiting_bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end(self) -> None:
        """Lose what is on its way, and whom it was for."""
        self.clear()
        self._deliver = _nowhere

    def _wait(self) -> None:
        if self._timer is None and self._pieces:
            self._timer = self._loop.call_at(self._pieces[0][0], self._come)

    def _come(self) -> None:
        """Deliver what is due; what is delivered may send more, or clear everything."""
        self._timer = None
        now = self._loop.time() + 0.0005  # the loop's clock counts milliseconds
        while self._pieces and self._pieces[0][0] <= now:
            piece = self._pieces.popleft()[1]
            self.waiting_bytes -= len(piece)
            self._deliver(piece)
        self._wait()


def _nowhere(_: bytes) -> None:
    """Deliver to nobody."""


class Paced(Receiver, asyncio.Protocol, asyncio.Transport):
    """Stands between a connection and its transport, and lets bytes through as the citizen's line would.

    Times of packets are not those of TCP's slow start; the handshakes' round trips are the dialler's to wait for.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, line: Line, connection: Receiver) -> None:
        asyncio.Transport.__init__(self)
        way_s = line.profile.round_trip_s / 2
        self._connection = connection
        self._down = Queue(loop, line.down, way_s, self._deliver)
        self._up = Queue(loop, line.up, way_s, self._depart)
        self._ahead_bytes = max(4 * LEAST_PIECE_BYTES, int(line.down.bytes_s * AHEAD_S))
        self._transport: asyncio.Transport | None = None
        self._lost: list[Exception | None] = []
        self._paused = self._closing = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport, and be the connection's."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclass
        self._connection.connection_made(self)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data up the line."""
        self._up.put(bytes(data))

    def _depart(self, piece: bytes) -> None:
        assert self._transport is not None
        if not self._transport.is_closing():
            self._transport.write(piece)
        if self._closing and not self._up.waiting_bytes:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        """Send data down the line; make the portal wait when much is on its way."""
        self._down.put(data)
        if not self._paused and self._down.waiting_bytes > self._ahead_bytes and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()

    def _deliver(self, piece: bytes) -> None:
        self._connection.data_received(piece)
        waiting = self._down.waiting_bytes
        if self._paused and waiting <= self._ahead_bytes and self._transport is not None:
            self._paused = False
            if not self._transport.is_closing():
                self._transport.resume_reading()
        if self._lost and not waiting:
            self._end(self._lost.pop())

    def connection_lost(self, error: Exception | None) -> None:
        """Tell that the connection has ended, after what came before."""
        self._up.clear()
        if self._down.waiting_bytes and error is None:
            self._lost.append(error)
        else:
            self._end(error)

    def _end(self, error: Exception | None) -> None:
        """Tell that the connection has ended; let go of what holds this object."""
        self._transport = None
        self._up.end()
        self._down.end()
        self._connection.connection_lost(error)

    def close(self) -> None:
        """Close once what was written has gone up the line."""
        self._closing = True
        if not self._up.waiting_bytes and self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once; what is on its way is lost."""
        self._up.clear()
        self._down.clear()
        self._lost.clear()
        if self._transport is not None:
            self._transport.abort()

    def is_closing(self) -> bool:
        """Tell whether it was closed."""
        return self._closing or self._transport is None or self._transport.is_closing()
