"""The conductor: drives a coordinator with real clocks and messages, and does what it wants done.

All that reaches the coordinator goes through one queue and one greenlet, so that it sees one thing after the other.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import gevent
from gevent.event import Event
from gevent.queue import Empty, Queue

from cutover.base.clock import SECOND_NS
from cutover.base.errors import BadInput, CutoverError, InvalidRun
from reports.hlog import Line
from reports.stops import TARGET_RESTARTED
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.conduct.books import Books, Ending
from scenarios.swarm.conduct.brief import Brief
from scenarios.swarm.conduct.coordinator import Coordinator, Phase
from scenarios.swarm.conduct.decided import Decided
from scenarios.swarm.conduct.effects import Begun, Effect, Failed, Found, Lost, Message, Note, Over, Report, Send
from scenarios.swarm.conduct.guest import Guest
from scenarios.swarm.conduct.member import Member
from scenarios.swarm.conduct.metrics_page import MetricsPage
from scenarios.swarm.conduct.target_cpu import TargetCpu, size_told
from scenarios.swarm.conduct.target_watch import TargetWatch
from scenarios.swarm.conduct.terms import DONE_WITHIN_NS, GRACE_NS, TICK_NS, Begins, Terms, soon
from scenarios.swarm.conduct.together import Together
from scenarios.swarm.generator.pace import NEVER
from scenarios.swarm.order import Order
from scenarios.swarm.target.casting import CastDesk
from scenarios.target import is_loopback
from scenarios.volume import busiest_per_s

PATH = "/metrics"
"""Where the stand-in portal tells of itself."""

STOPPED_WITHIN_S = 6.0
"""Stopping takes 1 s, and missing who does not answer 3 s more."""

Deed = Callable[[int], list[Effect]]
What = TypeVar("What")


class Link(Protocol):
    """The way to the workers."""

    def send(self, address: str, message: Message) -> None:
        """Send a message; one to an address where nobody is any more is lost."""

    def present(self) -> list[Guest]:
        """Return who has been greeted."""


class Conductor:
    """One run; `begin` it, then wait for `over`. `feed` is given each second's response lines."""

    def __init__(
        self,
        brief: Brief,
        link: Link,
        feed: Callable[[tuple[Line, ...]], None],
    ) -> None:
        self._brief, self._link, self._feed = brief, link, feed
        self._queue: Queue[Deed] = Queue()
        self._cores: dict[str, int] = {}
        self._begun_or_failed, self.over = Event(), Event()
        self._failed: CutoverError | None = None
        self._books: Books | None = None
        path = brief.target_metrics
        self._target = TargetWatch(TargetCpu(_page(brief, path)), self._restarted) if path else None
        self._size = self._target.size if self._target is not None else _size_of(brief)
        cast = brief.prepared.supplies.cast if brief.prepared.supplies is not None else None
        self._desk = CastDesk(len(cast)) if cast is not None else None
        terms = Terms(
            order=brief.order.to_message(),
            identity=brief.identity,
            duration_ns=round(brief.sessions.duration_s * SECOND_NS),
            workers=brief.workers,
            begins=_begins(brief.order),
            wall_ns=time.time_ns() - time.monotonic_ns(),
        )
        self._coordinator = Coordinator(terms, time.monotonic_ns())

    def begin(self) -> None:
        """Gather the workers and begin; return when the origin is set. Raises the error of who could not."""
        for guest in self._link.present():
            self.joined(guest)
        gevent.spawn(self._conduct).link_exception(self._broke)
        self._begun_or_failed.wait()
        if self._failed is not None:
            raise self._failed

    def joined(self, guest: Guest) -> None:
        """Take in a worker that has been greeted."""
        self._cores[guest.address] = guest.cores
        self._queue.put(partial(self._coordinator.join, guest.address, guest.host))

    def heard(self, address: str, message: Message) -> None:
        """Take a worker's message."""
        self._queue.put(partial(self._coordinator.heard, address, message))

    @property
    def most_factor(self) -> float:
        """The greatest factor of the schedule's pace that keeps to the scenario's cap on the rate of sessions."""
        scenario = self._brief.scenario
        busiest = busiest_per_s(scenario, self._brief.sessions)
        return scenario.file.swarm.max_sessions_per_s / busiest if busiest else float("inf")

    def change_pace(self, factor: float) -> None:
        """Let the schedule pass so many times as fast, from 3 s on; 0 is a pause."""
        self._queue.put(partial(_later, self._coordinator.change_pace, factor))

    def decide(self, decided: Decided) -> None:
        """End the run: its budgets are decided."""
        self._queue.put(partial(_later, self._decide, decided))

    def stop(self, reason: str) -> None:
        """Stop the run and wait until it is closed."""
        self._queue.put(lambda now_ns: self._coordinator.stop(now_ns, reason))
        self.over.wait(STOPPED_WITHIN_S)

    def status(self) -> dict[str, Any]:
        """Return the run as it stands, for people and machines that watch it."""
        coordinator, books, now_ns = self._coordinator, self._books, time.monotonic_ns()
        run_s, end_ns = coordinator.leases.run_ns(now_ns) / SECOND_NS, coordinator.leases.end_ns
        factor = next((f for at, f in reversed(coordinator.leases.changes) if at <= run_s * SECOND_NS), 1.0)
        figures = books.live.figures(run_s) if books is not None else {}
        sessions = {"planned": books.planned if books is not None else 0, **figures.pop("sessions", {})}
        sessions["in_progress"] = sum(len(member.open) for member in coordinator.members.playing)
        return {
            "schema": 1,
            "run": str(self._brief.folder),
            "state": coordinator.phase.name.lower(),
            "t": run_s,
            "ends_s": None if end_ns == NEVER else end_ns / SECOND_NS,
            "factor": factor,
            "sessions": sessions,
            **figures,
            "workers": [
                {
                    "worker": member.number,
                    "host": member.host,
                    "state": member.state.name.lower(),
                    "reported_s": member.reported_ns / SECOND_NS,
                    "in_progress": len(member.open),
                    **(books.live.vitals.get(member.number, {}) if books is not None else {}),
                }
                for member in coordinator.members
            ],
        }

    # the one greenlet

    def _conduct(self) -> None:
        looked_ns = 0
        while self._coordinator.phase is not Phase.OVER:
            deed = self._next(looked_ns + TICK_NS - time.monotonic_ns())
            if deed is not None:
                self._do(deed(time.monotonic_ns()))
            if time.monotonic_ns() - looked_ns >= TICK_NS:
                looked_ns = time.monotonic_ns()
                self._do(self._coordinator.tick(looked_ns))
                self._look()

    def _next(self, within_ns: int) -> Deed | None:
        try:
            return self._queue.get(timeout=max(0.0, within_ns / SECOND_NS))
        except Empty:
            return None

    def _broke(self, greenlet: Any) -> None:
        """Close the run as interrupted when a bug of ours ends the greenlet; before the begin, fail with it."""
        self._failed = self._failed or InvalidRun(f"the coordinator broke off: {greenlet.exception!r}")
        if self._books is not None:
            self._books.found(f"The coordinator broke off: {greenlet.exception!r}.")
            self._close(finished=False)
        self._begun_or_failed.set()
        self.over.set()

    def _look(self) -> None:
        """Write what is ready to be written; stop when it must."""
        coordinator, books = self._coordinator, self._books
        if books is None or coordinator.phase is Phase.OVER:
            return
        run_ns = coordinator.leases.run_ns(time.monotonic_ns())
        reported_ns = min((member.reported_ns for member in coordinator.members.playing), default=run_ns)
        if self._target is not None and coordinator.phase is Phase.PLAYING:
            reported_ns = min(reported_ns, self._target.seen_s * SECOND_NS)
        ending = books.write(run_ns, reported_ns, coordinator.leases.pace, self._used_s)
        most_s = self._brief.scenario.file.swarm.max_s
        if run_ns > most_s * SECOND_NS + GRACE_NS + DONE_WITHIN_NS:  # it was paused, or slowed down
            ending = Ending(f"the cap on its duration was reached, swarm.max_s = {most_s:g}")
        if ending is not None:
            self._do(coordinator.stop(time.monotonic_ns(), ending.reason, finished=ending.is_by_rule))

    def _decide(self, decided: Decided, now_ns: int) -> list[Effect]:
        if self._coordinator.phase is not Phase.PLAYING:  # it has ended meanwhile: all that was played counts
            return []
        self._opened.decided(decided)
        return self._coordinator.stop(now_ns, decided.reason, finished=True)

    def _do(self, effects: list[Effect]) -> None:
        for effect in effects:
            if self._failed is None or isinstance(effect, Send):
                self._do_one(effect)

    def _do_one(self, effect: Effect) -> None:
        match effect:
            case Send(address, message):
                self._link.send(address, message)
            case Begun(origin_ns, started):
                self._open(origin_ns, started)
            case Failed(exit_code, words):
                self._fail(exit_code, words)
            case Note(at_ns, event, details):
                self._noted(at_ns, event, details)
            case Report(worker, message):
                self._reported(self._member(worker), message)
            case Lost():
                self._lost(effect)
            case Found(finding):
                self._opened.found(finding)
            case Over(finished):
                self._close(finished=finished)

    @property
    def _opened(self) -> Books:
        assert self._books is not None, "a run that has begun has books"
        return self._books

    def _member(self, number: int) -> Member:
        return self._coordinator.members[number]

    def _open(self, origin_ns: int, started: Any) -> None:
        """Make the run's folder; when that cannot be, nobody plays."""
        try:
            self._books = Books(self._brief, started, self._feed, self._size)
            self._brief.order.keep(self._brief.folder)
        except BadInput as error:
            self._do([*self._coordinator.cancel(), Failed(error.exit_code, str(error))])
            return
        if self._desk is not None:
            self._deal(self._desk.joined(*(member.number for member in self._coordinator.members)))
        if self._target is not None:
            gevent.spawn(self._target.watch, origin_ns, self.over.is_set)
        self._begun_or_failed.set()

    def _fail(self, exit_code: int, words: str) -> None:
        self._failed = CutoverError(words)
        self._failed.exit_code = exit_code
        self._begun_or_failed.set()
        self.over.set()

    def _noted(self, at_ns: int, event: str, details: Any) -> None:
        self._opened.event(at_ns / SECOND_NS, event, details)
        if self._desk is not None and event in ("worker joined", "worker returned") and details["from_s"] > 0:
            self._deal(self._desk.joined(details["worker"]))

    def _reported(self, member: Member, message: Message) -> None:
        if message["kind"] == "cast":
            if self._desk is not None:
                self._deal(self._desk.report(member.number, message))
            return
        self._opened.report(member, self._cores.get(member.address, 1), message)

    def _lost(self, lost: Lost) -> None:
        coordinator = self._coordinator
        self._opened.lost(lost, self._member(lost.worker), coordinator.leases.shares, coordinator.leases.pace)
        if self._desk is not None:
            self._deal(self._desk.lost(lost.worker))

    def _deal(self, messages: dict[int, dict[str, Any]]) -> None:
        for number, message in messages.items():
            self._link.send(self._member(number).address, message)

    def _close(self, *, finished: bool) -> None:
        leases, members = self._coordinator.leases, list(self._coordinator.members)
        self._opened.close("complete" if finished else "interrupted", members, leases.shares, leases.pace)
        self.over.set()

    def _restarted(self, at_s: float) -> None:
        if not self.over.is_set():
            self._opened.event(at_s, TARGET_RESTARTED, {})

    def _used_s(self, second: int) -> float | None:
        """Return the CPU seconds that the target used in a second; None where nobody knows."""
        return None if self._target is None else self._target.used_s(second)


def _begins(order: Order) -> Begins:
    """Return what finds the origin: at once, or with the run that takes turns with this one."""
    if order.together is None or order.arm is None:
        return soon
    return Together(Path(order.together), order.arm).origin_ns


def _page(brief: Brief, path: str) -> MetricsPage:
    network = NetworkOptions.of_message(brief.order.network)
    return MetricsPage(brief.target, path, brief.prepared.identification().headers, network)


def _size_of(brief: Brief) -> dict[str, int] | None:
    """Ask a stand-in portal how much it holds; one that is not on this machine is asked for nothing unasked."""
    return size_told(_page(brief, PATH)) if is_loopback(brief.target.host) else None


def _later(deed: Callable[[What, int], list[Effect]], what: What, now_ns: int) -> list[Effect]:
    return deed(what, now_ns)
