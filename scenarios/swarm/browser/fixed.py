"""The header fields that go with every request of a browser."""

from collections.abc import Mapping

from scenarios.swarm.browser.content import ACCEPTED
from scenarios.swarm.browser.encoding import Fields, encode_fields
from scenarios.swarm.browser.origins import Origin


class FixedFields:
    """A browser's own fields; those that a step sends itself go before them, but for those it insists on."""

    __slots__ = ("_insisted", "_lines", "fields")

    def __init__(
        self, headers: Mapping[str, str], insisted: frozenset[bytes] = frozenset(), *, compression: bool
    ) -> None:
        self._insisted = insisted
        coding: Fields = ((b"Accept-Encoding", ACCEPTED),) if compression else ()
        self.fields: Fields = encode_fields(headers) + coding
        self._lines: dict[Origin, bytes] = {}

    def lines(self, origin: Origin) -> bytes:
        """Return them as lines of a request to an origin, the Host first."""
        known = self._lines.get(origin)
        if known is None:
            known = self._lines[origin] = b"Host: %b\r\n%b" % (origin.authority, lines_of(self.fields))
        return known

    def lines_with(self, origin: Origin, fields: Fields) -> bytes:
        """Return them with a step's fields."""
        return b"Host: %b\r\n%b" % (origin.authority, lines_of(self.with_fields(fields)))

    def with_fields(self, fields: Fields) -> Fields:
        """Return them with a step's fields, which take the place of those of the same name."""
        if not fields:
            return self.fields
        named = {name.lower() for name, _ in fields} - self._insisted
        sent = tuple(pair for pair in fields if pair[0].lower() in named)
        return tuple(pair for pair in self.fields if pair[0].lower() not in named) + sent


def lines_of(fields: Fields) -> bytes:
    """Return header fields as lines."""
    return b"".join([b"%b: %b\r\n" % field for field in fields])
