"""Which hosts a browser may speak to: the target, and those allowed by name. No other is ever contacted."""

from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

from scenarios.swarm.browser.encoding import request_target
from scenarios.swarm.failures import StepFailed
from scenarios.target import Target, named_host

PORTS = {"http": 80, "https": 443}


class Origin:
    """A scheme, a host and a port; one object for each, so that `is` compares them."""

    __slots__ = ("authority", "host", "name", "port", "scheme", "secure", "url")

    def __init__(self, scheme: str, host: str, port: int) -> None:
        self.scheme, self.host, self.port = scheme, host, port
        self.secure = scheme == "https"
        self.name = name = f"[{host}]" if ":" in host else host
        self.authority = (name if PORTS[scheme] == port else f"{name}:{port}").encode()
        self.url = f"{scheme}://".encode() + self.authority

    def __repr__(self) -> str:
        return self.url.decode()


class Origins:
    """The target's origin and the allowed ones; `hosts` are `name` (its ports 80 and 443) or `name:port`."""

    def __init__(self, target: Target, hosts: Iterable[str]) -> None:
        self._known: dict[tuple[str, str, int], Origin] = {}
        self._named: dict[str | None, Origin] = {}
        self.target = self._know(target.scheme, target.host, target.port)
        for text in hosts:
            host, port = named_host(text)
            for scheme, usual in PORTS.items():
                self._know(scheme, host, port or usual)

    def _know(self, scheme: str, host: str, port: int) -> Origin:
        return self._known.setdefault((scheme, host.lower(), port), Origin(scheme, host.lower(), port))

    def named(self, host: str) -> Origin:
        """Return the origin that an ask names: `name`, `name:port` or a URL without a path.

        Without a scheme it has the target's. Raises StepFailed when it is not allowed.
        """
        found = self._named.get(host)
        if found is None:
            url = host if "://" in host else f"{self.target.scheme}://{host}"
            found = self._named[host] = self._allowed(
                url, f"{host} is neither the target nor an allowed host: not asked"
            )
        return found

    def redirected(self, origin: Origin, path: bytes, location: bytes) -> tuple[Origin, bytes]:
        """Return where a redirect leads, as origin and request target; raise StepFailed when that is not allowed."""
        here = path.decode("ascii")
        try:
            url = urljoin(f"{origin.url.decode()}{here}", location.decode("utf-8"))
            parts = urlsplit(url)
            parts.port  # noqa: B018 - it raises when it is no number
        except ValueError as error:
            raise StepFailed(f"{here} redirects to what is no address ({error}): not followed") from None
        found = self._allowed(url, f"{here} redirects to another host, {parts.netloc}: not followed")
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        return found, request_target(target)

    def _allowed(self, url: str, refusal: str) -> Origin:
        try:
            parts = urlsplit(url)
            port = parts.port or PORTS.get(parts.scheme)
        except ValueError:
            raise StepFailed(refusal) from None
        found = self._known.get((parts.scheme, parts.hostname or "", port or 0))
        if found is None:
            raise StepFailed(refusal)
        return found
