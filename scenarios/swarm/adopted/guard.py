"""Keeps a whole process from any host that may not be loaded, whatever library its code sends with.

A locustfile may follow redirects, or ask any address. Python tells an audit hook of each look-up of a name and of each
connection before it is made; here it is refused there. A hook stays until its process ends: there is one.
"""

import _socket
import ipaddress
import sys
import time
from collections.abc import Iterable
from typing import Any

LOOK_AGAIN_S = 1.0
"""How often, at most, allowed names are looked up anew when an address is none of theirs."""


class HostRefused(_socket.gaierror):
    """A host that is neither loopback nor allowed; clients take it for a name that cannot be resolved."""


class Guard:
    """What may be reached: loopback, and allowed hosts by name or address."""

    def __init__(self, allowed: Iterable[str]) -> None:
        self._names = frozenset(name.lower() for name in allowed)
        self._addresses: frozenset[str] = frozenset()
        self._looked_s = float("-inf")

    def install(self) -> None:
        """Guard this process from now on."""
        sys.addaudithook(self._heard)

    def _heard(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "socket.getaddrinfo":
            self.check_name(args[0])
        elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
            self.check_address(str(args[1][0]))

    def check_name(self, name: object) -> None:
        """Raise HostRefused for a name that may not be looked up."""
        text = name.decode("ascii", "replace") if isinstance(name, bytes) else name
        if text is None or not isinstance(text, str) or text.lower() in self._names or text.lower() == "localhost":
            return
        if _address(text) is None:
            raise _refusal(text)

    def check_address(self, text: str) -> None:
        """Raise HostRefused for an address that no allowed name has; a name is checked when it is looked up."""
        address = _address(text)
        if address is None or address.is_loopback or text in self._names or text in self._addresses:
            return
        now_s = time.monotonic()
        if now_s - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = now_s
            self._addresses |= frozenset(_looked_up(self._names))
        if text not in self._addresses:
            raise _refusal(text)


def _refusal(host: str) -> HostRefused:
    return HostRefused(_socket.EAI_FAIL, f"{host} is neither loopback nor allowed: not contacted")


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None


def _looked_up(names: Iterable[str]) -> Iterable[str]:
    """Yield the addresses of names; without gevent, since a hook may not let other greenlets run."""
    for name in names:
        try:
            yield from (str(entry[4][0]) for entry in _socket.getaddrinfo(name, None))
        except OSError:
            continue
