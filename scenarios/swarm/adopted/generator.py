"""A generator that plays a locustfile: the same messages as any other's (see `scenarios/swarm/generator/generator.py`).

Steps are the requests that the locustfile makes; journeys are not played. Receipts and samples there are none.
"""

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gevent
import locust
from gevent.event import Event
from locust.env import Environment

from cutover.base.clock import SECOND_NS
from reports.recorder import Recorder
from scenarios.sessions import Session, Sessions
from scenarios.swarm.adopted.clock import GreenletClock
from scenarios.swarm.adopted.guard import Guard
from scenarios.swarm.adopted.player import Adopted
from scenarios.swarm.adopted.telling import counters_as_told, lags_ns, lines_as_told
from scenarios.swarm.adopted.users import Users, read_users
from scenarios.swarm.generator.hearing import Hearing, Tell
from scenarios.swarm.generator.play import GRACE_NS, LEASE_GRACE_NS, STOP_GRACE_NS
from scenarios.swarm.generator.prepared import identity_of
from scenarios.swarm.generator.stream import Lease, Stream
from scenarios.swarm.generator.visitors import trace_of
from scenarios.swarm.generator.vital import Vital
from scenarios.swarm.identification import identification
from scenarios.swarm.order import Order
from scenarios.swarm.permission import permit
from scenarios.swarm.target.secret import Secret
from scenarios.swarm.target.supplies import read_supplies
from scenarios.target import Target, named_host

ARRIVE = "arrive"
"""The step of a session that was skipped: what its user would have asked for first is not known."""

BEAT_S = 0.02
WAIT_S = 0.05


class AdoptedGenerator(Hearing):
    """One run from order to end; `ended` is set when nothing more will come."""

    def __init__(self, tell: Tell) -> None:
        self.ended = Event()
        super().__init__(tell, self.ended)
        self._order: Order | None = None
        self._secrets: Mapping[str, Secret] = {}
        self._run: _Run | None = None

    def _prepare_told(self, message: Mapping[str, Any]) -> None:
        order = self._order = Order.of_message(message["order"])
        scenario = order.read()
        target, _ = permit(order, ())
        supplies = None if order.supplies is None else read_supplies(Path(order.supplies))
        self._secrets = {} if supplies is None else supplies.headers
        self._seed = scenario.file.seed
        self._sessions = order.sessions(scenario)
        self._sessions.columns(0.0, 1e-6)  # which compiles what it needs before the clock starts
        Guard((target.host, *(named_host(text)[0] for text in order.allowed))).install()
        self._users = _users(str(order.locustfile), target)
        self._tell({"kind": "ready", **identity_of(order, scenario, supplies)})

    def _begin_told(self, message: Mapping[str, Any]) -> None:
        assert self._order is not None, "`begin` follows `prepare`"
        clock = GreenletClock(int(message["origin_ns"]))
        headers = dict(identification(self._order, self._secrets).headers)
        self._run = _Run(self._order, self._sessions, self._users, self._seed, clock, headers, self._tell, self._done)

    def _lease_told(self, message: Mapping[str, Any]) -> None:
        assert self._run is not None, "`lease` follows `begin`"
        self._run.lease(Lease.of_message(message))

    def _cast_told(self, _: Mapping[str, Any]) -> None:
        """Take no accounts: a locustfile has its own."""

    def _stop_told(self, _: Mapping[str, Any]) -> None:
        if self._run is None:
            self._done(0)
        else:
            self._run.stop()

    def _done(self, begun: int) -> None:
        self._tell({"kind": "done", "begun": begun, "achieved": {"sessions": begun}})
        self.ended.set()


def _users(text: str, target: Target) -> Users:
    """Load a locustfile from its text, as it travelled."""
    with tempfile.TemporaryDirectory(prefix="cutover-") as folder:
        path = Path(folder) / "locustfile.py"
        path.write_text(text, encoding="utf-8")
        return read_users(path, target.url)


