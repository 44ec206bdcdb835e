"""The head of an answer, read no further than somebody needs."""

import re

from scenarios.swarm.browser.encoding import RawFields

_ACTED_ON = re.compile(rb"\n(?:set-cookie|location|content-encoding)[ \t]*:", re.IGNORECASE)


class Head:
    """The header fields of an answer; `acts` says whether there may be one that a browser acts on."""

    __slots__ = ("_fields", "_raw", "_skipped", "acts")

    def __init__(self, raw: bytes, skipped: int, end: int) -> None:
        """Take bytes that a parser has approved of: so many announcements (1xx), and an answer's head before `end`."""
        self._raw, self._skipped = raw, skipped
        self._fields: RawFields | None = None
        self.acts = _ACTED_ON.search(raw, 0, end) is not None

    @classmethod
    def of(cls, fields: RawFields) -> "Head":
        """Make a head of fields."""
        head = cls(b"", 0, 0)
        head._fields, head.acts = fields, True
        return head

    @property
    def fields(self) -> RawFields:
        """Names, as they came, and values, in order."""
        if self._fields is None:
            self._fields, self._raw = _read(self._raw, self._skipped), b""
        return self._fields


NO_HEAD = Head.of([])


def _read(raw: bytes, skipped: int) -> RawFields:
    """Read the fields of the head that follows so many others."""
    for _ in range(skipped + 1):
        block, _, raw = raw.lstrip(b"\r\n").partition(b"\r\n\r\n")
    fields: RawFields = []
    for line in block.split(b"\r\n")[1:]:
        name, colon, value = line.partition(b":")
        if line[:1] in (b" ", b"\t") and fields:  # a line folded, as was allowed once (RFC 9112, 5.2)
            fields[-1] = fields[-1][0], fields[-1][1] + b" " + line.strip()
        elif colon:
            fields.append((name.rstrip(), value.strip(b" \t")))
    return fields
