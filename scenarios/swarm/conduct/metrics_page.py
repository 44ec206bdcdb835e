"""A target's page of Prometheus metrics, read on the way that the run goes: its proxy, pins and certificates."""

import http.client
import socket
from collections.abc import Mapping
from typing import Final

from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.browser.tls import make_context
from scenarios.target import Target

ANSWER_WITHIN_S = 0.5

Headers = Mapping[str, str]
"""What identifies the run that asks, as in its other requests."""

DIRECT: Final = NetworkOptions()


class MetricsPage:
    """One page of a target, over a connection of its own; one that is slow to answer is not waited for."""

    def __init__(self, target: Target, path: str, headers: Headers, network: NetworkOptions = DIRECT) -> None:
        self.target, self.path = target, path
        self._address, self._headers = path, dict(headers)
        proxy = network.proxy_used
        if proxy is not None and target.scheme == "http":  # it is asked for the page; else for a tunnel
            self._address = f"{target.url}{path}"
            if proxy.lines:
                name, _, login = proxy.lines.decode().strip().partition(": ")
                self._headers[name] = login
        self._connection = _Connection(target, network)

    def read(self) -> bytes | None:
        """Return what the page holds; None when there is no such answer in time."""
        try:
            self._connection.request("GET", self._address, headers=self._headers)
            return self._connection.getresponse().read()
        except (OSError, http.client.HTTPException):
            self.close()
            return None

    def close(self) -> None:
        """Close the connection; the next reading opens another."""
        self._connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection that is opened as the browsers' are."""

    def __init__(self, target: Target, network: NetworkOptions) -> None:
        super().__init__(target.host, target.port, timeout=ANSWER_WITHIN_S)
        self.default_port = {"http": 80, "https": 443}[target.scheme]  # which the Host header leaves out
        self._target, self._network = target, network

    def connect(self) -> None:
        """Open it; raise OSError."""
        target, network = self._target, self._network
        proxy = network.proxy_used
        host, port = (target.host, target.port) if proxy is None else (proxy.host, proxy.port)
        source = (network.source_addresses[0], 0) if network.source_addresses else None
        self.sock = socket.create_connection((network.pins.get((host, port), host), port), ANSWER_WITHIN_S, source)
        if target.scheme == "http":
            return
        if proxy is not None:
            self._pass(proxy.lines)
        context = make_context(target.authority, network.certificate, network.key, ["http/1.1"])
        self.sock = context.wrap_socket(self.sock, server_hostname=target.host)

    def _pass(self, login: bytes) -> None:
        """Ask the proxy for a tunnel (RFC 9110, 9.3.6)."""
        place = self._target.url.removeprefix("https://").encode()
        self.sock.sendall(b"CONNECT %b HTTP/1.1\r\nHost: %b\r\n%b\r\n" % (place, place, login))
        answer = http.client.HTTPResponse(self.sock, method="CONNECT")
        answer.begin()
        if answer.status != http.HTTPStatus.OK:
            raise ConnectionError(f"the proxy answered {answer.status}")
