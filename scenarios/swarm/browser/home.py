"""Where connections to an origin wait for their next request."""

from typing import TYPE_CHECKING

from scenarios.swarm.browser.connection import Connection

if TYPE_CHECKING:
    from scenarios.swarm.browser.pending import Pending


class Sockets:
    """How many sockets of a network are open."""

    __slots__ = ("open",)

    def __init__(self) -> None:
        self.open = 0


class Home(list[Connection]):
    """The free connections to one origin, the one used last at the end; some may be closed by now.

    Connections that several requests share at once (HTTP/2) stay in it while they have room. `may_share` says whether
    the next one may turn out to be such: who comes while it is being opened (`opening`) then waits for it.
    """

    __slots__ = ("may_share", "opening", "sockets", "waiting")

    def __init__(self, sockets: Sockets, *, may_share: bool) -> None:
        super().__init__()
        self.sockets, self.may_share = sockets, may_share
        self.opening = False
        self.waiting: list[Pending] = []

    def waiters(self) -> "list[Pending]":
        """Let those go who waited; return them."""
        self.opening = False
        waiting, self.waiting = self.waiting, []
        return waiting

    def close(self) -> None:
        """Close the connections that are free."""
        for connection in self:
            connection.close()
        self.clear()


def closed_too_soon(error: Exception | None) -> OSError:
    """Return what a connection breaks with that ended while an answer was awaited."""
    if isinstance(error, OSError):
        return error
    return ConnectionResetError(str(error or "the connection was closed before the answer was complete"))
