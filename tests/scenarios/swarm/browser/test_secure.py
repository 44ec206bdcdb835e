"""TLS, HTTP/2, client certificates, a proxy."""

import asyncio
import socket
import ssl
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cutover.base.errors import BadInput
from scenarios.swarm.asks import Get, Post
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import PROXY_LOGIN, NetworkOptions
from scenarios.swarm.failures import StepFailed
from scenarios.target import Target
from tests.scenarios.swarm.browser.served import CLOSE, moved, network_to, page, play, serving, settled, visitor


def server_context(tls, protocols=("http/1.1",)):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls[1])
    context.set_alpn_protocols(list(protocols))
    return context


def over_tls(tls, respond, *asks, context=None, **options):
    async def scene():
        async with serving(respond, context or server_context(tls)) as server:
            options.setdefault("authority", str(tls[0]))
            one = visitor(network_to(server.port, "https", **options))
            for ask in asks:
                answer = await one.ask(ask)
            one.browser.close()
            await asyncio.sleep(0.05)
            assert one.network.open_sockets == 0
            return answer, server, one.seen

    return play(scene)


def test_a_private_authority_is_trusted_when_named(tls):
    answer, server, seen = over_tls(tls, lambda _: page("x" * 300_000), Get("/"), Get("/"))
    assert (len(answer.body), server.connections, server.requests[0].headers["host"]) == (
        300_000,
        1,
        f"127.0.0.1:{server.port}",
    )
    assert seen[0].tls_ns > 0 < seen[0].connect_ns
    assert [(each.reused, each.scheme, each.protocol) for each in seen] == [
        (False, "https", "http/1.1"),
        (True, "https", "http/1.1"),
    ]
    assert seen[1].tls_ns == 0


def test_nobody_is_trusted_otherwise(tls):
    with pytest.raises(ssl.SSLCertVerificationError):
        over_tls(tls, lambda _: page(), Get("/"), authority=None)


def test_a_name_that_is_not_the_certificate_s_is_refused(tls):
    async def scene():
        async with serving(lambda _: page(), server_context(tls)) as server:
            options = NetworkOptions(authority=str(tls[0]), resolve=(f"other.example:{server.port}:127.0.0.1",))
            network = Network(asyncio.get_running_loop(), Target("https", "other.example", server.port), options)
            await visitor(network).ask(Get("/"))

    with pytest.raises(ssl.SSLCertVerificationError, match=r"certificate is not valid for 'other\.example'"):
        play(scene)


def test_tls_to_who_does_not_speak_it_is_a_broken_connection(tls):
    async def scene(respond):
        async with serving(respond) as server:
            await visitor(network_to(server.port, "https", authority=str(tls[0]))).ask(Get("/"))

    with pytest.raises((ConnectionError, ssl.SSLError)):
        play(lambda: scene(lambda _: page()))


def test_secure_cookies_come_and_go(tls):
    def respond(request):
        return page(request.headers.get("cookie", ""), "200 OK", "Set-Cookie: __Host-s=1; Secure; Path=/")

    assert over_tls(tls, respond, Get("/"), Get("/"))[0].body == b"__Host-s=1"


