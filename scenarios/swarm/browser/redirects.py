"""Redirects: which answers are some, how many are followed, and what is asked for then (Fetch standard, 4.4)."""

from scenarios.swarm.browser.encoding import Fields

REDIRECTS = frozenset((301, 302, 303, 307, 308))
REDIRECTS_FOLLOWED = 10  # assumed: browsers follow 20; a portal that needs more than 10 has a loop
_OF_BODY = frozenset((b"content-encoding", b"content-language", b"content-location", b"content-type"))
_OF_HOST = frozenset((b"authorization",))


def redirected(
    status: int, method: bytes, fields: Fields, body: bytes, *, elsewhere: bool
) -> tuple[bytes, Fields, bytes]:
    """Return method, own header fields and body of the request that a redirect makes of one.

    A form becomes a GET without a body and the fields that tell of it; to another origin (`elsewhere`) no credentials
    go.
    """
    if (status in (301, 302) and method == b"POST") or (status == 303 and method != b"HEAD"):
        method, body = b"GET", b""
        fields = _without(fields, _OF_BODY)
    return method, _without(fields, _OF_HOST) if elsewhere else fields, body


def _without(fields: Fields, names: frozenset[bytes]) -> Fields:
    return tuple(pair for pair in fields if pair[0].lower() not in names)
