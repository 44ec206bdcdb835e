"""A visit: redirects that stay inside, cookies, forms, what is sent with a request."""

import asyncio
import gzip
import zlib

import brotli
import pytest

from scenarios.swarm.asks import Get, Post, Send
from scenarios.swarm.failures import StepBlocked, StepFailed
from tests.scenarios.swarm.browser.served import moved, network_to, page, play, serving, visiting, visitor


def visit(respond, *asks, allowed=(), identity=None, **options):
    """Return the last answer of some asks, the server and what was seen."""

    async def scene():
        async with visiting(respond, allowed, identity, **options) as (server, one):
            for ask in asks:
                answer = await one.ask(ask)
            return answer, server, one.seen

    return play(scene)


def refusal(location, status="303 See Other"):
    async def scene():
        async with visiting(lambda _: moved(location, status)) as (server, one):
            with pytest.raises(StepFailed) as caught:
                await one.ask(Get("/x"))
            return str(caught.value).replace(str(server.port), "PORT"), len(server.requests)

    return play(scene)


def test_a_redirect_is_followed_with_its_query_and_told_of():
    def respond(request):
        first = page("", "303 See Other", "Location: ../there?x=1#top", "X-Way: first", "Set-Cookie: seen=1; Path=/")
        return first if request.path == "/a/here" else page("there")

    answer, server, seen = visit(respond, Post("/a/here", {"k": "v"}))
    assert (answer.status, answer.path, answer.query, answer.body) == (200, "/there", "x=1", b"there")
    assert [(each.status, each.path, each.headers["x-way"]) for each in answer.earlier] == [(303, "/a/here", "first")]
    assert [(each.method, each.path, each.status, each.span) for each in seen] == [
        ("POST", "/a/here", 303, 1),
        ("GET", "/there?x=1", 200, 2),
    ]
    second = server.requests[1]
    assert (second.method, second.body, second.headers["cookie"]) == ("GET", b"", "seen=1")
    assert "content-type" not in second.headers


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "PUT", "GET"),
        (301, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (303, "GET", "GET"),
        (302, "DELETE", "DELETE"),
    ],
)
def test_a_redirect_keeps_or_changes_the_method_as_browsers_do(status, method, then):
    respond = lambda request: moved("/b", f"{status} Moved") if request.path == "/a" else page("b")  # noqa: E731
    _, server, _ = visit(respond, Send(method, "/a", body=b"data"))
    second = server.requests[1]
    assert (second.method, second.body) == (then, b"" if then == "GET" else b"data")


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("http://192.0.2.1/", "192.0.2.1"),
        ("//192.0.2.1/x", "192.0.2.1"),
        ("http://127.0.0.1:1/", "127.0.0.1:1"),
        ("https://127.0.0.1:PORT/", "127.0.0.1:PORT"),
        ("http://127.0.0.1.evil.example/", "127.0.0.1.evil.example"),
        ("http://127.0.0.1:PORT@evil.example/", "127.0.0.1:PORT@evil.example"),
        ("javascript:alert(1)", ""),
    ],
)
def test_a_redirect_to_another_host_is_never_followed(location, shown):
    async def scene():
        async with visiting(lambda _: moved(location.replace("PORT", str(server.port)))) as (server, one):
            with pytest.raises(StepFailed) as caught:
                await one.ask(Get("/x"))
            assert len(server.requests) == 1
            return str(caught.value).replace(str(server.port), "PORT")

    assert play(scene) == f"/x redirects to another host, {shown}: not followed"


def test_a_redirect_to_no_address_or_without_end_fails_the_step():
    assert refusal("http://[bad")[0].startswith("/x redirects to what is no address (")
    assert refusal("/x") == ("/x redirects more than 10 times", 11)


def test_a_redirect_without_a_location_is_an_answer():
    answer, _, _ = visit(lambda _: page("choose", "300 Multiple Choices"), Get("/x"))
    assert (answer.status, answer.body) == (300, b"choose")


