"""What comes back for an ask, with all that steps of any portal may take from it."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field

from scenarios.swarm.asks import OneTimeCode, Pause, Send
from scenarios.swarm.exchanges import Get, Page, Post

Ask = Get | Post | Send | Pause | OneTimeCode


@dataclass(frozen=True)
class Answer(Page):
    """A page with its headers, the query of its address, and the redirects that led to it.

    `headers` has names in small letters; one that came twice is joined by `, `, `set-cookie` by line ends. `earlier`
    holds an answer without a body for each redirect followed, in order.
    """

    headers: Mapping[str, str] = field(default_factory=dict)
    query: str = ""
    earlier: tuple["Answer", ...] = ()


Asking = Generator[Ask, Answer, None]
