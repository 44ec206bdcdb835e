"""From exchanges to what a citizen did: redirects folded into their request, requests gathered into actions."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote, urljoin, urlsplit

from scenarios.imports.recording.har import Recorded
from scenarios.imports.recording.markup import Form, forms_of
from scenarios.journey import RESERVED
from scenarios.swarm.answer import Answer
from scenarios.swarm.browser.redirects import REDIRECTS

ACTION_S = 1.0
"""A request that follows after so long a pause without a new page is taken for another action (assumed)."""


@dataclass(frozen=True)
class Exchange:
    """A request that a step makes: the first recorded one and, with redirects, those that the browser made of it."""

    place: int
    hops: tuple[Recorded, ...]

    @property
    def first(self) -> Recorded:
        """The request that the step makes itself."""
        return self.hops[0]

    @property
    def last(self) -> Recorded:
        """The one whose answer the step sees."""
        return self.hops[-1]

    @cached_property
    def answer(self) -> Answer:
        """What a step would have been sent."""
        earlier = tuple(_answer(hop, b"") for hop in self.hops[:-1])
        return _answer(self.last, self.last.text.encode(), earlier)

    @cached_property
    def forms(self) -> tuple[Form, ...]:
        """The forms of the page, their actions as paths."""
        return forms_of(self.last.text, self.last.sent.url.geturl()) if "<form" in self.last.text.lower() else ()


def _answer(hop: Recorded, body: bytes, earlier: tuple[Answer, ...] = ()) -> Answer:
    url = hop.sent.url
    return Answer(hop.status, url.path or "/", body, hop.headers, url.query, earlier)


@dataclass(frozen=True)
class Action:
    """What a citizen did at once: its name as a step, its exchanges, and the pause before it in seconds."""

    name: str
    exchanges: tuple[Exchange, ...]
    pause_s: float


@dataclass
class Kept:
    """What of a recording is played, and why the rest is not: counted by reason."""

    recorded: list[Recorded]
    left_out: Counter[str] = field(default_factory=Counter)


def main_origin(recorded: Sequence[Recorded]) -> str:
    """Return host and port of the portal: those of the first page."""
    return next((each for each in recorded if each.kind == "page"), recorded[0]).sent.origin


def keep(recorded: Iterable[Recorded], origin: str, *, drop_foreign: bool, drop_static: bool) -> Kept:
    """Leave out what is not asked for, and what no step could play."""
    kept = Kept([])
    for each in recorded:
        if each.status <= 0:
            why = "without an answer: cancelled, or refused by the browser"
        elif each.sent.method == "OPTIONS" and "access-control-request-method" in each.sent.headers:
            why = "a browser's own question before a request to another host (CORS)"
        elif drop_foreign and each.sent.origin != origin:
            why = f"to another host: {each.sent.origin}"
        elif drop_static and each.kind == "static":
            why = "a page's resource: style, script, picture, font"
        else:
            kept.recorded.append(each)
            continue
        kept.left_out[why] += 1
    return kept


def fold(recorded: Sequence[Recorded]) -> list[Exchange]:
    """Fold what a redirect led to into the request that it answered."""
    chains: list[list[Recorded]] = []
    waiting: dict[str, list[Recorded]] = {}
    for each in recorded:
        chain = waiting.pop(each.sent.url.geturl(), None)
        if chain is None:
            chain = []
            chains.append(chain)
        chain.append(each)
        location = each.headers.get("location")
        if each.status in REDIRECTS and location:
            waiting[_absolute(each, location)] = chain
    return [Exchange(place, tuple(chain)) for place, chain in enumerate(chains)]


def _absolute(each: Recorded, location: str) -> str:
    return urlsplit(urljoin(each.sent.url.geturl(), location))._replace(fragment="").geturl()


def actions(exchanges: Sequence[Exchange]) -> tuple[Action, ...]:
    """Gather exchanges into actions: a page that the citizen went to begins one, and a request after a pause."""
    groups: list[list[Exchange]] = []
    for each in exchanges:
        end_s = max((before.last.end_s for before in groups[-1]), default=0.0) if groups else 0.0
        later = each.first.begin_s - end_s >= ACTION_S
        if not groups or (each.first.navigation and (each.first.by_hand or later)) or later:
            groups.append([])
        groups[-1].append(each)
    names, found, end_s = set[str](), list[Action](), 0.0
    for group in groups:
        name = _unused(step_name(group[0].first.sent.method, group[0].first.sent.url.path), names)
        pause_s = max(0.0, group[0].first.begin_s - end_s) if found else 0.0
        found.append(Action(name, tuple(group), pause_s))
        end_s = max(each.last.end_s for each in group)
    return tuple(found)


def step_name(method: str, path: str) -> str:
    """Return a step's name for a request: the words of its path, without parts that hold digits."""
    words = [word for part in unquote(path).split("/") if not re.search(r"\d", part) for word in _words(part)]
    name = "_".join(words) or "home"
    if method != "GET" or name in RESERVED or not name[0].isalpha():
        name = f"{method.lower()}_{name}"
    return name


def _words(part: str) -> list[str]:
    plain = unicodedata.normalize("NFD", part.replace("đ", "d").replace("Đ", "d"))
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", plain).encode("ascii", "ignore").decode()
    return [word for word in re.split(r"[^a-z]+", plain.rpartition(".")[0].lower() or plain.lower()) if word]


def _unused(name: str, names: set[str]) -> str:
    """Return a name, numbered where it is taken, and take it."""
    number, free = 1, name
    while free in names:
        number += 1
        free = f"{name}_{number}"
    names.add(free)
    return free