def test_allowed_hosts_are_reached_by_name_and_redirect_and_no_others():
    async def scene():
        async with serving(lambda request: page(f"bank {request.headers.get('authorization')}")) as bank:
            host = f"127.0.0.1:{bank.port}"
            respond = lambda _: moved(f"http://{host}/pay?x=1", "307 Temporary Redirect")  # noqa: E731
            async with visiting(respond, (host,)) as (_, one):
                for ask in (
                    Send("GET", "/a", host=host),
                    Send("GET", "/a", host=f"http://{host}"),
                    Send("POST", "/pay", headers={"Authorization": "secret"}),
                ):
                    answer = await one.ask(ask)
                with pytest.raises(StepFailed, match="neither the target nor an allowed host: not asked"):
                    await one.ask(Send("GET", "/a", host="192.0.2.1"))
                assert bank.requests[2].headers["referer"] == f"http://{host}/a"
                return answer.body, bank.paths

    assert play(scene) == (b"bank None", ["/a", "/a", "/pay?x=1"])


def test_cookies_go_back_until_they_are_dropped():
    def respond(request):
        if request.path == "/set":
            return page(
                "", "200 OK", "Set-Cookie: a=1; Path=/; HttpOnly", "set-cookie: b=2; Path=/", "SET-COOKIE: c=3; Secure"
            )
        if request.path == "/drop":
            return page("", "200 OK", "Set-Cookie: a=; Max-Age=0; Path=/")
        return page(request.headers.get("cookie", ""))

    assert visit(respond, Get("/set"), Get("/x"))[0].body == b"a=1; b=2"
    assert visit(respond, Get("/set"), Get("/drop"), Get("/x"))[0].body == b"b=2"
    assert visit(respond, Get("/x"))[0].body == b""


def test_a_request_says_who_asks_and_where_from():
    headers = {"User-Agent": "cutover/1", "X-Run": "r", "Accept": "text/html"}
    identity = {"headers": headers, "trace": "0af7651916cd43dd8448eb211c80319c"}
    asks = (Get("/a", {"q": "x y"}), Post("/b", {}, {"accept": "application/json", "Idempotency-Key": "k"}))
    _, server, seen = visit(lambda _: page(), *asks, identity=identity)
    first, second = (dict(request.headers) for request in server.requests)
    host = f"127.0.0.1:{server.port}"
    assert first == {
        "host": host,
        "user-agent": "cutover/1",
        "x-run": "r",
        "accept": "text/html",
        "accept-encoding": "gzip, deflate, br",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-0000000000000001-01",
    }
    assert second["traceparent"].split("-")[2] == "0000000000000002"
    assert (second["accept"], second["idempotency-key"], second["user-agent"]) == ("application/json", "k", "cutover/1")
    assert (second["referer"], second["origin"]) == (f"http://{host}/a?q=x+y", f"http://{host}")
    assert (second["content-length"], second["content-type"]) == ("0", "application/x-www-form-urlencoded")
    assert [each.span for each in seen] == [1, 2]
    assert dict(seen[1].fields)[b"Idempotency-Key"] == b"k"


def test_forms_and_files_are_encoded_as_browsers_do():
    files = (("file", 'scan "1".pdf', "application/pdf", b"%PDF\r\n\0"), ("file-2", "b", "text/plain", b""))
    form = {"tên": "Nguyễn & Trần"}
    _, server, _ = visit(lambda _: page(), Post("/form", form), Post("/file", form, files=files))
    plain, mixed = server.requests
    assert plain.body == b"t%C3%AAn=Nguy%E1%BB%85n+%26+Tr%E1%BA%A7n"
    boundary = mixed.headers["content-type"].removeprefix("multipart/form-data; boundary=").encode()
    parts = mixed.body.split(b"--" + boundary)
    assert [part.strip(b"\r\n").partition(b"\r\n\r\n") for part in parts[1:3]] == [
        ('Content-Disposition: form-data; name="tên"'.encode(), b"\r\n\r\n", "Nguyễn & Trần".encode()),
        (
            b'Content-Disposition: form-data; name="file"; filename="scan %221%22.pdf"\r\n'
            b"Content-Type: application/pdf",
            b"\r\n\r\n",
            b"%PDF\r\n\0",
        ),
    ]
    assert parts[4] == b"--\r\n"


@pytest.mark.parametrize(
    "headers", [{"X-A": "a\r\nX-B: b"}, {"Bad Name": "x"}, {"Host": "evil"}, {"content-length": "3"}]
)
def test_a_header_that_would_change_the_request_is_not_sent(headers):
    async def scene():
        async with visiting(lambda _: page()) as (server, one):
            with pytest.raises(StepFailed, match=r"cannot be sent|is the wire's own"):
                await one.ask(Post("/a", {}, headers))
            assert (await one.ask(Get("/b"))).status == 200
            return server.paths

    assert play(scene) == ["/b"]