class _Run:
    """The schedule as far as the lease goes, a greenlet a session, and every second what was recorded."""

    def __init__(
        self,
        order: Order,
        sessions: Sessions,
        users: Users,
        seed: int,
        clock: GreenletClock,
        headers: dict[str, str],
        tell: Tell,
        done: Callable[[int], None],
    ) -> None:
        self._sessions, self._clock, self._tell, self._done = sessions, clock, tell, done
        self._late_ns, self._most = round(order.late_limit_s * SECOND_NS), order.most_sessions
        self._environment = Environment(user_classes=list(users.classes), events=locust.events, host=order.url)
        self._environment.create_local_runner()
        self._recorder = Recorder(1.0)
        self._stage = Adopted(
            self._environment, users, seed, clock, self._recorder, headers, lambda n: trace_of(order.run, n)
        )
        self._stream: Stream | None = None
        self._until_ns, self._has_dropped = -1, False
        self._begun: list[int] = []
        self._started = self._second = 0
        self._loop_ns = 0
        self._vital = Vital()
        self._stop_ns: int | None = None
        self._environment.events.test_start.fire(environment=self._environment)
        self._greenlets = [gevent.spawn(each) for each in (self._keep_schedule, self._keep_seconds, self._feel_loop)]

    def lease(self, lease: Lease) -> None:
        """Go on under a new lease."""
        self._until_ns, self._has_dropped = lease.until_ns, False
        if self._stream is None:
            self._stream = Stream(self._sessions, lease)
        else:
            self._stream.follow(lease)

    def stop(self) -> None:
        """Start nothing more, and end within a second."""
        self._stop_ns = self._clock.now_ns() + STOP_GRACE_NS

    def _keep_schedule(self) -> None:
        """Start each session at its instant while there is a lease; end when the schedule or the run has."""
        clock = self._clock
        while not self._is_over():
            stream, now_ns = self._stream, clock.now_ns()
            if self._until_ns >= 0 and now_ns > self._until_ns + LEASE_GRACE_NS and self._stop_ns is None:
                self._drop()
            instant_ns = None if stream is None or self._stop_ns is not None else stream.peek_ns()
            if stream is None or instant_ns is None or instant_ns > now_ns or now_ns > self._until_ns:
                soon_ns = now_ns + round(WAIT_S * SECOND_NS)
                clock.sleep_until(soon_ns if instant_ns is None else min(soon_ns, max(instant_ns, now_ns + 1)))
                continue
            session, played_ns = stream.take()
            self._start(session._replace(instant_ns=played_ns), now_ns)
        self._end()

    def _drop(self) -> None:
        """Drop all sessions, once: others have this share by now."""
        if not self._has_dropped:
            self._has_dropped = True
            self._event("lease lost", sessions=len(self._stage.in_progress))
            self._stage.drop()

    def _start(self, session: Session, now_ns: int) -> None:
        if now_ns - session.instant_ns > self._late_ns or self._started == self._most:
            self._recorder.offered(ARRIVE, session.instant_ns)
            self._recorder.step(ARRIVE, "skipped", session.number, 0, session.instant_ns, now_ns, now_ns)
            return
        self._started += 1
        self._begun.append(session.number)
        self._recorder.session(session.instant_ns)
        self._stage.begin(session)

    def _is_over(self) -> bool:
        """Tell whether the run is over: its schedule and the grace after it, or after being told to stop."""
        now_ns = self._clock.now_ns()
        ends_ns = self._stop_ns
        if ends_ns is None and self._stream is not None and now_ns >= self._stream.ends_ns:
            ends_ns = self._stream.ends_ns + GRACE_NS
        return ends_ns is not None and (now_ns >= ends_ns or not self._stage.in_progress)

    def _end(self) -> None:
        self._stage.close()
        self._environment.events.test_stop.fire(environment=self._environment)
        for greenlet in self._greenlets[1:]:
            greenlet.kill()
        self._tell_second(float("inf"))
        for reason, count in self._stage.errors.items():
            self._event("user failed", reason=reason, count=count)
        if self._stage.names.beyond:
            self._event("too many names", requests=self._stage.names.beyond, remedy="give them name= in the locustfile")
        self._event("steps", requests=self._stage.names.requests)
        self._done(self._started)

    def _event(self, event: str, **details: Any) -> None:
        self._tell({"kind": "event", "t": self._clock.now_ns() / SECOND_NS, "event": event, **details})

    def _keep_seconds(self) -> None:
        while True:
            self._clock.sleep_until((self._second + 1) * SECOND_NS + round(BEAT_S * SECOND_NS))
            self._tell_second(float(self._second + 1))

    def _tell_second(self, before_s: float) -> None:
        second, closed = self._second, self._recorder.drain(before_s)
        self._second += 1
        loop_ns, self._loop_ns = self._loop_ns, 0
        begun, self._begun = self._begun, []
        signs = {"loop_max_ns": loop_ns, "sockets": 0, "in_progress": len(self._stage.in_progress)}
        self._tell(
            {
                "kind": "second",
                "n": second,
                "lines": lines_as_told(closed),
                "counters": counters_as_told(closed),
                "begun": begun,
                "ended": self._stage.let_go(),
                "open": [],
                "connections": [],
                "in_progress": len(self._stage.in_progress),
                "vital": {**self._vital.look(), **lags_ns(closed, second), **signs},
            }
        )

    def _feel_loop(self) -> None:
        """Measure how late greenlets wake."""
        while True:
            due_ns = self._clock.now_ns() + round(BEAT_S * SECOND_NS)
            self._clock.sleep_until(due_ns)
            self._loop_ns = max(self._loop_ns, self._clock.now_ns() - due_ns)