def test_a_server_that_ends_a_secure_connection_too_soon_breaks_it(tls):
    with pytest.raises(ConnectionResetError):
        over_tls(tls, lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", CLOSE], Get("/"))


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Files of a certificate that vouches for itself, and its key."""
    folder, key = tmp_path_factory.mktemp("own"), generate_private_key(SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a citizen")]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    (folder / "own.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return folder / "own.pem", folder / "key.pem"


def test_a_client_certificate_is_shown(tls, own):
    context = server_context(tls)
    context.load_verify_locations(own[0])
    context.verify_mode = ssl.CERT_REQUIRED
    shown = {"certificate": str(own[0]), "key": str(own[1])}
    assert over_tls(tls, lambda _: page("let in"), Get("/"), context=context, **shown)[0].body == b"let in"
    with pytest.raises((ConnectionError, ssl.SSLError)):
        over_tls(tls, lambda _: page("let in"), Get("/"), context=context)


def test_files_that_cannot_be_used_are_bad_input(tls, tmp_path):
    (tmp_path / "no.pem").write_text("no certificate")
    for option in ("authority", "certificate"):
        for name in ("no.pem", "missing.pem"):
            with pytest.raises(BadInput, match=f"--{option} = .*{name}"):
                over_tls(tls, lambda _: page(), Get("/"), **{option: str(tmp_path / name)})


NGINX = """
user root; daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{ worker_connections 256; }}
http {{
  access_log off; default_type text/html; client_max_body_size 20m;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s; gzip on; gzip_min_length 20; gzip_types text/css;
  server {{ listen 127.0.0.1:{port} ssl http2; root {folder}/www;
    ssl_certificate {pem}; ssl_certificate_key {pem};
    location /moved {{ return 303 /page; }}
    location /cookie {{ add_header Set-Cookie "s=1; Path=/; Secure"; return 200 "$http_cookie|$http_referer"; }}
    location /echo {{ return 200 "$request_method $content_length $http2 $http_x_run"; }}
  }}
}}
"""


@pytest.fixture
def nginx(tls, tmp_path):
    """A real nginx that speaks HTTP/2; its port."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    (tmp_path / "www").mkdir()
    (tmp_path / "www" / "page").write_text("<p>page</p>" * 100)
    (tmp_path / "www" / "rich").write_text("".join(f"<img src=/{n}.png>" for n in range(30)))
    for n in range(30):
        (tmp_path / "www" / f"{n}.png").write_bytes(b"x" * 5000)
    config = tmp_path / "nginx.conf"
    config.write_text(NGINX.format(folder=tmp_path, port=port, pem=tls[1]))
    with subprocess.Popen(["nginx", "-e", "stderr", "-c", str(config)]) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                assert process.poll() is None
        yield port
        process.terminate()


@pytest.mark.system("nginx")
@pytest.mark.parametrize("http2", [True, False])
def test_nginx_is_browsed_alike_over_both_protocols(nginx, tls, http2):
    async def scene():
        network = network_to(nginx, "https", authority=str(tls[0]), http2=http2, resources=True)
        assert await network.offers_h2()
        one = visitor(network, headers={"X-Run": "r"})
        moved_to = await one.ask(Get("/moved"))
        cookies = [(await one.ask(Get("/cookie"))).body for _ in range(2)]
        echo = await one.ask(Post("/echo", {"a": "x" * 200_000}))
        rich = await one.ask(Get("/rich"))
        missing = await one.ask(Get("/missing"))
        opened = sum(not each.reused for each in one.seen)
        one.browser.close()
        await network.close()
        await asyncio.sleep(0.1)
        protocols = {each.protocol for each in one.seen}
        return moved_to.body, cookies, echo.body, rich.status, missing.status, opened, protocols, network.open_sockets

    *answers, opened, protocols, left = play(scene)
    url = f"https://127.0.0.1:{nginx}".encode()
    version = b"h2" if http2 else b""
    assert answers == [
        b"<p>page</p>" * 100,
        [b"|" + url + b"/page", b"s=1|" + url + b"/cookie"],
        b"POST 200002 " + version + b" r",
        200,
        404,
    ]
    assert (opened, protocols, left) == (1 if http2 else 6, {"h2"} if http2 else {"http/1.1"}, 0)


@pytest.mark.system("nginx")
def test_many_citizens_share_one_connection_over_http2(nginx, tls):
    async def scene():
        network = network_to(nginx, "https", authority=str(tls[0]), http2=True, pooled=True)
        all_of_them = [visitor(network, pooled=True) for _ in range(150)]
        found = await asyncio.gather(*(one.ask(Get("/page")) for one in all_of_them))
        opened = sum(not one.seen[0].reused for one in all_of_them)
        all_of_them[0].browser.ask(Get("/page"), print, print)
        all_of_them[0].browser.drop()
        again = await all_of_them[1].ask(Get("/page"))
        await network.close()
        return {each.status for each in found}, opened, again.status

    statuses, opened, again = play(scene)
    assert (statuses, again) == ({200}, 200)
    assert opened <= 2


