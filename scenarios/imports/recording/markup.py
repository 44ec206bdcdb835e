"""The forms of a page, as a browser would read them."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

TYPED = frozenset(
    {"text", "search", "tel", "url", "email", "number", "date", "textarea", "select", "radio", "checkbox"}
)


@dataclass(frozen=True)
class Input:
    """A field: its name, its kind (an input's type, `textarea` or `select`), its value and what it completes to."""

    name: str
    kind: str
    value: str
    completes: str = ""
    accepts: str = ""


@dataclass
class Form:
    """A form: where it is sent (a path, and as it stands in the page), how, and its fields."""

    path: str
    action: str
    method: str
    fields: list[Input] = field(default_factory=list)

    def input(self, name: str) -> Input | None:
        """Return the first field of a name."""
        return next((each for each in self.fields if each.name == name), None)


class _Forms(HTMLParser):
    """Collects forms; a field outside any form belongs to none."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self._url = url
        self._open: Form | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        if tag == "form":
            action = of.get("action", "")
            path = urlsplit(urljoin(self._url, action)).path or "/"
            self._open = Form(path, action, of.get("method", "get").upper())
            self.forms.append(self._open)
        elif tag in ("input", "textarea", "select", "button") and self._open is not None and of.get("name"):
            kind = of.get("type", "text").lower() if tag == "input" else "submit" if tag == "button" else tag
            complete, accepts = of.get("autocomplete", ""), of.get("accept", "")
            self._open.fields.append(Input(of["name"], kind, of.get("value", ""), complete, accepts))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None


def forms_of(text: str, url: str) -> tuple[Form, ...]:
    """Return the forms of a page that came from a URL."""
    reader = _Forms(url)
    reader.feed(text)
    return tuple(reader.forms)