def test_paths_are_quoted_never_split():
    _, server, _ = visit(lambda _: page(), Get("/a b\r\nX: y"), Get("/tìm?q=ễ#z"), Get("/%C3%AA?a=b%20c"))
    assert server.paths == ["/a%20b%0D%0AX:%20y", "/t%C3%ACm?q=%E1%BB%85", "/%C3%AA?a=b%20c"]


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"page" * 99, mtime=0)),
        ("x-gzip", gzip.compress(b"page" * 90, mtime=0) + gzip.compress(b"page" * 9, mtime=0)),
        ("deflate", zlib.compress(b"page" * 99)),
        ("deflate", zlib.compress(b"page" * 99, wbits=-15)),
        ("br", brotli.compress(b"page" * 99)),
        ("br, gzip", gzip.compress(brotli.compress(b"page" * 99), mtime=0)),
        ("identity", b"page" * 99),
    ],
)
def test_content_is_unpacked(coding, packed):
    answer, _, seen = visit(lambda _: page(packed, "200 OK", f"Content-Encoding: {coding}"), Get("/"))
    assert answer.body == b"page" * 99
    assert seen[0].body == packed


@pytest.mark.parametrize(
    ("coding", "packed", "why"),
    [
        ("gzip", b"no gzip at all", "is no gzip"),
        ("gzip", gzip.compress(b"page" * 99, mtime=0)[:-9], "it ends too soon"),
        ("br", brotli.compress(b"page" * 99)[:-3], "is no br"),
        ("zstd", b"x", "was not asked for: zstd"),
        ("gzip", gzip.compress(bytes(70 << 20), 1, mtime=0), "unpacks to more than"),
        ("br", brotli.compress(bytes(70 << 20), quality=1), "unpacks to more than"),
    ],
)
def test_content_that_is_not_what_it_says_fails_the_step(coding, packed, why):
    with pytest.raises(StepFailed, match=why):
        visit(lambda _: page(packed, "200 OK", f"Content-Encoding: {coding}"), Get("/"))


def test_compression_is_asked_for_unless_told_not_to():
    assert "accept-encoding" not in visit(lambda _: page(), Get("/"), compression=False)[1].requests[0].headers


def test_headers_are_read_by_lower_case_name():
    answer, _, _ = visit(
        lambda _: page("", "200 OK", "X-A: 1", "x-a: 2", "Set-Cookie: a=1", "Set-Cookie: b=2"), Get("/")
    )
    assert (answer.headers["x-a"], answer.headers["set-cookie"]) == ("1, 2", "a=1\nb=2")


@pytest.mark.parametrize(
    "said",
    [
        page("slow down", "429 Too Many Requests"),
        page('<main data-page="blocked">', "403 Forbidden"),
        page("", "403 Forbidden", "cf-mitigated: challenge"),
        page("", "202 Accepted", "X-Amzn-Waf-Action: challenge"),
        page("no entry for you", "418 Teapot"),
        page("", "500 Oops", "x-gate: shut tight"),
    ],
)
def test_a_firewall_s_answer_is_blocked(said):
    with pytest.raises(StepBlocked, match="by a firewall"):
        visit(lambda _: said, Get("/"), blocked=("418 body no entry", "* x-gate: Shut"))


def test_a_portal_that_is_busy_or_refuses_is_not_a_firewall():
    for status in ("503 Service Unavailable", "403 Forbidden", "404 Not Found", "200 OK"):
        assert visit(lambda _, status=status: page("sorry", status), Get("/"))[0].body == b"sorry"


def test_a_challenge_that_comes_as_a_page_is_found_when_its_step_fails():
    async def scene():
        async with visiting(lambda request: page("_Incapsula_Resource" if request.path == "/c" else "ok")) as (_, one):
            challenge, fine = await one.ask(Get("/c")), await one.ask(Get("/"))
            return one.browser.blocked_by(challenge), one.browser.blocked_by(fine)

    assert play(scene) == ("* body _Incapsula_Resource", None)


def test_source_addresses_take_turns():
    async def scene():
        async with serving(lambda _: page()) as server:
            network = network_to(server.port, source_addresses=("127.0.0.2", "127.0.0.3"))
            for number in range(3):
                one = visitor(network, source=network.identity(number, {}).source)
                await one.ask(Get("/"))
                one.browser.close()
            await asyncio.sleep(0.05)
            assert network.open_sockets == 0
            return [peer for peer, _ in server.peers]

    assert play(scene) == ["127.0.0.2", "127.0.0.3", "127.0.0.2"]
