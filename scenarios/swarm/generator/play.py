"""The play: starts each session at its instant, as far as the lease goes, and tells every second what was recorded."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cutover.base.clock import SECOND_NS
from models.tally import fill_buckets
from reports.buckets import HALF_BITS, HIGHEST_TRACKABLE_NS
from scenarios.swarm.generator.agenda import Agenda
from scenarios.swarm.generator.hearing import Tell
from scenarios.swarm.generator.record import KINDS, lag_quantile_ns
from scenarios.swarm.generator.stage import Stage
from scenarios.swarm.generator.stream import Lease, Stream
from scenarios.swarm.generator.vital import Vital

TICK_NS = 20_000_000
"""How often citizens whose time is over are looked for; when they left is their limit, to the nanosecond."""

FOLD_TICKS = 5
"""What was noted is counted every so many ticks."""

TOGETHER = 32
"""Sessions started before answers that have come are looked at again."""

TELL_AFTER_NS = 20_000_000
BETWEEN_NS = 1_000_000
"""A second is told so long after its end, in pieces so far apart."""

GRACE_NS = 2 * SECOND_NS
"""Sessions in progress at the scenario's end may finish the step they are in. Assumed."""

STOP_GRACE_NS = 300_000_000
"""Steps in progress when a run is stopped may take so much longer. Assumed."""

LEASE_GRACE_NS = SECOND_NS
"""So long after its lease a generator without a new one drops its sessions: somebody else has its share by then."""


