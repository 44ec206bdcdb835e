"""Plays sessions with users of a locustfile: each request a step, from the instant at which it was meant.

The first request of a session is meant at the session's instant; one after a pause of the user (`wait_time`) at the end
of that pause, any other when it is sent. A user's own sleeps are no pauses: they are not seen.
"""

import types
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import gevent
from gevent.pool import Group
from locust import User
from locust.exception import StopTest, StopUser

from cutover.base.clock import SECOND_NS
from scenarios.sessions import Session
from scenarios.swarm.adopted.cycle import Cycle
from scenarios.swarm.adopted.naming import StepNames
from scenarios.swarm.adopted.users import Users
from scenarios.swarm.checks import BUSY, TOO_MANY

if TYPE_CHECKING:
    from locust.env import Environment

MILLISECOND_NS = 1_000_000
CONTEXT = "_cutover"
KILL_WITHIN_S = 0.5
"""A user's `on_stop` may take so long when the run ends (assumed)."""


class Times(Protocol):
    """Scenario time, as the swarm's clock has it."""

    def now_ns(self) -> int:
        """Return the scenario time now."""

    def sleep_until(self, instant_ns: int) -> None:
        """Let other greenlets run until an instant."""


class Observer(Protocol):
    """What takes note of steps: a `reports.recorder.Recorder`."""

    def offered(self, step: str, intended_ns: int) -> None:
        """Count a step whose intended start has come."""

    def step(
        self, step: str, outcome: str, session: int, ordinal: int, intended_ns: int, sent_ns: int, end_ns: int
    ) -> None:
        """Record a step that has ended."""


@dataclass
class Adopted:
    """All sessions that are played with a locustfile's users in one process.

    `headers` go with every request, and a `traceparent` of the session's trace (32 hexadecimal digits).
    """

    environment: "Environment"
    users: Users
    seed: int
    clock: Times
    recorder: Observer
    headers: dict[str, str]
    trace_of: Callable[[int], str]
    names: StepNames = field(default_factory=StepNames)
    errors: dict[str, int] = field(default_factory=dict)
    in_progress: "dict[int, _Player]" = field(default_factory=dict)
    _players: Group = field(default_factory=Group)
    _ended: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.environment.events.request.add_listener(self._requested)

    def begin(self, session: Session) -> None:
        """Start a session whose instant has come, in a greenlet of its own."""
        player = self.in_progress[session.number] = _Player(self, session)
        self._players.spawn(player.play).link(lambda _: self._over(session.number))

    def _over(self, session: int) -> None:
        if self.in_progress.pop(session, None) is not None:
            self._ended.append(session)

    def let_go(self) -> list[int]:
        """Return the sessions that ended since the last call."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """Break off the sessions in progress, and record nothing more."""
        self.drop()
        self.environment.events.request.remove_listener(self._requested)

    def drop(self) -> None:
        """Break off the sessions in progress: what they have under way is unfinished."""
        for player in tuple(self.in_progress.values()):
            player.give_up()
        self._players.kill(timeout=KILL_WITHIN_S)
        for session in tuple(self.in_progress):
            self._over(session)

    def _requested(self, context: dict[str, Any] | None = None, **told: Any) -> None:
        """Take note of a request that locust tells of, whose session its context names."""
        player = (context or {}).get(CONTEXT) or getattr(gevent.getcurrent(), CONTEXT, None)
        if isinstance(player, _Player):
            player.requested(**told)

    def failed(self, reason: str) -> None:
        """Count what a user's code raised."""
        self.errors[reason] = self.errors.get(reason, 0) + 1


