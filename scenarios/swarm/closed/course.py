"""One session of a closed workload: its journey, step by step, over locust's own wire."""

from time import perf_counter_ns

import gevent
from locust import FastHttpUser
from locust.contrib.fasthttp import FastHttpSession
from locust.event import EventHook
from locust.exception import LocustError

from cutover.base.clock import SECOND_NS
from scenarios.sessions import Session
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Ask, OneTimeCode, Pause, Request
from scenarios.swarm.browser.encoding import Fields, encode
from scenarios.swarm.browser.origins import Origin
from scenarios.swarm.browser.redirects import REDIRECTS, REDIRECTS_FOLLOWED, redirected
from scenarios.swarm.closed.played import Played
from scenarios.swarm.failures import StepFailed


class OutOfTime(Exception):
    """The step's time limit passed."""


class Course:
    """One session of a user."""

    def __init__(self, user: FastHttpUser, played: Played, session: Session) -> None:
        self._user, self._played, self._session, self._walk = user, played, session, played.walk
        self._client = FastHttpSession(
            base_url=None,
            request_event=EventHook(),  # exchanges are parts of a step, which is told as a whole
            user=user,
            insecure=user.insecure,
            ssl_context_factory=user.ssl_context_factory,
            network_timeout=user.network_timeout,
            connection_timeout=user.connection_timeout,
            max_redirects=0,
            max_retries=0,
        )
        self._headers, self._visit = played.headers(session), played.visit(session)
        self._received = 0

    def close(self) -> None:
        """Let go of its connections."""
        self._client.client.clientpool.close()

    def play(self) -> None:
        """Play the journey from its first step on, until it ends or a step is not ok."""
        walk, journey, number = self._walk, self._session.journey, self._session.number
        steps = walk.journeys[journey].steps
        index: int | None = 0
        ordinal = 0
        while index is not None:
            gevent.sleep(walk.think_ns(journey, index, number, ordinal) / SECOND_NS)
            if not self._step(steps[index].name, steps[index].limit_s):
                return
            index = walk.following(journey, index, number, ordinal)
            ordinal += 1

    def _step(self, name: str, limit_s: float) -> bool:
        """Play a step and tell locust of it; return whether all went well."""
        began_ns, self._received = perf_counter_ns(), 0
        error: Exception | None = None
        try:
            with gevent.Timeout(limit_s, OutOfTime(f"the step's limit of {limit_s:g} s passed")):
                self._exchanges(name)
        except (StepFailed, OutOfTime, LocustError, OSError) as failure:
            error = failure
        except Exception as failure:  # noqa: BLE001 # an engineer's step may raise anything: it fails, and says why
            error = StepFailed(f"the step's own code: {type(failure).__name__}: {failure}")
        self._user.environment.events.request.fire(
            request_type="STEP",
            name=name,
            response_time=(perf_counter_ns() - began_ns) / 1e6,
            response_length=self._received,
            exception=error,
            context=self._user.context(),
        )
        return error is None

    def _exchanges(self, name: str) -> None:
        asks = self._played.prepared.steps[name](self._visit)
        answer: Answer | None = None
        while True:
            try:
                ask = asks.send(answer)  # type: ignore[arg-type] # None starts a generator
            except StopIteration:
                return
            answer = self._answer(ask)

    def _answer(self, ask: Ask) -> Answer:
        if isinstance(ask, Pause):
            gevent.sleep(ask.seconds)
            return Answer(200, "", b"")
        if isinstance(ask, OneTimeCode):
            raise StepFailed("a closed workload has no supplies: no accounts, feeds or one-time codes")
        answer = self._asked(ask)
        self._visit.answered = answer.status
        return answer

    def _asked(self, ask: Request) -> Answer:
        """Send a request and follow its redirects inside the allowed hosts."""
        method, path, fields, body = encode(ask)
        host, origins = getattr(ask, "host", None), self._played.origins
        origin = origins.target if host is None else origins.named(host)
        earlier: tuple[Answer, ...] = ()
        while True:
            answer = self._sent(method.decode(), origin, path, fields, body, earlier)
            location = answer.headers.get("location")
            if answer.status not in REDIRECTS or location is None:
                return answer
            if len(earlier) == REDIRECTS_FOLLOWED:
                raise StepFailed(f"{answer.path} redirects more than {REDIRECTS_FOLLOWED} times")
            before, (origin, path) = origin, origins.redirected(origin, path, location.encode())
            earlier = (*earlier, answer)
            elsewhere = origin is not before
            method, fields, body = redirected(answer.status, method, fields, body, elsewhere=elsewhere)

    def _sent(
        self, method: str, origin: Origin, path: bytes, fields: Fields, body: bytes, earlier: tuple[Answer, ...]
    ) -> Answer:
        target = path.decode("ascii")
        answer = self._client.request(
            method,
            f"{origin.url.decode()}{target}",
            data=None if method == "GET" else body,  # type: ignore[arg-type] # bytes go as they are
            headers={**self._headers, **{name.decode(): value.decode() for name, value in fields}},
            allow_redirects=False,
        )
        if answer.status_code == 0:
            raise getattr(answer, "error", None) or StepFailed(f"{target} was not answered")
        content = answer.content or b""
        self._received += len(content)
        headers: dict[str, str] = {}
        for name, value in (answer.headers or {}).items():
            known, key = headers.get(name.lower()), name.lower()
            joint = "\n" if key == "set-cookie" else ", "
            headers[key] = value if known is None else f"{known}{joint}{value}"
        path_only, _, query = target.partition("?")
        return Answer(answer.status_code, path_only, content, headers, query, earlier)