@pytest.mark.system("nginx")
def test_a_post_over_http2_waits_for_the_server_s_window(nginx, tls):
    async def scene():
        network = network_to(nginx, "https", authority=str(tls[0]), http2=True)
        one = visitor(network)
        answer = await one.ask(Post("/echo", {}, files=(("f", "a", "text/plain", bytes(3_000_000)),)))
        one.browser.close()
        await settled(network)
        return answer.body.split()[:1], one.browser.sent_bytes > 3_000_000

    assert play(scene) == ([b"POST"], True)


class Proxy(asyncio.Protocol):
    """A proxy that opens tunnels and answers what is no tunnel itself; `answer` is what it says to CONNECT."""

    def __init__(self, heads, answer):
        self.heads, self.answer, self.other = heads, answer, None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        if self.other is not None:
            self.other.write(data)
            return
        head = data.decode().split("\r\n")
        self.heads.append(head)
        method, target, _ = head[0].split()
        if method != "CONNECT":
            self.transport.write(page(f"{method} {target}"))
        elif not self.answer.startswith(b"HTTP/1.1 200"):
            self.transport.write(self.answer)
        else:
            host, _, port = target.rpartition(":")
            self.opening = asyncio.ensure_future(self.open(host, int(port)))

    async def open(self, host, port):
        back = self

        class Back(asyncio.Protocol):
            def data_received(self, data):
                back.transport.write(data)

        self.other, _ = await asyncio.get_running_loop().create_connection(Back, host, port)
        self.transport.write(self.answer)


def through_proxy(tls, scheme, answer=b"HTTP/1.1 200 Established\r\n\r\n"):
    async def scene():
        heads = []
        async with serving(lambda _: page("target"), server_context(tls) if scheme == "https" else None) as server:
            listening = await asyncio.get_running_loop().create_server(lambda: Proxy(heads, answer), "127.0.0.1", 0)
            proxy = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
            one = visitor(
                network_to(server.port, scheme, authority=str(tls[0]) if scheme == "https" else None, proxy=proxy)
            )
            try:
                answered = await one.ask(Get("/x?y"))
            finally:
                one.browser.close()
                listening.close()
                await asyncio.sleep(0.05)
            return answered.body, heads, server.port, len(server.requests)

    return play(scene)


def test_a_proxy_is_asked_for_whole_addresses_and_gets_its_login(tls, monkeypatch):
    monkeypatch.setenv(PROXY_LOGIN, "me:secret")
    body, heads, port, requests = through_proxy(tls, "http")
    assert (body, requests) == (f"GET http://127.0.0.1:{port}/x?y".encode(), 0)
    assert heads[0][1] == f"Host: 127.0.0.1:{port}"
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in heads[0]


def test_a_proxy_opens_a_tunnel_for_tls(tls, monkeypatch):
    monkeypatch.delenv(PROXY_LOGIN, raising=False)
    body, heads, port, requests = through_proxy(tls, "https")
    assert (body, requests, heads[0]) == (
        b"target",
        1,
        [f"CONNECT 127.0.0.1:{port} HTTP/1.1", f"Host: 127.0.0.1:{port}", "", ""],
    )


def test_a_proxy_that_opens_no_tunnel_is_a_broken_connection(tls):
    with pytest.raises(ConnectionRefusedError, match="the proxy answered 407 to CONNECT"):
        through_proxy(tls, "https", b"HTTP/1.1 407 Login\r\nContent-Length: 0\r\n\r\n")
    with pytest.raises(ConnectionAbortedError, match="no HTTP"):
        through_proxy(tls, "https", b"what?\r\n\r\n")


def test_an_upgrade_to_tls_is_a_redirect_to_an_allowed_host(tls):
    async def scene():
        async with (
            serving(lambda _: page("safe"), server_context(tls)) as safe,
            serving(lambda _: moved(f"https://127.0.0.1:{safe.port}/safe")) as server,
        ):
            one = visitor(network_to(server.port, allowed=(f"127.0.0.1:{safe.port}",), authority=str(tls[0])))
            answer = await one.ask(Get("/"))
            assert "referer" not in safe.requests[0].headers
            with pytest.raises(StepFailed):
                await visitor(network_to(server.port, authority=str(tls[0]))).ask(Get("/"))
            one.browser.close()
            return answer.body

    assert play(scene) == b"safe"
