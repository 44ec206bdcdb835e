"""What comes back for an ask."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import unescape


@dataclass(frozen=True)
class Answer:
    """An answer after its redirects: status, the path it came from, body, headers, query, and what redirected to it.

    `headers` has names in small letters; one that came twice is joined by `, `, `set-cookie` by line ends. `earlier`
    holds an answer without a body for each redirect followed, in order.
    """

    status: int
    path: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    earlier: tuple["Answer", ...] = ()

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def is_page(self, name: str) -> bool:
        """Tell whether the answer is the portal's page of that name."""
        return f'data-page="{name}"'.encode() in self.body

    def attribute(self, name: str) -> str | None:
        """Return the first value of an HTML attribute, or None."""
        found = re.search(rf'\b{re.escape(name)}="([^"]*)"', self.text)
        return found[1] if found else None

    @property
    def csrf(self) -> str | None:
        """The token that the page's form must send back."""
        found = re.search(r'name="csrf"\s+value="([^"]*)"', self.text)
        return found[1] if found else None

    @property
    def hidden(self) -> dict[str, str]:
        """The hidden fields of the page's form, which it sends back as they are."""
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', self.text)
        return {unescape(name): unescape(value) for name, value in found}
