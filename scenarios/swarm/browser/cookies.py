"""A citizen's cookies (RFC 6265): host-only or of a domain, by path, secure, until they expire."""

import ipaddress
import time
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from scenarios.swarm.browser.origins import Origin

MOST_COOKIES = 180  # a domain's share in Chromium (net/cookies/cookie_monster.h, kDomainMaxCookies)
MOST_BYTES = 4096  # of one cookie's name and value (RFC 6265bis, 5.6)
NEVER = float("inf")


@dataclass(slots=True)
class Cookie:
    """One cookie; `until` is on the monotonic clock, in seconds."""

    name: bytes
    value: bytes
    domain: str
    host_only: bool
    path: bytes
    secure: bool
    until: float

    def is_for(self, origin: Origin, path: bytes) -> bool:
        """Tell whether it is sent to an origin with a request for that path."""
        host = origin.host == self.domain or (not self.host_only and _within(origin.host, self.domain))
        return host and (origin.secure or not self.secure) and _path_within(path, self.path)


class Jar:
    """The cookies of one browser."""

    __slots__ = ("_cookies", "_lines", "_plain", "_until")

    def __init__(self) -> None:
        self._cookies: dict[tuple[str, bytes, bytes], Cookie] = {}
        self._lines: dict[Origin, bytes] = {}
        self._plain = True  # each cookie is for every path: a line can be kept until a cookie changes
        self._until = NEVER

    def line(self, origin: Origin, target: bytes) -> bytes:
        """Return the Cookie header of a request with its line end, or nothing."""
        if not self._cookies:
            return b""
        if self._plain and self._until is NEVER:
            known = self._lines.get(origin)
            if known is not None:
                return known
        value = self.value(origin, target)
        line = self._lines[origin] = b"Cookie: %b\r\n" % value if value else b""
        return line

    def value(self, origin: Origin, target: bytes) -> bytes:
        """Return what a Cookie header says: longer paths first, then older cookies."""
        if self._until is not NEVER:
            self._drop_expired()
        path = target.partition(b"?")[0]
        sent = [cookie for cookie in self._cookies.values() if cookie.is_for(origin, path)]
        sent.sort(key=lambda cookie: -len(cookie.path))
        return b"; ".join([cookie.name + b"=" + cookie.value for cookie in sent])

    def keep(self, origin: Origin, target: bytes, field: bytes) -> None:
        """Take in one Set-Cookie field of an answer; one that is not allowed is left out, as browsers do."""
        cookie = read_cookie(origin, target, field)
        if cookie is None:
            return
        key = (cookie.domain, cookie.path, cookie.name)
        if cookie.until <= time.monotonic():
            self._cookies.pop(key, None)
        else:
            self._cookies[key] = cookie
            if len(self._cookies) > MOST_COOKIES:
                del self._cookies[next(iter(self._cookies))]
        self._changed()

    def _drop_expired(self) -> None:
        now = time.monotonic()
        if self._until <= now:
            self._cookies = {key: cookie for key, cookie in self._cookies.items() if cookie.until > now}
            self._changed()

    def _changed(self) -> None:
        self._lines.clear()
        self._plain = all(cookie.path == b"/" for cookie in self._cookies.values())
        self._until = min((cookie.until for cookie in self._cookies.values()), default=NEVER)


def read_cookie(origin: Origin, target: bytes, field: bytes) -> Cookie | None:
    """Read a Set-Cookie field; None when a browser would not keep it."""
    pair, *rest = field.split(b";")
    name, equals, value = pair.partition(b"=")
    if not equals:
        name, value = b"", pair
    name, value = name.strip(), value.strip()
    if len(name) + len(value) > MOST_BYTES or not (name or value) or _unprintable(name + value):
        return None
    attributes = {key.strip().lower(): text.strip() for key, _, text in (part.partition(b"=") for part in rest)}
    path = attributes.get(b"path", b"")
    cookie = Cookie(
        name=name,
        value=value,
        domain=origin.host,
        host_only=True,
        path=path if path.startswith(b"/") else _default_path(target),
        secure=b"secure" in attributes,
        until=_until(attributes),
    )
    allowed = _in_domain(cookie, attributes.get(b"domain", b""))
    return cookie if allowed and _keeps_its_word(cookie, origin) else None


def _unprintable(text: bytes) -> bool:
    return any((byte < 0x20 and byte != 0x09) or byte == 0x7F for byte in text)


def _in_domain(cookie: Cookie, domain: bytes) -> bool:
    """Widen a cookie to the domain that its field names; tell whether its host may."""
    wanted = domain.decode("latin-1").lower().removeprefix(".")
    if not wanted or wanted == cookie.domain:
        cookie.host_only = not wanted or _is_address(wanted)
        return True
    if "." not in wanted or not _within(cookie.domain, wanted):
        return False
    cookie.domain, cookie.host_only = wanted, False
    return True


def _keeps_its_word(cookie: Cookie, origin: Origin) -> bool:
    """Tell whether a secure cookie came over TLS, and one with a prefix is what that says (RFC 6265bis, 4.1.3)."""
    name = cookie.name.lower()
    if cookie.secure and not origin.secure:
        return False
    if name.startswith(b"__host-"):
        return cookie.secure and cookie.path == b"/" and cookie.host_only
    return cookie.secure or not name.startswith(b"__secure-")


def _until(attributes: dict[bytes, bytes]) -> float:
    """Return when a cookie ends on the monotonic clock: Max-Age goes before Expires; what cannot be read is ignored."""
    age = attributes.get(b"max-age")
    if age is not None and age.removeprefix(b"-").isdigit():
        return time.monotonic() + int(age[:12]) if not age.startswith(b"-") else 0.0
    try:
        ends = parsedate_to_datetime(attributes[b"expires"].decode("latin-1"))
        return time.monotonic() + ends.replace(tzinfo=ends.tzinfo or UTC).timestamp() - time.time()
    except (KeyError, ValueError, TypeError, OverflowError, IndexError):
        return NEVER


def _default_path(target: bytes) -> bytes:
    """Return the folder of a request's path (RFC 6265, 5.1.4)."""
    return target.partition(b"?")[0].rpartition(b"/")[0] or b"/"


def _path_within(path: bytes, folder: bytes) -> bool:
    return folder == b"/" or path == folder or path.startswith(folder if folder.endswith(b"/") else folder + b"/")


def _within(host: str, domain: str) -> bool:
    return host.endswith(f".{domain}") and not _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
