"""A target's metrics are read on the way that the run goes: by its proxy, or at a pinned address."""

import base64
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from select import select

import pytest

from fixtures.portal.tls import certificates
from scenarios.swarm.browser.options import PROXY_LOGIN, NetworkOptions
from scenarios.swarm.conduct.metrics_page import MetricsPage
from scenarios.target import Target

PAGE = b"process_cpu_seconds_total 1\n"
Seen = list[tuple[str, str, dict[str, str]]]


@pytest.fixture
def serving() -> Iterator[Callable[..., tuple[int, Seen]]]:
    """Return a function that serves the page, and tunnels, and gives its port and what was asked."""
    servers: list[ThreadingHTTPServer] = []

    def serve(certificate: Path | None = None, *, tunnels: bool = True) -> tuple[int, Seen]:
        seen: Seen = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the library's name
                seen.append((self.command, self.path, dict(self.headers)))
                self.send_response(200)
                self.end_headers()
                self.wfile.write(PAGE)

            def do_CONNECT(self) -> None:  # likewise
                seen.append((self.command, self.path, dict(self.headers)))
                self.close_connection = True
                self.send_response(200 if tunnels else 407)
                self.end_headers()
                host, _, port = self.path.partition(":")
                if tunnels:
                    with socket.create_connection((host, int(port))) as there:
                        pass_on(self.connection, there)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server.server_port, seen

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    ways = {one: other, other: one}
    while True:
        for source in select(list(ways), [], [], 5.0)[0]:
            data = source.recv(65_536)
            if not data:
                return
            ways[source].sendall(data)


def by(port: int) -> NetworkOptions:
    return NetworkOptions(proxy=f"http://127.0.0.1:{port}")


def test_a_proxy_is_asked_for_the_page_with_its_login(serving, monkeypatch):
    monkeypatch.setenv(PROXY_LOGIN, "me:secret")
    port, seen = serving()
    page = MetricsPage(Target("http", "portal.invalid", 8080), "/metrics", {"X-Cutover-Run": "r"}, by(port))
    assert [page.read(), page.read()] == [PAGE, PAGE]
    command, address, headers = seen[1]
    assert (command, address) == ("GET", "http://portal.invalid:8080/metrics")
    assert (headers["Host"], headers["X-Cutover-Run"]) == ("portal.invalid:8080", "r")
    assert headers["Proxy-Authorization"] == f"Basic {base64.b64encode(b'me:secret').decode()}"


def test_a_page_by_tls_is_read_through_the_proxys_tunnel_and_the_target_is_given_no_login(
    serving, monkeypatch, tmp_path
):
    monkeypatch.setenv(PROXY_LOGIN, "me:secret")
    authority, server = certificates(tmp_path)
    (inside, asked), (port, tunnels) = serving(server), serving()
    page = MetricsPage(Target("https", "127.0.0.1", inside, authority), "/metrics", {}, by(port))
    assert page.read() == PAGE
    assert [(command, path) for command, path, _ in tunnels] == [("CONNECT", f"127.0.0.1:{inside}")]
    assert "Proxy-Authorization" in tunnels[0][2]
    assert [(path, "Proxy-Authorization" in headers) for _, path, headers in asked] == [("/metrics", False)]


def test_a_proxy_that_opens_no_tunnel_is_no_answer(serving):
    port, _ = serving(tunnels=False)
    assert MetricsPage(Target("https", "127.0.0.1", 1), "/metrics", {}, by(port)).read() is None


def test_a_pinned_name_is_asked_where_it_was_pinned(serving):
    port, seen = serving()
    options = NetworkOptions(resolve=(f"portal.invalid:{port}:127.0.0.1",))
    page = MetricsPage(Target("http", "portal.invalid", port), "/metrics", {}, options)
    assert page.read() == PAGE
    assert seen[0][2]["Host"] == f"portal.invalid:{port}"
