"""The addresses of a name: all of them in turn, looked up again while a run goes on, or one pinned."""

import asyncio
import ipaddress
import math
import socket
from collections.abc import Mapping

AGAIN_S = 30.0  # assumed: portals behind several addresses publish them for a minute or so; half of it sees a change

Pin = tuple[str, int]


class Addresses:
    """Addresses by host and port; `pins` maps a host and port to the one address that is used for it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, pins: Mapping[Pin, str]) -> None:
        self._loop, self._pins = loop, dict(pins)
        self._known: dict[Pin, tuple[str, ...]] = {}
        self._looked_up_at: dict[Pin, float] = {}
        self._looking: dict[Pin, asyncio.Task[tuple[str, ...]]] = {}
        self._turn: dict[Pin, int] = {}

    async def of(self, host: str, port: int) -> tuple[str, ...]:
        """Return a host's addresses, each time beginning with the next one; raise OSError when it has none.

        Only the first look-up of a name is waited for; later ones happen beside the load.
        """
        key = (host, port)
        known = self._known.get(key)
        if known is None:
            pinned = self._fixed(key)
            known = await asyncio.shield(self._look_up(key)) if pinned is None else pinned
            self._known[key] = known
        elif self._loop.time() > self._looked_up_at.get(key, math.inf) + AGAIN_S:
            self._look_up(key)
        turn = self._turn[key] = (self._turn.get(key, -1) + 1) % len(known)
        return known[turn:] + known[:turn]

    def _fixed(self, key: Pin) -> tuple[str, ...] | None:
        if key in self._pins:
            return (self._pins[key],)
        try:
            return (str(ipaddress.ip_address(key[0])),)
        except ValueError:
            return None

    def _look_up(self, key: Pin) -> "asyncio.Task[tuple[str, ...]]":
        """Look a name up, once at a time."""
        task = self._looking.get(key)
        if task is None:
            self._looked_up_at[key] = self._loop.time()
            task = self._looking[key] = self._loop.create_task(self._ask(key))
            task.add_done_callback(lambda done: self._note(key, done))
        return task

    async def _ask(self, key: Pin) -> tuple[str, ...]:
        host, port = key
        try:
            found = await self._loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except UnicodeError:
            raise OSError(f"{host!r} is no name that can be looked up") from None
        return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))

    def _note(self, key: Pin, task: "asyncio.Task[tuple[str, ...]]") -> None:
        """Keep what was found; a look-up that failed leaves what was known."""
        self._looking.pop(key, None)
        if not task.cancelled() and task.exception() is None:
            self._known[key] = task.result()
