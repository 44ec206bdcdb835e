"""What a page needs is loaded as browsers do: several at a time, and not again while it is fresh."""

import asyncio
import time
from email.utils import formatdate

import pytest

from scenarios.swarm.asks import Get
from scenarios.swarm.browser.cache import directives, freshness_s
from scenarios.swarm.browser.resources import AT_ONCE, of_page, of_style_sheet
from scenarios.swarm.failures import StepBlocked
from tests.scenarios.swarm.browser.served import CLOSE, page, play, visiting

PAGE = """<html><head><link rel="stylesheet" href="/a.css?v=1&amp;w=2"><link rel=canonical href="/no">
<link rel="shortcut icon" href='i.ico'><script src=/s.js></script><script>var no = "<img src='/no'>"</script>
<!-- <img src="/no"> --></head><body><img src="p.png"><img src="/lazy.png" loading="lazy"><IMG SRC="P.PNG">
<input type=image src=/b.gif><input type=text src=/no><img src="data:image/png;base64,xx"><source src="/v.webm">
<img src="http://192.0.2.1/foreign.png"><img src=""></body></html>"""
HTML = "Content-Type: text/html; charset=utf-8"


def test_what_a_page_names():
    script = b"/no"  # a browser would not load it; a reader of markup cannot tell
    found = [each for each in of_page(PAGE.encode()) if each != script]
    assert found == [
        b"/a.css?v=1&w=2",
        b"i.ico",
        b"/s.js",
        b"p.png",
        b"P.PNG",
        b"/b.gif",
        b"data:image/png;base64,xx",
        b"/v.webm",
        b"http://192.0.2.1/foreign.png",
    ]


def test_what_a_style_sheet_names():
    text = b"""@import "x.css"; @font-face { src: url( 'f.woff2' ) } a { background: url(b.png) } b { c: d }"""
    assert of_style_sheet(text) == [b"x.css", b"f.woff2", b"b.png"]


def load(respond, *paths, **options):
    async def scene():
        async with visiting(respond, resources=True, **options) as (server, one):
            for path in paths:
                answer = await one.ask(Get(path))
            return answer, server, one

    return play(scene)


def test_a_page_comes_with_its_resources_and_theirs():
    said = {
        "/": page("<link rel=stylesheet href=/a.css><img src=/p.png><img src=http://192.0.2.1/x.png>", "200 OK", HTML),
        "/a.css": page("a { b: url(f.woff) } c { d: url(/p.png) }", "200 OK", "Content-Type: text/css"),
    }
    answer, server, one = load(lambda request: said.get(request.target, page("x")), "/")
    assert (answer.path, answer.body[:5]) == ("/", b"<link")
    assert sorted(server.paths) == ["/", "/a.css", "/f.woff", "/p.png"]
    assert {request.headers.get("referer") for request in server.requests[1:]} == {f"http://127.0.0.1:{server.port}/"}
    assert one.seen[0].path == "/"
    assert len(one.seen) == 4


def test_no_more_than_six_at_once_come_from_a_host():
    images = "".join(f"<img src=/{number}.png>" for number in range(20))
    waiting, most = [], [0]

    async def scene():
        def respond(request):
            if request.target == "/":
                return page(images, "200 OK", HTML)
            waiting.append(server.transports[request.connection])
            most[0] = max(most[0], len(waiting))
            return None

        async with visiting(respond, resources=True) as (server, one):
            asked = asyncio.create_task(one.ask(Get("/")))
            while not asked.done():
                await asyncio.sleep(0.02)
                for transport in waiting:
                    transport.write(page("x"))
                waiting.clear()
            return server.connections, len(server.requests)

    assert play(scene) == (AT_ONCE, 21)
    assert most == [AT_ONCE]


def test_what_is_fresh_is_not_asked_for_and_what_is_stale_only_if_it_changed():
    def respond(request):
        if request.target in ("/1", "/2"):
            return page(
                "<img src=/fresh><img src=/tagged><img src=/dated><img src=/never><img src=/bare>", "200 OK", HTML
            )
        if "if-none-match" in request.headers or "if-modified-since" in request.headers:
            return b"HTTP/1.1 304 Not Modified\r\n\r\n"
        return page(
            "x",
            "200 OK",
            *{
                "/fresh": ["Cache-Control: public, max-age=600"],
                "/tagged": ['ETag: "t"', "Cache-Control: no-cache"],
                "/dated": ["Last-Modified: " + formatdate(time.time(), usegmt=True), "Cache-Control: max-age=0"],
                "/never": ['ETag: "t"', "Cache-Control: no-store"],
            }.get(request.target, []),
        )

    _, server, one = load(respond, "/1", "/2")
    again = server.paths[server.paths.index("/2") + 1 :]
    assert sorted(again) == ["/bare", "/dated", "/never", "/tagged"]
    found = {request.target: request.headers for request in server.requests[-4:]}
    assert found["/tagged"]["if-none-match"] == '"t"'
    assert "if-modified-since" in found["/dated"]
    assert "if-none-match" not in found["/never"]
    assert sorted(each.status for each in one.seen) == [200] * 9 + [304, 304]


def test_a_page_is_shown_whatever_becomes_of_its_resources():
    said = {
        "/": page("<img src=/gone><img src=/broken><img src=/away><img src=/ok>", "200 OK", HTML),
        "/gone": page("", "404 Not Found"),
        "/broken": CLOSE,
        "/away": page("", "303 X", "Location: http://192.0.2.1/"),
    }
    answer, server, _ = load(lambda request: said.get(request.target, page("x")), "/")
    assert (answer.status, sorted(set(server.paths))) == (200, ["/", "/away", "/broken", "/gone", "/ok"])


def test_a_resource_that_a_firewall_answered_blocks_the_page():
    said = {"/": page("<img src=/x>", "200 OK", HTML), "/x": page("", "429 Too Many Requests")}
    with pytest.raises(StepBlocked):
        load(lambda request: said[request.target], "/")


def test_who_drops_while_resources_load_is_not_called():
    async def scene():
        respond = lambda request: page("<img src=/slow>", "200 OK", HTML) if request.target == "/" else None  # noqa: E731
        async with visiting(respond, resources=True) as (server, one):
            called = []
            one.browser.ask(Get("/"), called.append, called.append)
            while len(server.requests) < 2:
                await asyncio.sleep(0.001)
            one.browser.drop()
            server.respond = lambda _: page("b")
            assert (await one.ask(Get("/b"))).body == b"b"
            return called

    assert play(scene) == []


def test_pages_are_loaded_alone_unless_asked_otherwise():
    async def scene():
        async with visiting(lambda _: page("<img src=/x>", "200 OK", HTML)) as (server, one):
            await one.ask(Get("/"))
            return server.paths

    assert play(scene) == ["/"]


@pytest.mark.parametrize(
    ("headers", "fresh_s"),
    [
        ({"cache-control": 'max-age=60, x="y"'}, 60),
        ({"cache-control": "max-age=60", "age": "20"}, 40),
        ({"cache-control": "no-cache, max-age=60"}, 0),
        ({"cache-control": "max-age=x"}, 0),
        ({"expires": formatdate(1000, usegmt=True), "date": formatdate(900, usegmt=True)}, 100),
        ({"expires": "0"}, 0),
        ({"last-modified": formatdate(0, usegmt=True), "date": formatdate(1000, usegmt=True)}, 100),
        ({}, 0),
    ],
)
def test_freshness(headers, fresh_s):
    assert freshness_s(directives(headers.get("cache-control", "")), headers) == fresh_s
