"""What the wire tells about one exchange."""

from collections.abc import Callable
from typing import NamedTuple

from scenarios.swarm.browser.encoding import Fields, RawFields
from scenarios.swarm.browser.fixed import FixedFields
from scenarios.swarm.browser.head import Head
from scenarios.swarm.browser.origins import Origin

Raw = bytes  # a field of that name hides the type


class Exchanged(NamedTuple):
    """One request and its answer, or how it broke; each hop of a redirect is one, and each page resource.

    Times are of time.perf_counter_ns: `started_ns` is when the wire began, connecting included; `connect_ns` and
    `tls_ns` are how long connecting and the TLS handshake took, 0 on a connection that was there (`reused`) and for
    those that connecting failed; `first_byte_ns` 0 where nothing came. `status` is 0 and `error` the reason where no
    answer came. `bytes` counts the answer as it came, head included, TLS and framing not; `body` is still coded.
    It holds references only: what is computed is computed when asked for.
    """

    started_ns: int
    connect_ns: int
    tls_ns: int
    first_byte_ns: int
    ended_ns: int
    status: int
    bytes: int
    reused: bool
    address: str
    protocol: str
    span: int
    raw_method: Raw
    origin: Origin
    raw_path: Raw
    fixed_fields: FixedFields
    own_fields: Fields
    request_body: Raw
    head: Head
    body: Raw
    error: str | None

    @property
    def headers(self) -> RawFields:
        """The answer's header fields, as they came."""
        return self.head.fields

    @property
    def method(self) -> str:
        """The request's method."""
        return self.raw_method.decode("ascii")

    @property
    def scheme(self) -> str:
        """`http` or `https`."""
        return self.origin.scheme

    @property
    def host(self) -> str:
        """The name of the host that was asked, with its port unless it is the scheme's own."""
        return self.origin.authority.decode()

    @property
    def path(self) -> str:
        """The request target: path and query."""
        return self.raw_path.decode("ascii")

    @property
    def fields(self) -> Fields:
        """The request's header fields, without cookies and what belongs to the connection."""
        return self.fixed_fields.with_fields(self.own_fields)


Observe = Callable[[Exchanged], None]