class _Player:
    """One session: a user of its own, from `on_start` to `on_stop`."""

    def __init__(self, stage: Adopted, session: Session) -> None:
        self._stage, self._session = stage, session
        self._due_ns: int | None = session.instant_ns
        self._open: dict[Any, tuple[str, str, int, int]] = {}
        self._ordinal = self._spans = 0

    def play(self) -> None:
        """Play the user's tasks once round."""
        setattr(gevent.getcurrent(), CONTEXT, self)
        user = self._user()
        cycle = user._taskset_instance = Cycle(user, self._think)
        user._state = "running"
        try:
            user.on_start()
            cycle.run()  # type: ignore[no-untyped-call] # locust's
        except (StopUser, StopTest, gevent.GreenletExit):
            user.on_stop()
        except Exception as error:  # noqa: BLE001 # a user's mistake ends its session, never the swarm
            self._stage.failed(f"{type(error).__name__}: {error}")

    def _user(self) -> User:
        drawn, player = self._stage.users.drawn(self._stage.seed, self._session.number), self

        def context(self: User) -> dict[str, Any]:
            return {**drawn.context(self), CONTEXT: player}

        names = {"context": context, "abstract": True}
        played: type[User] = types.new_class(drawn.__name__, (drawn,), exec_body=lambda body: body.update(names))
        user = played(self._stage.environment)
        client = getattr(user, "client", None)
        if callable(getattr(client, "request", None)):
            self._watch(client)
        return user

    def _watch(self, client: Any) -> None:
        """Note when each request of a client begins, and identify it."""
        send: Callable[..., Any] = client.request
        trace = self._stage.trace_of(self._session.number)
        insisted = {name.lower() for name in self._stage.headers} - {"user-agent"}

        def request(method: str, url: str, *args: Any, **more: Any) -> Any:
            self._spans += 1
            own = {"traceparent": f"00-{trace}-{self._spans:016x}-01", **dict(more.get("headers") or {})}
            more["headers"] = self._stage.headers | {name: own[name] for name in own if name.lower() not in insisted}
            now_ns = self._stage.clock.now_ns()
            due_ns, self._due_ns = self._due_ns, None
            intended_ns = now_ns if due_ns is None else due_ns
            name = str((args and args[0]) or more.get("name") or getattr(client, "request_name", None) or url)
            self._open[gevent.getcurrent()] = (method, name, intended_ns, now_ns)
            return send(method, url, *args, **more)

        client.request = request

    def _think(self, seconds: float) -> None:
        clock = self._stage.clock
        due_ns = clock.now_ns() + max(0, round(seconds * SECOND_NS))
        clock.sleep_until(due_ns)
        self._due_ns = due_ns

    def requested(
        self, request_type: str, name: str, response_time: float, exception: Any = None, response: Any = None, **_: Any
    ) -> None:
        """Record a request that is over; one of another client than locust's counts as sent when it was meant."""
        end_ns = self._stage.clock.now_ns()
        took_ns = round(response_time * MILLISECOND_NS)
        begun = self._open.pop(gevent.getcurrent(), None)
        if begun is None:
            due_ns, self._due_ns = self._due_ns, None
            sent_ns = end_ns - took_ns
            intended_ns = sent_ns if due_ns is None else min(due_ns, sent_ns)
        else:
            intended_ns, sent_ns = begun[2:]
        self._record(request_type, name, outcome_of(exception, response), intended_ns, sent_ns, sent_ns + took_ns)

    def give_up(self) -> None:
        """Record what is under way as unfinished."""
        for method, name, intended_ns, sent_ns in self._open.values():
            self._record(method, name, "unfinished", intended_ns, sent_ns, self._stage.clock.now_ns())
        self._open.clear()

    def _record(self, method: str, name: str, outcome: str, intended_ns: int, sent_ns: int, end_ns: int) -> None:
        step, recorder = self._stage.names.step(method, name), self._stage.recorder
        recorder.offered(step, intended_ns)
        recorder.step(step, outcome, self._session.number, self._ordinal, intended_ns, sent_ns, end_ns)
        self._ordinal += 1


def outcome_of(exception: Any, response: Any) -> str:
    """Return how a request ended, in the design's words."""
    status = getattr(response, "status_code", None)
    if status in (BUSY, TOO_MANY):
        return "rejected" if status == BUSY else "blocked"
    if exception is None:
        return "ok"
    cause = getattr(exception, "original", None) or exception  # geventhttpclient wraps it when it gives up
    kinds = {each.__name__ for each in type(cause).__mro__}
    return "timed_out" if kinds & {"Timeout", "TimeoutError"} else "failed"
