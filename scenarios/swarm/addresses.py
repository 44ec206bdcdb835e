"""Whose address a request comes from, as a proxy before the portal would tell: citizens' own, or their counter's.

All are of blocks that nobody on the internet has: RFC 3849 (citizens, each with a /64 of their own) and RFC 2544
(communes). That no two citizens share one is *assumed*; mobile networks and households do share.
"""

from ipaddress import IPv4Address, IPv6Address
from typing import Final

from scenarios.sessions import Session

CITIZENS: Final = int(IPv6Address("2001:db8::1"))
COUNTERS: Final = int(IPv4Address("198.18.0.0"))
PREFIX: Final = 1 << 64


def address(session: Session) -> str:
    """Return the address of a session: its commune's when staff key it at a counter, else its citizen's."""
    if session.assisted:
        return str(IPv4Address(COUNTERS + int(session.commune)))
    return str(IPv6Address(CITIZENS + session.citizen * PREFIX))
