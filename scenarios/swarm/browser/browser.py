"""A citizen's browser: sends what a step asks for, follows redirects, keeps cookies."""

from time import perf_counter_ns
from typing import TYPE_CHECKING

from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get, Request
from scenarios.swarm.browser.cache import Cache
from scenarios.swarm.browser.connection import Connection
from scenarios.swarm.browser.content import decode
from scenarios.swarm.browser.cookies import Jar
from scenarios.swarm.browser.encoding import NO_FIELDS, Fields, RawFields, encode, request_target
from scenarios.swarm.browser.exchanged import Exchanged, Observe
from scenarios.swarm.browser.fetched import Fetched, raw_head
from scenarios.swarm.browser.fixed import FixedFields
from scenarios.swarm.browser.head import NO_HEAD, Head
from scenarios.swarm.browser.home import Home
from scenarios.swarm.browser.identity import Identity
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.pacing import Line
from scenarios.swarm.browser.pending import Broken, Pending, Then
from scenarios.swarm.browser.redirects import REDIRECTS, REDIRECTS_FOLLOWED
from scenarios.swarm.browser.resources import PageLoad, is_page
from scenarios.swarm.failures import StepBlocked, StepFailed

if TYPE_CHECKING:
    from scenarios.swarm.browser.network import Network

GIVEN_UP = "given up before the answer was complete"
BODILESS = frozenset((b"GET", b"HEAD"))


