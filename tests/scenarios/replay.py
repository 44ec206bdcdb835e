"""Steps played over a plain HTTP client, one session at a time: what any wire must do, in a few lines."""

from collections.abc import Generator, Mapping
from types import MappingProxyType
from urllib.parse import urljoin, urlsplit

import httpx2 as httpx

from fixtures.population import Population
from scenarios.run_keys import RunKeys
from scenarios.steps import Answer, Get, OneTimeCode, Pause, Post, Send
from scenarios.swarm.visit import Visit

REDIRECTS = (301, 302, 303, 307, 308)
POPULATION = Population(1)
KEYS = RunKeys("run-of-a-test")


def new_visit(session: int = 5, **more: object) -> Visit:
    return Visit(session, session, POPULATION.citizen, KEYS, 1, **more)


class Browser:
    """One citizen's browser: cookies of its own, redirects followed; `asked` lists the requests of steps."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20, verify=False)
        self.asked: list[Get | Post | Send] = []

    def play(self, steps: Mapping[str, object], names: list[str], visit: Visit) -> None:
        for name in names:
            self.step(steps[name](visit), visit)

    def step(self, exchanges: Generator, visit: Visit) -> None:
        """Drive one step to its end."""
        try:
            ask = next(exchanges)
            while True:
                ask = exchanges.send(self.answer(ask, visit))
        except StopIteration:
            return

    def answer(self, ask: object, visit: Visit) -> Answer:
        if isinstance(ask, OneTimeCode):
            return Answer(200, "", visit.supplied.code(ask.to, visit.session).encode())
        if isinstance(ask, Pause):
            return Answer(200, "", b"")
        self.asked.append(ask)
        return self._follow(self._http.build_request(*_request(ask)[0], **_request(ask)[1]))

    def _follow(self, request: httpx.Request) -> Answer:
        earlier: list[Answer] = []
        while True:
            answer = self._http.send(request)
            location = answer.headers.get("location")
            if answer.status_code not in REDIRECTS or location is None:
                return _answer(answer, answer.content, tuple(earlier))
            earlier.append(_answer(answer, b"", ()))
            target = urljoin(str(answer.url), location)
            assert urlsplit(target).netloc == urlsplit(str(answer.url)).netloc, "never to another host"
            method = request.method if answer.status_code in (307, 308) else "GET"
            request = self._http.build_request(method, target)

    def close(self) -> None:
        self._http.close()


def _request(ask: Get | Post | Send) -> tuple[tuple[str, str], dict[str, object]]:
    if isinstance(ask, Get):
        return ("GET", ask.target), {}
    if isinstance(ask, Send):
        return (ask.method, ask.target), {"headers": dict(ask.headers), "content": ask.body}
    more: dict[str, object] = {"data": dict(ask.form), "headers": dict(ask.headers)}
    if ask.files:
        more["files"] = [(field, (name, content, kind)) for field, name, kind, content in ask.files]
    return ("POST", ask.path), more


def _answer(answer: httpx.Response, body: bytes, earlier: tuple[Answer, ...]) -> Answer:
    headers: dict[str, str] = {}
    for name, value in answer.headers.multi_items():
        glue = "\n" if name.lower() == "set-cookie" else ", "
        headers[name.lower()] = f"{headers[name.lower()]}{glue}{value}" if name.lower() in headers else value
    url = answer.url
    return Answer(answer.status_code, url.path, body, MappingProxyType(headers), url.query.decode(), earlier)
