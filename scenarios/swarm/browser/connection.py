"""What a browser needs of a connection, whatever protocol it speaks."""

from typing import TYPE_CHECKING, ClassVar, Protocol

if TYPE_CHECKING:
    from scenarios.swarm.browser.home import Home
    from scenarios.swarm.browser.origins import Origin
    from scenarios.swarm.browser.pending import Pending


class Connection(Protocol):
    """A connection to an origin.

    When it is free for another request it puts itself at the end of `home`; it may stay there after it was `closed`.
    `used` counts requests; `first_byte_ns` and `received` (bytes) are of the answer that was handed on last.
    """

    protocol: ClassVar[str]
    origin: "Origin"
    home: "Home"
    address: str
    connect_ns: int
    tls_ns: int
    used: int
    first_byte_ns: int
    received: int
    closed: bool

    def send(self, pending: "Pending") -> None:
        """Send a request."""

    def abandon(self, pending: "Pending") -> None:
        """Forget a request that is under way; nothing of it is told any more."""

    def close(self) -> None:
        """Close the connection once what was written has left."""