class Browser:
    """One citizen's browser; made by a Network. `sent_bytes` and `received_bytes` count what its connections carried.

    One ask is under way at a time. With `observe`, each exchange is told to it before its ask ends.
    """

    __slots__ = (
        "_cache",
        "_current",
        "_fixed",
        "_homes",
        "_identity",
        "_jar",
        "_load",
        "_network",
        "_observe",
        "_page",
        "_spans",
        "_trace",
        "line",
        "received_bytes",
        "sent_bytes",
    )

    def __init__(self, network: "Network", identity: Identity, observe: Observe | None = None) -> None:
        self._network, self._identity, self._observe = network, identity, observe
        self._jar = Jar()
        self._cache: Cache | None = None
        self._load: PageLoad | None = None
        self._current: Pending | None = None
        self._fixed = FixedFields(identity.headers, identity.insisted, compression=network.options.compression)
        self._homes: dict[Origin, Home] = {}
        self._page: tuple[Origin, bytes] | None = None  # what is shown: where the next request comes from
        self._trace = b"00-%b-" % identity.trace.encode() if identity.trace else b""
        self._spans = 0
        self.line = Line(identity.profile) if identity.profile is not None else None
        self.sent_bytes = self.received_bytes = 0

    def ask(self, ask: Request, then: Then, broken: Broken) -> None:
        """Send a request and follow its redirects inside the allowed hosts; call one of `then` and `broken`, once.

        Neither is called before this returns. `broken` gets StepFailed (a redirect that leaves the allowed hosts or
        never ends, an answer that is no HTTP, an ask that cannot be sent), StepBlocked, which is one (a firewall
        answered), or OSError (the connection).
        """
        network = self._network
        if self._current is not None:
            raise RuntimeError("a browser has one ask under way at a time: drop that one first")
        try:
            if type(ask) is Get:  # as most are
                method, path, fields, body = b"GET", request_target(ask.target), NO_FIELDS, b""
            else:
                method, path, fields, body = encode(ask)
            host = getattr(ask, "host", None)
            origin = network.origins.target if host is None else network.origins.named(host)
        except StepFailed as error:
            pending = self._current = Pending(self, network.origins.target, b"", b"", (), b"", then, broken)
            network.loop.call_soon(self._break, pending, error)
            return
        pending = self._current = Pending(self, origin, method, path, fields, body, then, broken)
        self.send(pending)

    def drop(self) -> None:
        """Abandon what is under way: its connection is closed, and neither of its calls is made any more."""
        pending, self._current = self._current, None
        if pending is not None:
            if self._observe is not None and self._load is None and pending.path:
                self._tell(self._observe, pending, pending.connection, 0, NO_HEAD, b"", TimeoutError(GIVEN_UP))
            pending.drop()
        if self._load is not None:
            self._load.drop()
            self._load = None

    def close(self) -> None:
        """Leave: abandon what is under way and close the connections that are the browser's own."""
        self.drop()
        if not self._is_pooled:
            for home in self._homes.values():
                home.close()
        self._homes.clear()

    @property
    def _is_pooled(self) -> bool:
        """Whether its connections are those of everybody with the same source address."""
        return self._identity.pooled and self.line is None

    def send(self, pending: Pending) -> None:
        """Send a request on a connection that is free, or open one."""
        self._spans += 1
        pending.span = self._spans
        if self._observe is not None:
            pending.started_ns = perf_counter_ns()
        home = self._homes.get(pending.origin)
        if home is None:
            home = self._homes[pending.origin] = self._home(pending.origin)
        while home and not pending.repeated:
            connection = home.pop()
            if not connection.closed:
                connection.send(pending)
                return
        if home.opening:
            home.waiting.append(pending)
        else:
            pending.dialling = self._network.loop.create_task(self._dial(pending, home))
            if home.may_share:
                home.opening = True
                pending.dialling.add_done_callback(lambda _: self._let_go(home))

    def _home(self, origin: Origin) -> Home:
        if self._is_pooled:
            return self._network.pool(origin, self._identity.source)
        return self._network.home(origin)

    async def _dial(self, pending: Pending, home: Home) -> None:
        """Open a connection and send a request on it; whoever waited for it may follow, or fails as it did."""
        try:
            connection = await self._network.dialler.dial(pending.origin, home, self._identity.source, self.line)
        except Exception as error:  # noqa: BLE001 - whatever a library raises, an ask ends
            self._not_opened([pending, *home.waiters()], error)
            return
        pending.dialling = None
        home.may_share = home.may_share and connection.protocol == "h2"
        if connection.closed:
            self.failed(pending, connection, ConnectionResetError("the connection was closed before it was used"))
        else:
            connection.send(pending)

    @staticmethod
    def _not_opened(all_of_them: list[Pending], error: Exception) -> None:
        """Break what waited for a connection: not in the frame that caught the error, which the error holds."""
        known = error if isinstance(error, OSError) else ConnectionError(f"{type(error).__name__}: {error}")
        for pending in all_of_them:
            pending.browser.failed(pending, None, known)

    @staticmethod
    def _let_go(home: Home) -> None:
        """Send what has waited for a connection to be opened, which may be shared now, or was not opened."""
        for pending in home.waiters():
            if not pending.over:
                pending.browser.send(pending)

    def fetch(self, origin: Origin, path: bytes, fields: Fields, then: Then, broken: Broken) -> Pending:
        """Ask for a resource of the page, beside the page itself."""
        pending = Pending(self, origin, b"GET", path, fields, b"", then, broken)
        self.send(pending)
        return pending

    def shares_streams(self, origin: Origin) -> bool:
        """Tell whether requests to an origin share a connection."""
        home = self._homes.get(origin)
        return home is not None and any(not each.closed and each.protocol == "h2" for each in home)

    def message(self, pending: Pending, prefix: bytes, lines: bytes) -> bytes:
        """Return a request as HTTP/1.1 writes it, with what a proxy needs: a prefix of the path, and header lines."""
        origin, method, fields, body = pending.origin, pending.method, pending.fields, pending.body
        own = self._fixed.lines_with(origin, fields) if fields else self._fixed.lines(origin)
        if self._page is not None:
            lines += b"Referer: %b\r\n" % self._referer(origin)
        if self._trace:
            lines += b"traceparent: %b%016x-01\r\n" % (self._trace, pending.span)
        if method not in BODILESS or body:
            lines += b"Origin: %b\r\nContent-Length: %d\r\n" % (origin.url, len(body))
        cookies = self._jar.line(origin, pending.path)
        return b"%b %b%b HTTP/1.1\r\n%b%b%b\r\n%b" % (method, prefix, pending.path, own, cookies, lines, body)

    def fields(self, pending: Pending) -> RawFields:
        """Return a request's header fields as HTTP/2 has them, in small letters."""
        origin, method, body = pending.origin, pending.method, pending.body
        fields = [(b":method", method), (b":authority", origin.authority), (b":scheme", origin.scheme.encode())]
        fields += [(b":path", pending.path)]
        fields += [(name.lower(), value) for name, value in self._fixed.with_fields(pending.fields)]
        cookies = self._jar.value(origin, pending.path)
        if cookies:
            fields.append((b"cookie", cookies))
        if self._page is not None:
            fields.append((b"referer", self._referer(origin)))
        if self._trace:
            fields.append((b"traceparent", b"%b%016x-01" % (self._trace, pending.span)))
        if method not in BODILESS or body:
            fields += [(b"origin", origin.url), (b"content-length", b"%d" % len(body))]
        return fields

    def _referer(self, origin: Origin) -> bytes:
        """Return the page that is shown: whole for its own origin, else its origin (Referrer Policy, the default)."""
        assert self._page is not None
        shown, path = self._page
        return shown.url + path if shown is origin else shown.url + b"/"

    def answered(self, pending: Pending, connection: Connection, status: int, head: Head, body: bytes) -> None:
        """Take an answer from a connection: keep its cookies, then follow its redirect or hand on its page."""
        if self._observe is not None:
            self._tell(self._observe, pending, connection, status, head, body, None)
        if head.acts:
            location, codings = self._act_on(pending, head)
            if location is not None and status in REDIRECTS:
                self._follow(pending, status, head, location)
                return
        else:
            codings = None
        known = self._network.firewall.known.get(status)
        if codings is not None or known is None or known:
            try:
                body = self._checked(pending, status, head, body, codings)
            except StepFailed as error:
                self._break(pending, error)
                return
        self._hand_on(pending, status, head, body)

    def _act_on(self, pending: Pending, head: Head) -> tuple[bytes | None, bytes | None]:
        """Keep an answer's cookies; return its location and its codings."""
        location = codings = None
        for raw_name, value in head.fields:
            name = raw_name.lower()
            if name == b"set-cookie":
                self._jar.keep(pending.origin, pending.path, value)
            elif name == b"location":
                location = value
            elif name == b"content-encoding":
                codings = value
        return location, codings

    def _checked(self, pending: Pending, status: int, head: Head, body: bytes, codings: bytes | None) -> bytes:
        """Return an answer's body without codings; raise StepFailed when it cannot be, or a firewall sent it."""
        if codings is not None:
            body = decode(body, codings)
        sign = self._network.firewall.sign(status, head, body)
        if sign is not None:
            raise StepBlocked(f"{pending.path.decode()} was answered {status} by a firewall (sign: {sign})")
        return body

    def _hand_on(self, pending: Pending, status: int, head: Head, body: bytes) -> None:
        """Hand on a page, with resources once they have come; a resource goes to its page."""
        if pending is self._current:
            self._page = pending.origin, pending.path
            if self._network.options.resources and is_page(head):
                self._load_resources(pending, status, head, body)
                return
            self._current = None
        pending.over = True
        pending.then(Fetched(status, pending.path, body, head, pending.earlier))

    def blocked_by(self, answer: Answer) -> str | None:
        """Return the sign of a firewall that an answer bears, for a step that failed on it; None when it bears none."""
        sign = self._network.firewall.late_sign(answer.status, raw_head(answer), answer.body)
        return None if sign is None else str(sign)

    def _load_resources(self, pending: Pending, status: int, head: Head, body: bytes) -> None:
        self._cache = self._cache or Cache()
        pending.connection = None

        def done(blocked: StepBlocked | None) -> None:
            self._load = None
            if blocked is not None:
                self._break(pending, blocked)
                return
            self._current, pending.over = None, True
            pending.then(Fetched(status, pending.path, body, head, pending.earlier))

        self._load = PageLoad(self, self._network.origins, self._cache, done)
        self._load.begin(pending.origin, pending.path, body)

    def _follow(self, pending: Pending, status: int, head: Head, location: bytes) -> None:
        """Follow a redirect, or break when it leaves the allowed hosts or is one too many."""
        try:
            if len(pending.earlier) == REDIRECTS_FOLLOWED:
                raise StepFailed(f"{pending.path.decode()} redirects more than {REDIRECTS_FOLLOWED} times")
            origin, path = self._network.origins.redirected(pending.origin, pending.path, location)
        except StepFailed as error:
            self._break(pending, error)
            return
        pending.earlier += (Fetched(status, pending.path, b"", head),)
        pending.redirect(status, origin, path)
        self.send(pending)

    def failed(self, pending: Pending, connection: Connection | None, error: StepFailed | OSError) -> None:
        """Take from a connection that it broke; ask again where it had been idle and closed before it answered."""
        pending.dialling = None
        if pending.over:
            return
        if self._observe is not None:
            self._tell(self._observe, pending, connection, 0, NO_HEAD, b"", error)
        idle = connection is not None and connection.used > 1 and not connection.received
        if idle and isinstance(error, OSError) and pending.repeatable:
            pending.repeated = True
            self.send(pending)
        else:
            self._break(pending, error)

    def _break(self, pending: Pending, error: Exception) -> None:
        if not pending.over:
            if pending is self._current:
                self._current = None
            pending.over = True
            pending.broken(error)

    def _tell(
        self,
        observe: Observe,
        pending: Pending,
        connection: Connection | None,
        status: int,
        head: Head,
        body: bytes,
        error: Exception | None,
    ) -> None:
        """Tell the observer about one exchange."""
        ended_ns = perf_counter_ns()
        if connection is None:
            connect_ns = tls_ns = first_byte_ns = received = 0
            reused, address, protocol = False, "", ""
        else:
            reused, address, protocol = connection.used > 1, connection.address, connection.protocol
            connect_ns, tls_ns = (0, 0) if reused else (connection.connect_ns, connection.tls_ns)
            first_byte_ns, received = connection.first_byte_ns, connection.received
        told = (
            pending.started_ns,
            connect_ns,
            tls_ns,
            first_byte_ns,
            ended_ns,
            status,
            received,
            reused,
            address,
            protocol,
            pending.span,
            pending.method,
            pending.origin,
            pending.path,
            self._fixed,
            pending.fields,
            pending.body,
            head,
            body,
            None if error is None else str(error) or type(error).__name__,
        )
        observe(tuple.__new__(Exchanged, told))
