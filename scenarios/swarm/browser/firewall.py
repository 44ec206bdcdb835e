"""Signs that a firewall answered in the portal's place: a run that met one measured the firewall."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from scenarios.swarm.browser.head import Head

_SIGN = re.compile(r"(?P<statuses>\*|\d{3}(?:,\d{3})*)(?: (?P<where>body|[!#$%&'*+\-.^_`|~0-9A-Za-z]+:) (?P<text>.+))?")


@dataclass(frozen=True)
class Sign:
    """An answer with one of these statuses (none: any) whose header, or body where `header` is None, holds a text."""

    statuses: frozenset[int]
    header: bytes | None
    text: bytes

    @classmethod
    def read(cls, text: str) -> "Sign":
        """Read a sign from words; raise ValueError when it is none.

        They are statuses or `*`, then nothing, or `body` or a header's name with a colon, and the text to be found:
        `429`, `403,503 body Request blocked`, `* x-block: yes`.
        """
        found = _SIGN.fullmatch(text.strip())
        if found is None:
            raise ValueError(text)
        statuses = () if found["statuses"] == "*" else map(int, found["statuses"].split(","))
        where = found["where"] or "body"
        header = None if where == "body" else where.removesuffix(":").lower().encode()
        return cls(frozenset(statuses), header, (found["text"] or "").encode())

    def is_on(self, head: Head, body: bytes) -> bool:
        """Tell whether an answer bears it, its status apart."""
        if self.header is None:
            return self.text in body
        return any(name.lower() == self.header and self.text.lower() in value.lower() for name, value in head.fields)

    def __str__(self) -> str:
        statuses = ",".join(map(str, sorted(self.statuses))) or "*"
        where = "body" if self.header is None else f"{self.header.decode()}:"
        return f"{statuses} {where} {self.text.decode()}" if self.text or self.header else statuses


USUAL = (
    "429",  # RFC 6585: too many requests. A portal that is busy says 503
    '* body data-page="blocked"',  # the stand-in portal's block page
    "403,503 cf-mitigated: challenge",  # Cloudflare: "Detect a Challenge Page response" in its documentation
    "403,503 body /cdn-cgi/challenge-platform/",  # Cloudflare, the challenge's own script
    "202,405 x-amzn-waf-action: challenge",  # AWS WAF: docs.aws.amazon.com/waf, "How the challenge action works"
    "405 x-amzn-waf-action: captcha",  # AWS WAF, "How the CAPTCHA action works"
    "* body _Incapsula_Resource",  # Imperva's challenge, which comes as 200 too (assumed: seen, not documented)
    "403 server: AkamaiGHost",  # Akamai's edge answers a denied request itself (assumed: seen, not documented)
    "403 body The requested URL was rejected. Please consult with your administrator.",  # F5 BIG-IP ASM's block page
)
"""Signs of firewalls that are common, and of the stand-in's."""


class Firewall:
    """Recognises a firewall's answer; `known` has, for each status met, the signs that are looked for."""

    def __init__(self, signs: Sequence[Sign]) -> None:
        self._signs = tuple(signs)
        self.known: dict[int, tuple[Sign, ...]] = {}

    def sign(self, status: int, head: Head, body: bytes) -> Sign | None:
        """Return the first sign that an answer bears, or None; its body must have no coding left.

        In the body of a 2xx it does not look: that takes longer than the rest of an exchange. See `late_sign`.
        """
        return _first(self.looked_for(status), head, body)

    def looked_for(self, status: int) -> tuple[Sign, ...]:
        """Return the signs that `sign` looks for."""
        signs = self.known.get(status)
        if signs is None:
            asked = self._signs_of(status)
            signs = tuple(sign for sign in asked if sign.header is not None or not 200 <= status < 300)
            self.known[status] = signs
        return signs

    def late_sign(self, status: int, head: Head, body: bytes) -> Sign | None:
        """Return the first sign that an answer bears, its body included whatever its status: for a step that failed."""
        return _first(self._signs_of(status), head, body)

    def _signs_of(self, status: int) -> tuple[Sign, ...]:
        return tuple(sign for sign in self._signs if not sign.statuses or status in sign.statuses)


def _first(signs: Sequence[Sign], head: Head, body: bytes) -> Sign | None:
    return next((sign for sign in signs if sign.is_on(head, body)), None)
