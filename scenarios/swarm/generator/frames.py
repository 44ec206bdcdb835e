"""Messages between a locust process and its generator: msgpack, each after its length in four bytes."""

from collections.abc import Mapping
from typing import Any

import msgpack

LENGTH_BYTES = 4
MOST_BYTES = 1 << 28
"""A longer message is a broken stream: an order with all its files has a few megabytes."""


class BrokenStreamError(ValueError):
    """What came is not a message of ours."""


def packed(message: Mapping[str, Any]) -> bytes:
    """Return a message as it goes over the wire."""
    body: bytes = msgpack.packb(message, use_bin_type=True)
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


class Unpacker:
    """Puts messages together from whatever pieces a socket hands out."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[dict[str, Any]]:
        """Take more bytes; return the messages that are whole now. Raises BrokenStreamError."""
        rest = self._rest
        rest += data
        found = []
        while len(rest) >= LENGTH_BYTES:
            ends = LENGTH_BYTES + int.from_bytes(rest[:LENGTH_BYTES], "big")
            if ends > MOST_BYTES:
                raise BrokenStreamError(f"a message of {ends:,} bytes is announced; {MOST_BYTES:,} are the most")
            if len(rest) < ends:
                break
            found.append(_message(bytes(rest[LENGTH_BYTES:ends])))
            del rest[:ends]
        return found


def _message(body: bytes) -> dict[str, Any]:
    try:
        message = msgpack.unpackb(body, raw=False, strict_map_key=False)
    except ValueError as error:
        raise BrokenStreamError(f"a message cannot be read: {error}") from None
    if not isinstance(message, dict) or "kind" not in message:
        raise BrokenStreamError("a message must have a kind")
    return message