class Play:
    """One run of a stage's stream. `sockets` counts open connections; `done` is called once, when all has been told."""

    def __init__(
        self,
        stage: Stage,
        make_stream: Callable[[Lease], Stream],
        tell: Tell,
        done: Callable[[], None],
        *,
        late_limit_s: float,
        most_sessions: int | None = None,
        sockets: Callable[[], int] = lambda: 0,
    ) -> None:
        self._stage, self._make_stream, self._send, self._done = stage, make_stream, tell, done
        self._agenda: Agenda = stage.agenda
        self._late_ns, self._most, self._sockets = round(late_limit_s * SECOND_NS), most_sessions, sockets
        self._stream: Stream | None = None
        self._until_ns = -1
        self._awaited_ns: int | None = None
        self._ends_ns: int | None = None
        self._ticks = self._second = 0
        self._telling: Iterator[None] = iter(())
        self._vital = Vital()
        self._is_over = self._has_dropped = False

    def begin(self) -> None:
        """Begin to look at the clock; sessions start when there is a lease."""
        self._agenda.at(TICK_NS, self._tick)
        self._agenda.at(SECOND_NS + TELL_AFTER_NS, self._tell_second)

    def lease(self, lease: Lease) -> None:
        """Go on under a new lease."""
        if self._is_over or self._ends_ns is not None:
            return
        self._until_ns, self._has_dropped = lease.until_ns, False
        if self._stage.supplied is not None:
            self._stage.supplied.shelf.enter(lease.stay)
        if self._stream is None:
            self._stream = self._make_stream(lease)
        else:
            self._stream.follow(lease)
        self._await_next()

    def stop(self) -> None:
        """Start nothing more, and end within a second."""
        self._end_at(self._stage.clock.now_ns() + STOP_GRACE_NS)

    def _await_next(self) -> None:
        """Enter the next session into the agenda."""
        assert self._stream is not None, "there is a lease"
        instant_ns = self._stream.peek_ns()
        if instant_ns is not None and instant_ns != self._awaited_ns:
            self._awaited_ns = instant_ns
            self._agenda.at(instant_ns, self._start)

    def _start(self) -> None:
        """Start what is due, if the lease lasts."""
        stream, clock = self._stream, self._stage.clock
        self._awaited_ns = None
        if stream is None or self._ends_ns is not None:
            return
        for _ in range(TOGETHER):
            instant_ns, now_ns = stream.peek_ns(), clock.now_ns()
            if instant_ns is None or instant_ns > now_ns or now_ns > self._until_ns:
                break
            session, _ = stream.take()
            self._stage.record.count("planned", instant_ns)
            if now_ns - instant_ns > self._late_ns or self._stage.started == self._most:
                self._stage.skip(session, instant_ns)
            else:
                self._stage.play(session, instant_ns)
        if self._until_ns >= clock.now_ns():
            self._await_next()

    def _tick(self) -> None:
        """Let citizens whose time is over leave, count what was noted, and end the run when it is over."""
        stage, now_ns = self._stage, self._stage.clock.now_ns()
        self._ticks += 1
        stage.give_up(now_ns)
        if self._ticks % FOLD_TICKS == 0:
            stage.record.fold()
        if self._stream is not None and self._ends_ns is None and now_ns >= self._stream.ends_ns:
            self._end_at(self._stream.ends_ns + GRACE_NS)
        if self._ends_ns is not None and (now_ns >= self._ends_ns or not stage.players):
            self._end()
            return
        if self._until_ns >= 0 and now_ns > self._until_ns + LEASE_GRACE_NS and self._ends_ns is None:
            self._drop()
        self._agenda.at(now_ns - now_ns % TICK_NS + TICK_NS, self._tick)

    def _drop(self) -> None:
        """Drop all sessions: others may start on what they hold. The next lease tells whether they did."""
        if not self._has_dropped:
            self._has_dropped = True
            self._stage.event("lease lost", sessions=len(self._stage.players))
            self._stage.break_off()

    def _end_at(self, instant_ns: int) -> None:
        """Let nobody begin another step, and end the run at an instant at the latest."""
        if self._ends_ns is None:
            self._ends_ns = instant_ns
            self._stage.let_go()
        self._ends_ns = min(self._ends_ns, instant_ns)

    def _end(self) -> None:
        """End everything and tell what is left."""
        self._is_over = True
        self._stage.break_off()
        self._agenda.clear()
        self._stage.samples.end()
        for telling in (self._telling, self._tell()):
            for _ in telling:
                pass
        self._done()

    def _tell_second(self) -> None:
        """Tell what was recorded up to now, as the second that is over, behind what is left of the one before."""
        for _ in self._telling:
            pass
        self._telling = self._tell()
        self._go_on_telling()
        self._agenda.at((self._second + 1) * SECOND_NS + TELL_AFTER_NS, self._tell_second)

    def _go_on_telling(self) -> None:
        for _ in self._telling:
            self._agenda.at(self._stage.clock.now_ns() + BETWEEN_NS, self._go_on_telling)
            return

    def _tell(self) -> Iterator[None]:
        """Put a second together and send it, in pieces: what is due meanwhile is not kept waiting for all of it."""
        stage, second, lines = self._stage, self._second, list[list[Any]]()
        self._second += 1
        stage.samples.turn(stage.clock.now_ns())
        stage.record.fold()
        for kind in range(len(KINDS)):
            yield
            lines += stage.record.lines(kind)
        yield
        counters = stage.record.counters()
        received, stage.received_bytes = stage.received_bytes, 0
        vital = self._signs(counters, second)
        own = next((each for each in counters if each["t"] == second), None)
        if own is None:
            own = {"t": second}
            counters.append(own)
        own |= {"received_bytes": received, "cpu": vital["cpu"]}
        self._send(
            {
                "kind": "second",
                "n": second,
                "lines": lines,
                "counters": counters,
                "begun": stage.begun,
                "ended": stage.ended,
                "open": _waiting(stage),
                "in_progress": len(stage.players),
                "connections": [[*each, count] for each, count in stage.connections.items()],
                "vital": vital,
            }
        )
        stage.begun, stage.ended = [], []
        stage.connections.clear()
        if stage.supplied is not None:
            self._send(stage.supplied.shelf.report())

    def _signs(self, counters: list[dict[str, Any]], second: int) -> dict[str, Any]:
        loop_ns, self._agenda.late_ns = self._agenda.late_ns, 0
        lags = {name: lag_quantile_ns(counters, second, q) for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1.0))}
        return {
            **self._vital.look(),
            **{f"lag_{name}_ns": lag_ns for name, lag_ns in lags.items()},
            "loop_max_ns": loop_ns,
            "sockets": self._sockets(),
            "in_progress": len(self._stage.players),
        }


def _waiting(stage: Stage) -> list[list[Any]]:
    """Return how long each open step has been waiting, by step, as a message holds it."""
    by_step: dict[str, list[int]] = {}
    for opened in stage.parts.open_by_limit.values():
        for player in opened:
            by_step.setdefault(player.step, []).append(player.intended_ns)
    now_ns, found = stage.clock.now_ns(), []
    for step, intended in by_step.items():
        begins = np.array(intended, np.int64)
        buckets = np.empty(begins.size, np.int64)
        fill_buckets(begins, np.full(begins.size, now_ns), HALF_BITS, HIGHEST_TRACKABLE_NS, buckets)
        places, counts = np.unique(buckets, return_counts=True)
        found.append([step, places.astype("<i4").tobytes(), counts.astype("<i4").tobytes()])
    return found
