"""Which hosts may be loaded, and whether one answers: asked before a single request of a swarm is sent."""

import http.client
import ipaddress
import socket
import ssl
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cutover.base.errors import BadInput, InvalidRun, TargetRefused

ANSWER_WITHIN_S = 8.0


@dataclass(frozen=True)
class Target:
    """A host that may be loaded: scheme, name, port, and the file of who vouches for it, None for the usual ones."""

    scheme: str
    host: str
    port: int
    authority: Path | None = None

    @property
    def url(self) -> str:
        """The target as a URL without a path."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{name}:{self.port}"


def parse_target(url: str, authority: Path | None = None, option: str = "--host") -> Target:
    """Read a target from the URL that an option gives, and who vouches for it.

    Raises BadInput when it is none, or they are none.
    """
    remedy = "write it like http://127.0.0.1:8080"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise BadInput.single(option, "url", url, f"is no URL ({error})", remedy) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput.single(option, "url", url, "must be an http or https URL with a host", remedy)
    if parts.path not in ("", "/") or parts.query:
        raise BadInput.single(option, "url", url, "must have no path: the steps have their own", remedy)
    if port == 0:
        raise BadInput.single(option, "port", url, "must have a port above 0", remedy)
    if authority is not None:
        _check_authority(parts.scheme, authority)
    port = port or {"http": 80, "https": 443}[parts.scheme]
    return Target(parts.scheme, parts.hostname, port, authority)


def _check_authority(scheme: str, authority: Path) -> None:
    option, name = "--authority", str(authority)
    if scheme != "https":
        raise BadInput.single(option, "file", name, "vouches for https targets only", "leave it out, or name https")
    try:
        ssl.create_default_context(cafile=authority)
    except OSError as error:
        why = "holds no certificates in PEM" if isinstance(error, ssl.SSLError) else f"cannot be read ({error})"
        raise BadInput.single(option, "file", name, why, "name the authority.pem that the portal wrote") from None


def check_allowed(target: Target, allowed: tuple[str, ...]) -> None:
    """Raise TargetRefused unless the host is loopback or named in `allowed`, each `name` or `name:port`.

    `localhost` is loopback only if every address that it resolves to is. Raises BadInput for a name that is none.
    """
    names = [named_host(text) for text in allowed]
    if any(host == target.host and port in (None, target.port) for host, port in names) or is_loopback(target.host):
        return
    raise TargetRefused(
        f"{target.host} is neither loopback nor allowed: no request was sent; "
        f"if its owner agrees to be loaded, add --allow-host {target.host}"
    )


def named_host(text: str) -> tuple[str, int | None]:
    """Return the host that `name`, `name:port` or an address names, and the port, if it tells one."""
    try:
        return str(ipaddress.ip_address(text.strip("[]"))), None
    except ValueError:
        pass
    try:
        parts = urlsplit(f"//{text}")
        if parts.hostname and not parts.path and not parts.query:
            return parts.hostname, parts.port
    except ValueError:
        pass
    rule, remedy = "must be a host's name or address", "write it like portal.vn, portal.vn:8443 or [fd00::7]:8443"
    raise BadInput.single("options", "--allow-host", text, rule, remedy)


def is_loopback(host: str) -> bool:
    """Tell whether a host is loopback: as an address, or as `localhost` where all its addresses are."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        pass
    if host != "localhost":
        return False
    addresses = {entry[4][0] for entry in socket.getaddrinfo(host, None)}
    return all(ipaddress.ip_address(address).is_loopback for address in addresses)


def check_answers(target: Target) -> None:
    """Send one request for `/`: no load begins against a target that does not answer it, or is not trusted.

    Raises InvalidRun, with the reason, unless it is answered within 8 s in all, and BadInput when nobody who is
    trusted vouches for the target.
    """
    failure: list[Exception] = [TimeoutError("timed out")]
    thread = threading.Thread(target=_ask, args=(target, failure), daemon=True)
    thread.start()
    thread.join(ANSWER_WITHIN_S)
    if not failure:
        return
    error = failure[0]
    if isinstance(error, ssl.SSLCertVerificationError):
        raise not_trusted(target, error)
    why = str(error) or type(error).__name__
    raise InvalidRun(f"{target.url} does not answer ({why}); start it, or correct its address")


def not_trusted(target: Target, error: ssl.SSLCertVerificationError) -> BadInput:
    """Return the error of a target for which nobody who is trusted vouches."""
    who = str(target.authority) if target.authority else None
    rule = f"does not vouch for {target.url}, and no load was sent ({error.verify_message})"
    remedy = "name the file of the authority that signed its certificate: --authority FILE"
    return BadInput.single("--authority", "file", who, rule, remedy)


def _ask(target: Target, failure: list[Exception]) -> None:
    """Send one request; clear `failure` when it is answered, else put the reason there."""
    connection = connection_to(target)
    try:
        connection.request("GET", "/", headers={"User-Agent": "cutover"})
        connection.getresponse().read(1)
    except (OSError, http.client.HTTPException) as error:
        failure[0] = error
    else:
        failure.clear()
    finally:
        connection.close()


def connection_to(target: Target) -> http.client.HTTPConnection:
    """Return a connection that waits 8 s for each answer; nothing is sent yet."""
    if target.scheme == "http":
        return http.client.HTTPConnection(target.host, target.port, timeout=ANSWER_WITHIN_S)
    trust = ssl.create_default_context(cafile=target.authority)
    return http.client.HTTPSConnection(target.host, target.port, timeout=ANSWER_WITHIN_S, context=trust)
