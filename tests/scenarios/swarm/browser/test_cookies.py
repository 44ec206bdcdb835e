"""Which cookies a browser keeps, and which it sends (RFC 6265)."""

import time

import pytest

from scenarios.swarm.browser.cookies import MOST_COOKIES, Jar
from scenarios.swarm.browser.origins import Origin

HOST = Origin("https", "a.portal.vn", 443)
PLAIN = Origin("http", "a.portal.vn", 80)
SISTER = Origin("https", "b.portal.vn", 443)
PARENT = Origin("https", "portal.vn", 443)
ADDRESS = Origin("https", "127.0.0.1", 443)


def jar(*fields: str, origin: Origin = HOST, path: bytes = b"/dossiers/7?x=/y") -> Jar:
    found = Jar()
    for each in fields:
        found.keep(origin, path, each.encode())
    return found


@pytest.mark.parametrize(
    ("field", "sent"),
    [
        ("a=1", "a=1"),
        ("a = 1 ; HttpOnly", "a=1"),
        ('a="1 2"', 'a="1 2"'),
        ("a=", "a="),
        ("=b", "=b"),
        ("b", "=b"),
        ("a=1=2", "a=1=2"),
        ("", None),
        ("a=\x01", None),
        ("a=" + "x" * 5000, None),
        ("a=1; Max-Age=0", None),
        ("a=1; Max-Age=-1", None),
        ("a=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "a=1"),
        ("a=1; Max-Age=soon", "a=1"),
        ("a=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT", None),
        ("a=1; Expires=Thu, 01-Jan-1970 00:00:00 GMT", None),
        ("a=1; expires=Fri, 01 Jan 2100 00:00:00 GMT", "a=1"),
        ("a=1; Expires=never", "a=1"),
        ("__Host-a=1; Secure; Path=/", "__Host-a=1"),
        ("__Host-a=1; Secure; Path=/; Domain=portal.vn", None),
        ("__Host-a=1; Path=/", None),
        ("__Secure-a=1", None),
        ("a=1; Domain=evil.example", None),
        ("a=1; Domain=vn", None),
        ("a=1; Domain=b.portal.vn", None),
    ],
)
def test_what_is_kept(field, sent):
    assert jar(field).line(HOST, b"/dossiers/8") == (f"Cookie: {sent}\r\n".encode() if sent else b"")


@pytest.mark.parametrize(
    ("path", "asked", "is_sent"),
    [
        ("/a", b"/a", True),
        ("/a", b"/a/b?x", True),
        ("/a/", b"/a/b", True),
        ("/a", b"/ab", False),
        ("/a", b"/", False),
        ("a", b"/dossiers", True),
        ("", b"/dossiers/x", True),
        ("", b"/d", False),
        ("/", b"/anything", True),
    ],
)
def test_paths(path, asked, is_sent):
    assert bool(jar(f"c=1; Path={path}").line(HOST, asked)) is is_sent


def test_hosts_and_domains():
    own, wide = jar("c=1; Path=/"), jar("c=1; Path=/; Domain=.Portal.VN")
    assert [bool(own.line(each, b"/")) for each in (HOST, PLAIN, SISTER, PARENT)] == [True, True, False, False]
    assert [bool(wide.line(each, b"/")) for each in (HOST, PLAIN, SISTER, PARENT)] == [True] * 4
    assert not wide.line(Origin("https", "evilportal.vn", 443), b"/")
    assert jar("c=1; Domain=127.0.0.1", origin=ADDRESS).line(ADDRESS, b"/dossiers/x")
    assert not jar("c=1; Domain=0.0.1", origin=ADDRESS).line(ADDRESS, b"/dossiers/x")


def test_secure_cookies_need_tls_both_ways():
    assert jar("c=1; Secure; Path=/").line(PLAIN, b"/") == b""
    assert jar("c=1; Secure; Path=/", origin=PLAIN).line(HOST, b"/") == b""


def test_order_and_replacement():
    found = jar("a=1; Path=/", "b=2; Path=/dossiers", "c=3; Path=/", "a=4; Path=/", "a=5; Path=/dossiers")
    assert found.line(HOST, b"/dossiers") == b"Cookie: b=2; a=5; a=4; c=3\r\n"
    assert found.line(HOST, b"/") == b"Cookie: a=4; c=3\r\n"


def test_a_cookie_ends_at_its_time(monkeypatch):
    found = jar("a=1; Path=/; Max-Age=60", "b=2; Path=/")
    now = time.monotonic()
    assert found.line(HOST, b"/") == b"Cookie: a=1; b=2\r\n"
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert found.line(HOST, b"/") == b"Cookie: b=2\r\n"


def test_a_line_that_was_kept_is_made_again_when_a_cookie_changes():
    found = jar("a=1; Path=/")
    assert found.line(HOST, b"/") == found.line(HOST, b"/") == b"Cookie: a=1\r\n"
    found.keep(HOST, b"/", b"a=2; Path=/")
    assert found.line(HOST, b"/") == b"Cookie: a=2\r\n"


def test_a_jar_is_bounded():
    found = jar(*(f"c{number}=1; Path=/" for number in range(MOST_COOKIES + 5)))
    assert found.line(HOST, b"/").count(b"=") == MOST_COOKIES
    assert b"c4=" not in found.line(HOST, b"/")


def test_a_cookie_that_has_expired_is_sent_by_neither_protocol(monkeypatch):
    now = time.monotonic()
    found = jar("a=1; Max-Age=60; Path=/", "b=2; Path=/")
    assert found.value(HOST, b"/") == b"a=1; b=2"
    monkeypatch.setattr(time, "monotonic", lambda: now + 61)
    assert found.value(HOST, b"/") == b"b=2"
    assert found.line(HOST, b"/") == b"Cookie: b=2\r\n"
