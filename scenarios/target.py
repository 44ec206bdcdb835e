"""Which hosts may be loaded, and whether one answers: asked before a single request of a swarm is sent."""

import http.client
import ipaddress
import socket
import threading
from dataclasses import dataclass
from urllib.parse import urlsplit

from cutover.base.errors import BadInput, InvalidRun, TargetRefused

ANSWER_WITHIN_S = 8.0


@dataclass(frozen=True)
class Target:
    """A host that may be loaded: scheme, name, port."""

    scheme: str
    host: str
    port: int

    @property
    def url(self) -> str:
        """The target as a URL without a path."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{name}:{self.port}"


def parse_target(url: str) -> Target:
    """Read a target from a URL; raise BadInput when it is none."""
    remedy = "write it like http://127.0.0.1:8080"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput.single("--host", "url", url, f"is no URL ({error})", remedy) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput.single("--host", "url", url, "must be an http or https URL with a host", remedy)
    if parts.path not in ("", "/") or parts.query:
        raise BadInput.single("--host", "url", url, "must have no path: the steps have their own", remedy)
    if port == 0:
        raise BadInput.single("--host", "port", url, "must have a port above 0", remedy)
    return Target(parts.scheme, parts.hostname, port or {"http": 80, "https": 443}[parts.scheme])


def check_allowed(target: Target, allowed: tuple[str, ...]) -> None:
    """Raise TargetRefused unless the host is loopback or named in `allowed`.

    `localhost` is loopback only if every address that it resolves to is.
    """
    if target.host in {name.lower() for name in allowed} or _is_loopback(target.host):
        return
    raise TargetRefused(
        f"{target.host} is neither loopback nor allowed: no request was sent; "
        f"if its owner agrees to be loaded, add --allow-host {target.host}"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    if host != "localhost":
        return False
    addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)


def check_answers(target: Target) -> None:
    """Raise InvalidRun, with the reason, unless the target answers one request for `/` within 8 s in all."""
    failure: list[str] = ["timed out"]
    thread = threading.Thread(target=_ask, args=(target, failure), daemon=True)
    thread.start()
    thread.join(ANSWER_WITHIN_S)
    if failure:
        raise InvalidRun(f"{target.url} does not answer ({failure[0]}); start it, or correct --host")


def _ask(target: Target, failure: list[str]) -> None:
    """Send one request; clear `failure` when it is answered, else put the reason there."""
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.host, target.port, timeout=ANSWER_WITHIN_S)
    try:
        connection.request("GET", "/", headers={"User-Agent": "cutover"})
        connection.getresponse().read(1)
    except (OSError, http.client.HTTPException) as error:
        failure[0] = str(error) or type(error).__name__
    else:
        failure.clear()
    finally:
        connection.close()
