"""An answer as the wire hands it on."""

from collections.abc import Mapping
from functools import cached_property

from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.head import NO_HEAD, Head


class Fetched(Answer):
    """An answer whose headers are read when somebody asks for them; `target` is the request target it came from."""

    def __init__(self, status: int, target: bytes, body: bytes, head: Head, earlier: tuple[Answer, ...] = ()) -> None:
        own = self.__dict__  # a frozen dataclass's own way of setting costs as much as the rest of an exchange
        own["status"], own["body"], own["earlier"], own["_head"] = status, body, earlier, head
        path, _, own["query"] = target.decode("ascii").partition("?")
        own["path"] = path

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """The header fields by lower-case name; see Answer."""
        headers: dict[str, str] = {}
        for raw_name, raw_value in raw_head(self).fields:
            name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
            if name in headers:
                value = f"{headers[name]}{chr(10) if name == 'set-cookie' else ', '}{value}"
            headers[name] = value
        return headers


def raw_head(answer: Answer) -> Head:
    """Return an answer's head as it came."""
    found: Head = answer.__dict__.get("_head", NO_HEAD)
    return found
