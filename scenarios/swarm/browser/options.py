"""How a generator reaches its target: plain values, as a message or the command line has them."""

import ipaddress
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self
from urllib.parse import urlsplit

from cutover.base.errors import BadInput, Mistake
from scenarios.swarm.browser.firewall import USUAL, Sign
from scenarios.swarm.browser.proxy import Proxy

PROXY_LOGIN = "CUTOVER_PROXY_LOGIN"
"""The environment's variable that holds a proxy's login, as `name:password`."""

_PIN = re.compile(r"(?P<host>[^:\[\]]+|\[[0-9A-Fa-f:.]+\]):(?P<port>\d{1,5}):(?P<address>[^\[\]]+|\[[0-9A-Fa-f:.]+\])")


@dataclass(frozen=True)
class NetworkOptions:
    """The network's choices.

    `pooled`: connections are shared by all citizens; else each visitor opens their own. `http2` offers h2 by ALPN.
    `resources` loads what pages need, as browsers do. `lines` paces each citizen by their access line. `authority`,
    `certificate` and `key` are PEM files: whom to trust instead of the system's authorities, and what to show.
    `proxy` is an http URL; its login is in the environment (CUTOVER_PROXY_LOGIN). `resolve` are pins
    `HOST:PORT:ADDRESS`. `source_addresses` are this machine's, used in turn. `blocked` are signs of firewalls beside
    the usual ones (`Sign.read`).
    """

    pooled: bool = False
    http2: bool = False
    compression: bool = True
    resources: bool = False
    lines: bool = False
    authority: str | None = None
    certificate: str | None = None
    key: str | None = None
    proxy: str | None = None
    resolve: tuple[str, ...] = ()
    source_addresses: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()

    @classmethod
    def of_message(cls, message: Mapping[str, Any]) -> Self:
        """Make options of a message's plain values; raise TypeError when they are others."""
        lists = {each.name for each in fields(cls) if isinstance(each.default, tuple)}
        values: dict[str, Any] = {name: tuple(value) if name in lists else value for name, value in message.items()}
        return cls(**values)

    def check(self) -> None:
        """Raise BadInput with all mistakes; no file is read, and nothing is sent."""
        checks: tuple[tuple[str, tuple[str, ...], Callable[[str], object], str, str], ...] = (
            ("--resolve", self.resolve, _pin, "must be HOST:PORT:ADDRESS", "write it like portal.vn:443:192.0.2.7"),
            ("--source-address", self.source_addresses, _address, "must be an address", "write it like 192.0.2.10"),
            ("--blocked", self.blocked, Sign.read, "is no sign", "write it like `403 body Request blocked`"),
            (
                "--proxy",
                (self.proxy,) if self.proxy else (),
                _proxy,
                _PROXY_RULE,
                "write it like http://127.0.0.1:3128",
            ),
        )
        mistakes = []
        for option, texts, read, rule, remedy in checks:
            for text in texts:
                try:
                    read(text)
                except ValueError:
                    mistakes.append(Mistake("options", option, text, rule, remedy))
        if self.key is not None and self.certificate is None:
            remedy = "name the certificate too: --certificate FILE"
            mistakes.append(Mistake("options", "--key", self.key, "belongs to a certificate", remedy))
        if mistakes:
            raise BadInput(mistakes)

    @property
    def pins(self) -> dict[tuple[str, int], str]:
        """The one address that is used for a host and port."""
        return dict(map(_pin, self.resolve))

    @property
    def signs(self) -> tuple[Sign, ...]:
        """The signs of firewalls."""
        return tuple(map(Sign.read, (*USUAL, *self.blocked)))

    @property
    def proxy_used(self) -> Proxy | None:
        """The proxy, with its login."""
        return None if self.proxy is None else _proxy(self.proxy)


_PROXY_RULE = "must be an http URL of a host and port, without a login"


def _address(text: str) -> str:
    return str(ipaddress.ip_address(text))


def _pin(text: str) -> tuple[tuple[str, int], str]:
    found = _PIN.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 65536:
        raise ValueError(text)
    return (found["host"].strip("[]").lower(), int(found["port"])), _address(found["address"].strip("[]"))


def _proxy(text: str) -> Proxy:
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or not parts.port or parts.username or parts.path not in ("", "/"):
        raise ValueError(text)
    return Proxy(parts.hostname, parts.port, os.environ.get(PROXY_LOGIN))
