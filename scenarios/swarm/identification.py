"""What identifies every request of a run: its maker, its name, and the headers agreed with the target's owner.

By an agreed header a portal can drop synthetic traffic, or let it in. Plain ones stand in the order and travel with it;
secret ones are named in the supplies file and read on each machine. The values of neither are kept in a run.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from cutover.base.errors import BadInput, Mistake

if TYPE_CHECKING:
    from scenarios.swarm.order import Order
    from scenarios.swarm.target.secret import Secret

RUN = "X-Cutover-Run"
OURS = frozenset(
    (
        "accept-encoding",
        "connection",
        "content-length",
        "cookie",
        "host",
        "origin",
        "referer",
        "traceparent",
        "transfer-encoding",
        "user-agent",
        "x-cutover-run",
        "x-forwarded-for",
    )
)
"""Headers that the swarm writes itself."""

LEAST_HIDDEN = 6
"""Shorter values are hidden where they are headers only: `yes` stands in many a page."""

NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
VALUE = re.compile(r"[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?")
_HEADER = re.compile(rf"({NAME}):[ \t]*({VALUE.pattern})[ \t]*")
_REMEDY = "write it like X-Synthetic:yes"


@dataclass(frozen=True)
class Identification:
    """Headers of every request; of those in `agreed` (small letters) no value is kept, nor the `hidden` texts."""

    headers: Mapping[str, str]
    agreed: frozenset[str] = frozenset()
    hidden: tuple[str, ...] = ()

    @property
    def insisted(self) -> frozenset[bytes]:
        """The names of headers that no step replaces by its own, in small letters."""
        return frozenset(name.encode() for name in (*self.agreed, RUN.lower()))


def identification(order: "Order", secrets: "Mapping[str, Secret] | None" = None) -> Identification:
    """Return what identifies the requests of an order, with the secret headers of this machine."""
    agreed = {**order.headers, **{name: secret.reveal() for name, secret in (secrets or {}).items()}}
    headers = {"User-Agent": f"cutover/{version('cutover')}", RUN: order.run, **agreed}
    hidden = tuple(value for value in agreed.values() if len(value) >= LEAST_HIDDEN)
    return Identification(headers, frozenset(name.lower() for name in agreed), hidden)


def read_headers(texts: Iterable[str]) -> dict[str, str]:
    """Read `NAME:VALUE` from the command line; raise BadInput with all mistakes."""
    found: dict[str, str] = {}
    mistakes = []
    for text in texts:
        match = _HEADER.fullmatch(text)
        if match is None:
            shown = text.partition(":")[0]  # what follows may be a secret that does not belong here
            mistakes.append(Mistake("options", "--header", shown, "must be NAME:VALUE, in ASCII", _REMEDY))
        elif match[1].lower() in OURS:
            mistakes.append(Mistake("options", "--header", match[1], "is written by the swarm itself", "name another"))
        elif match[1].lower() in {name.lower() for name in found}:
            mistakes.append(Mistake("options", "--header", match[1], "stands twice", "give it once"))
        else:
            found[match[1]] = match[2]
    if mistakes:
        raise BadInput(mistakes)
    return found
