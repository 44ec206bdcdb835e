"""How bytes come in: as they are, or by way of a buffer that is there already."""

import asyncio
from abc import ABC, abstractmethod

_BUFFER = memoryview(bytearray(64 << 10))
"""For all connections, one after the other: it is read before the loop goes on."""


class Receiver(asyncio.BaseProtocol, ABC):
    """Whatever takes in bytes."""

    __slots__ = ()

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Take in bytes."""


class Buffered(Receiver, asyncio.BufferedProtocol):
    """A receiver behind TLS: uvloop decrypts into the buffer, where it else makes one of 256 KiB for each read."""

    __slots__ = ()

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - asyncio's signature
        """Return where to decrypt to."""
        return _BUFFER

    def buffer_updated(self, count: int) -> None:
        """Take in what was decrypted."""
        self.data_received(bytes(_BUFFER[:count]))
