"""HTTP/2 on one connection: many requests at once, each a stream. `h2` keeps the protocol's state."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import ClassVar, cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    RemoteSettingsChanged,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    WindowUpdated,
)
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

from scenarios.swarm.browser.content import MOST_BYTES
from scenarios.swarm.browser.encoding import RawFields
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.home import Home, closed_too_soon
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.pending import Pending
from scenarios.swarm.browser.receiving import Buffered
from scenarios.swarm.failures import StepFailed

MOST_STREAMS = 100  # at once, where the server allows more (as Chromium, net/spdy/spdy_session.cc)
STREAM_WINDOW = 6 << 20  # Chromium's windows (net/http/http_network_session.cc)
CONNECTION_WINDOW = 15 << 20
MOST_USED = 1 << 29  # stream numbers end at 2^31 - 1, of which a client has every second


@dataclass(slots=True)
class Stream:
    """One request and what has come of its answer; `unsent` is what of its body waits for the server's window."""

    pending: Pending
    unsent: memoryview
    status: int = 0
    fields: RawFields = field(default_factory=list)
    body: list[bytes] = field(default_factory=list)
    received: int = 0
    first_byte_ns: int = 0


class Http2(Buffered):
    """One connection, shared by requests while it has room."""

    protocol: ClassVar[str] = "h2"

    def __init__(self, origin: Origin, home: Home) -> None:
        self.origin, self.home = origin, home
        self.address = ""
        self.connect_ns = self.tls_ns = self.used = self.first_byte_ns = self.received = 0
        self.closed = False
        self._transport: asyncio.Transport | None = None
        self._streams: dict[int, Stream] = {}
        self._most = MOST_STREAMS
        self._at_home = False
        self._h2 = H2Connection(H2Configuration(client_side=True, header_encoding=False))
        self._h2.local_settings = Settings(
            client=True, initial_values={SettingCodes.ENABLE_PUSH: 0, SettingCodes.INITIAL_WINDOW_SIZE: STREAM_WINDOW}
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport and open the conversation."""
        self._transport = cast(asyncio.Transport, transport)
        self.home.sockets.open += 1
        self._h2.initiate_connection()
        self._h2.increment_flow_control_window(CONNECTION_WINDOW - 65_535)
        self._flush()

    def send(self, pending: Pending) -> None:
        """Send a request on a stream of its own."""
        pending.connection = self
        self.used += 1
        try:
            number = self._h2.get_next_available_stream_id()
            fields = pending.browser.fields(pending)
            pending.browser.sent_bytes += _size(fields) + len(pending.body)
            self._streams[number] = stream = Stream(pending, memoryview(pending.body))
            self._h2.send_headers(number, fields, end_stream=not pending.body)
            self._push(number, stream)
        except H2Error as error:
            asyncio.get_running_loop().call_soon(self._fail_all, StepFailed(f"HTTP/2 cannot send it ({error})"))
            return
        self._flush()
        self._go_home()

    def _go_home(self) -> None:
        """Be there for the next request, if there is room for it."""
        has_room = len(self._streams) < self._most and self.used < MOST_USED
        self._at_home = has_room and not self.closed
        if self._at_home and self not in self.home:
            self.home.append(self)

    def _push(self, number: int, stream: Stream) -> None:
        """Send as much of a body as the server's windows allow."""
        while stream.unsent:
            room = min(self._h2.local_flow_control_window(number), self._h2.max_outbound_frame_size)
            if room <= 0:
                return
            piece, stream.unsent = stream.unsent[:room], stream.unsent[room:]
            self._h2.send_data(number, piece.tobytes(), end_stream=not stream.unsent)

    def _flush(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(self._h2.data_to_send())

    def data_received(self, data: bytes) -> None:
        """Take in frames."""
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
        except H2Error as error:
            self._fail_all(StepFailed(f"the answer is no HTTP/2 ({str(error) or type(error).__name__})"))
            return
        self._flush()
        if self.closed and not self._streams:
            self.close()

    def _take(self, event: Event) -> None:
        if isinstance(event, RemoteSettingsChanged | WindowUpdated):
            self._most = min(MOST_STREAMS, self._h2.remote_settings.max_concurrent_streams)
            for number, waiting in list(self._streams.items()):
                self._push(number, waiting)
        elif isinstance(event, ConnectionTerminated):
            self._wind_up(event)
        elif isinstance(event, ResponseReceived | DataReceived | StreamEnded | StreamReset):
            stream = self._streams.get(event.stream_id)
            if isinstance(event, DataReceived):
                self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            if stream is not None:
                self._take_of(stream, event)

    def _take_of(self, stream: Stream, event: ResponseReceived | DataReceived | StreamEnded | StreamReset) -> None:
        """Take in what belongs to a stream."""
        if isinstance(event, ResponseReceived):
            raw = [(bytes(name), bytes(value)) for name, value in event.headers]
            self._count(stream, _size(raw))
            stream.status = _status(raw)
            stream.fields = [pair for pair in raw if not pair[0].startswith(b":")]
        elif isinstance(event, DataReceived):
            self._count(stream, len(event.data))
            stream.body.append(event.data)
            if stream.received > MOST_BYTES:
                self._h2.reset_stream(event.stream_id, ErrorCodes.CANCEL)
                self._end(event.stream_id, StepFailed(f"the answer is larger than {MOST_BYTES:,} bytes"))
        elif isinstance(event, StreamReset):
            self._end(event.stream_id, ConnectionResetError(f"the server reset the stream ({event.error_code!s})"))
        elif stream.status:
            self._end(event.stream_id, None)
        else:
            self._end(event.stream_id, StepFailed("the answer is no HTTP/2 (it has no status)"))

    def _count(self, stream: Stream, size: int) -> None:
        stream.first_byte_ns = stream.first_byte_ns or perf_counter_ns()
        stream.received += size
        stream.pending.browser.received_bytes += size

    def _end(self, number: int, error: StepFailed | OSError | None) -> None:
        """Hand on an answer, or why there is none, once the connection has room again."""
        stream = self._streams.pop(number)
        pending = stream.pending
        self.first_byte_ns, self.received = stream.first_byte_ns, stream.received
        self._go_home()
        self._flush()
        if error is None:
            pending.browser.answered(pending, self, stream.status, Head.of(stream.fields), b"".join(stream.body))
        else:
            pending.browser.failed(pending, self, error)

    def _wind_up(self, event: ConnectionTerminated) -> None:
        """Take no more requests; those that the server will not answer are broken."""
        self.closed = True
        last = event.last_stream_id or 0
        for number in [number for number in self._streams if number > last or event.error_code]:
            self._end(number, ConnectionResetError(f"the server ended the connection ({event.error_code!s})"))

    def connection_lost(self, error: Exception | None) -> None:
        """Break all that was under way."""
        self.closed = True
        if self._transport is None:  # it was never made, or this was told before
            return
        self.home.sockets.open -= 1
        self._transport = None
        self._fail_all(closed_too_soon(error))
        self._h2.__dict__.clear()  # it holds itself, by tables of its own methods

    def _fail_all(self, error: StepFailed | OSError) -> None:
        self.closed = True
        if self._transport is not None:
            self._transport.abort()
        for number in list(self._streams):
            if number in self._streams:
                self._end(number, error)

    def abandon(self, pending: Pending) -> None:
        """Reset the request's stream; the others go on."""
        for number, stream in list(self._streams.items()):
            if stream.pending is pending:
                del self._streams[number]
                with suppress(H2Error):  # it had ended
                    self._h2.reset_stream(number, ErrorCodes.CANCEL)
                self._flush()
                self._go_home()

    def close(self) -> None:
        """Say goodbye, and close the connection once that has left."""
        self.closed = True
        if self._transport is None or self._transport.is_closing():
            return
        with suppress(H2Error):  # the other side was quicker
            self._h2.close_connection()
            self._flush()
        self._transport.close()


def _status(fields: RawFields) -> int:
    """Return the status that an answer's pseudo-header says; 0 when it is none."""
    text = dict(fields).get(b":status", b"")
    return int(text) if len(text) == 3 and text.isdigit() else 0


def _size(fields: RawFields) -> int:
    return sum(len(name) + len(value) for name, value in fields)
