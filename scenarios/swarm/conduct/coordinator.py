"""The coordinator: decides who may start which sessions until when, and who is lost.

It is a function of the messages and clock readings that it is given, in order; what it wants done it returns as
effects. All that decides who starts what is in a lease: until when, the shares, the pace. Why no session is started
twice: a worker starts only what is its own under a lease that has not run out, and

- a share is taken from a worker that is not heard at least 2 s after its last lease has run out (terms.py);
- whatever else moves sessions between workers (a joiner, another pace) begins after every lease granted before.

Times named `now_ns` are the coordinator's monotonic clock, instants of shares and leases are run time.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum, auto
from typing import Any

from cutover.base.clock import SECOND_NS, VIETNAM
from scenarios.swarm.conduct.clock_offset import ClockOffset
from scenarios.swarm.conduct.effects import Begun, Effect, Failed, Found, Lost, Message, Note, Over, Report, Send
from scenarios.swarm.conduct.member import Member, State
from scenarios.swarm.conduct.terms import (
    AHEAD_NS,
    ALONE_NS,
    CHANGE_NS,
    CLOCK_ASKS,
    CLOCK_DRIFT_NS,
    CLOCK_ERROR_NS,
    COME_WITHIN_NS,
    DONE_WITHIN_NS,
    GRACE_NS,
    LEASE_NS,
    NOTICE_NS,
    READY_WITHIN_NS,
    SILENT_NS,
    STALL_NS,
)
from scenarios.swarm.generator.pace import NEVER, Pace
from scenarios.swarm.shares import Shares

BAD_INPUT, INVALID = 2, 5


class Phase(Enum):
    """How far a run has come."""

    GATHERING = auto()
    PLAYING = auto()
    STOPPING = auto()
    OVER = auto()


@dataclass(frozen=True)
class Terms:
    """What is to be played: the order, what each worker must have of it, how long it lasts, how many must be there.

    `wall_ns` is the wall time (nanoseconds since 1970) at which the coordinator's monotonic clock stood at 0.
    """

    order: Mapping[str, Any]
    identity: Mapping[str, str | None]
    duration_ns: int
    workers: int
    wall_ns: int = 0

    def started(self, origin_ns: int) -> datetime:
        """Return the wall time of run time 0, to the microsecond."""
        since = timedelta(microseconds=(self.wall_ns + origin_ns) // 1000)
        return (datetime(1970, 1, 1, tzinfo=UTC) + since).astimezone(VIETNAM)


class Coordinator:
    """One run's workers, shares and leases."""

    def __init__(self, terms: Terms, now_ns: int) -> None:
        self.phase = Phase.GATHERING
        self.members: list[Member] = []
        self.shares = Shares()
        self.changes: list[tuple[int, float]] = []
        self.origin_ns: int | None = None
        self._terms = terms
        self._looked_ns = self._changed_ns = now_ns
        self._finished = False

    @property
    def pace(self) -> Pace:
        """How fast the schedule passes, by played instants."""
        return Pace(self.changes)

    @property
    def playing(self) -> list[Member]:
        """The workers that have a share, or will have."""
        return [member for member in self.members if member.is_playing]

    @property
    def end_ns(self) -> int:
        """The played instant of the schedule's end; `NEVER` while it stands still."""
        return self.pace.played_ns(self._terms.duration_ns)

    def run_ns(self, now_ns: int) -> int:
        """Return run time: 0 until the origin is set, then from below 0 on."""
        return 0 if self.origin_ns is None else now_ns - self.origin_ns

    # what workers do

    def join(self, address: str, host: str, now_ns: int) -> list[Effect]:
        """Take a worker in: at the start, or while the run goes on."""
        if self.phase in (Phase.STOPPING, Phase.OVER):
            return []
        before = self._at(address)
        effects = list(self._miss(before, now_ns, "it started anew")) if before and before.is_playing else []
        member = Member(len(self.members) + 1, address, host, now_ns, now_ns)
        self.members.append(member)
        message = {"kind": "prepare", "me": member.number, "order": dict(self._terms.order)}
        return [*effects, Send(address, message)]

    def heard(self, address: str, message: Message, now_ns: int) -> list[Effect]:
        """Take a message of a worker; what comes from one that is not of this run is nothing to us."""
        member = self._at(address)
        if member is None or member.state is State.ENDED or self.phase is Phase.OVER:
            return []
        kind = message["kind"]
        if kind == "beat":
            return list(self._beat(member, message, now_ns))
        if kind == "report":
            return list(self._reported(member, message, now_ns))
        if kind == "clock" and member.state is State.TIMING:
            return list(self._timed(member, message, now_ns))
        if kind == "left":
            return self.left(address, str(message["words"]), now_ns)
        if kind == "ready" and member.state is State.PREPARING:
            return list(self._ready(member, message, now_ns))
        if kind == "refused":
            return list(self._refused(member, int(message["exit_code"]), str(message["words"]), now_ns))
        return []

    def left(self, address: str, why: str, now_ns: int) -> list[Effect]:
        """Take note that a worker has gone: it said so itself."""
        member = self._at(address)
        if member is None or not (member.is_playing or self.phase is Phase.GATHERING):
            return []
        if self.phase is Phase.GATHERING:
            return list(self._refused(member, INVALID, why, now_ns))
        effects = list(self._miss(member, now_ns, why))
        member.state = State.ENDED
        return effects

    # what the user does

    def change_pace(self, factor: float, now_ns: int) -> list[Effect]:
        """Let the schedule pass so many times as fast as written, from an instant that is named; 0 is a pause."""
        if self.phase is not Phase.PLAYING:
            return []
        from_ns = max(self.run_ns(now_ns) + CHANGE_NS, self.changes[-1][0] if self.changes else 0)
        self.changes = [change for change in self.changes if change[0] < from_ns] + [(from_ns, factor)]
        from_s = from_ns / SECOND_NS
        return [
            Note(self.run_ns(now_ns), "rate changed", {"factor": factor, "from_s": from_s}),
            Found(
                f"The rate was changed to {factor:g} times the scenario's from {from_s:.1f} s on: it is another load."
            ),
        ]

    def stop(self, now_ns: int, reason: str) -> list[Effect]:
        """Stop all workers: each ends within 1 s of hearing it."""
        if self.phase is Phase.GATHERING:
            return [*self.cancel(), Failed(INVALID, f"stopped before it began: {reason}")]
        if self.phase is not Phase.PLAYING:
            return []
        note = Note(self.run_ns(now_ns), "run stopped", {"reason": reason})
        return [note, *self._stop(now_ns)]

    def cancel(self) -> list[Effect]:
        """Let all workers go: there will be no run."""
        self.phase = Phase.OVER
        return [Send(member.address, {"kind": "release"}) for member in self.members]

    # what time does

    def tick(self, now_ns: int) -> list[Effect]:
        """Look at the clock: miss the silent, end what is over."""
        stalled_ns, self._looked_ns = now_ns - self._looked_ns, now_ns
        if self.phase is Phase.GATHERING:
            return list(self._gather(now_ns))
        if self.phase is Phase.PLAYING:
            if stalled_ns > STALL_NS:
                return [Note(self.run_ns(now_ns), "coordinator stalled", {"for_s": stalled_ns / SECOND_NS})]
            return [*self._miss_silent(now_ns), *self._end_of_schedule(now_ns)]
        if self.phase is Phase.STOPPING:
            return list(self._end_of_stop(now_ns))
        return []

    # gathering

    def _ready(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        wrong = {key: message.get(key) for key, own in self._terms.identity.items() if message.get(key) != own}
        if wrong:
            differs = "; ".join(
                f"{name.replace('_', ' ')} {_short(self._terms.identity[name])} here and {_short(other)} there"
                for name, other in wrong.items()
            )
            yield from self._refused(member, BAD_INPUT, f"{differs}: install the same cutover on both", now_ns)
            return
        member.state = State.TIMING
        yield self._ask_clock(member, now_ns)

    def _ask_clock(self, member: Member, now_ns: int) -> Effect:
        member.asked += 1
        return Send(member.address, {"kind": "clock", "asked_ns": now_ns})

    def _timed(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        read = ClockOffset.read(int(message["asked_ns"]), int(message["clock_ns"]), now_ns)
        member.clock = read.better(member.clock)
        if member.asked < CLOCK_ASKS:
            yield self._ask_clock(member, now_ns)
        elif member.clock.error_ns > CLOCK_ERROR_NS:
            words = (
                f"its clock can only be read to within {member.clock.error_ns / 1e6:,.0f} ms "
                f"(at most {CLOCK_ERROR_NS / 1e6:,.0f} ms): use a quicker link"
            )
            yield from self._refused(member, INVALID, words, now_ns)
        else:
            member.state = State.READY
            yield from self._begin(now_ns) if self.phase is Phase.GATHERING else self._admit(member, now_ns)

    def _refused(self, member: Member, exit_code: int, words: str, now_ns: int) -> Iterator[Effect]:
        """End a worker that cannot play; before the begin, the run with it."""
        member.state = State.ENDED
        told = f"worker {member.number} on {member.host}: {words}"
        if self.phase is Phase.GATHERING:
            yield from self.cancel()
            yield Failed(exit_code, told)
        else:
            details = {"worker": member.number, "host": member.host, "reason": words}
            yield Send(member.address, {"kind": "release"})
            yield Note(self.run_ns(now_ns), "worker refused", details)

    def _gather(self, now_ns: int) -> Iterator[Effect]:
        waited = [one for one in self.members if one.state is not State.READY]
        slow = [member for member in waited if now_ns - member.since_ns > READY_WITHIN_NS]
        if now_ns - self._changed_ns > COME_WITHIN_NS and len(self.members) < self._terms.workers:
            came = f"only {len(self.members)} of {self._terms.workers} workers came"
            words = f"{came} in {COME_WITHIN_NS // SECOND_NS} s: start them, or lower --expect-workers"
            yield from [*self.cancel(), Failed(BAD_INPUT, words)]
        elif slow:
            yield from self._refused(slow[0], INVALID, f"it was not ready in {READY_WITHIN_NS // SECOND_NS} s", now_ns)

    def _begin(self, now_ns: int) -> Iterator[Effect]:
        """Begin when all that have joined are ready, and as many as were asked for."""
        if len(self.members) < self._terms.workers or any(one.state is not State.READY for one in self.members):
            return
        self.phase, self.origin_ns = Phase.PLAYING, now_ns + AHEAD_NS
        self.shares = Shares(((0, tuple(member.number for member in self.members)),))
        yield Begun(self.origin_ns, self._terms.started(self.origin_ns))
        for member in self.members:
            yield from self._play(member, now_ns, from_ns=0)

    def _admit(self, member: Member, now_ns: int) -> Iterator[Effect]:
        """Give a joiner its share, from an instant when all leases of now have run out."""
        from_ns = max(0, self.run_ns(now_ns) + CHANGE_NS)
        self.shares = self.shares.joined(member.number, from_ns)
        yield from self._play(member, now_ns, from_ns)

    def _play(self, member: Member, now_ns: int, from_ns: int) -> Iterator[Effect]:
        if self.origin_ns is None or member.clock is None:
            raise AssertionError("a worker plays when its clock was read and the origin is set")
        member.state, member.heard_ns = State.PLAYING, now_ns
        member.reported_ns = max(0, self.run_ns(now_ns)) // SECOND_NS * SECOND_NS
        yield Note(
            self.run_ns(now_ns),
            "worker joined",
            {
                "worker": member.number,
                "host": member.host,
                "from_s": from_ns / SECOND_NS,
                "clock_ahead_s": member.clock.ahead_ns / SECOND_NS,
                "clock_error_s": member.clock.error_ns / SECOND_NS,
            },
        )
        started = self._terms.started(self.origin_ns).isoformat()
        begin = {"kind": "begin", "origin_ns": member.origin_ns(self.origin_ns), "started": started}
        yield Send(member.address, begin)
        yield self._lease(member, now_ns)

    # playing

    def _beat(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        member.heard_ns = now_ns
        if self.phase is not Phase.PLAYING or not member.may_report:
            return
        yield from self._check_clock(member, message, now_ns)
        if member.state is State.LOST:
            yield from self._take_back(member, now_ns)
        if member.is_playing:
            yield self._lease(member, now_ns)

    def _take_back(self, member: Member, now_ns: int) -> Iterator[Effect]:
        """Let a worker that was lost play again; the sessions it had in progress stay lost."""
        member.state = State.PLAYING
        from_ns = self.run_ns(now_ns) + CHANGE_NS
        self.shares = self.shares.joined(member.number, from_ns)
        details = {"worker": member.number, "host": member.host, "from_s": from_ns / SECOND_NS}
        yield Note(self.run_ns(now_ns), "worker returned", details)

    def _lease(self, member: Member, now_ns: int) -> Effect:
        issued_ns = self.run_ns(now_ns)
        return Send(
            member.address,
            {
                "kind": "lease",
                "me": member.number,
                "issued_ns": issued_ns,
                "until_ns": issued_ns + LEASE_NS,
                "shares": self.shares.to_list(),
                "pace": [list(change) for change in self.changes],
                "received": member.received,
                "asked_ns": now_ns,
            },
        )

    def _check_clock(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        """Compare a worker's clock with where it stood at the start; without an echo of a lease there is no reading."""
        if message.get("asked_ns") is None or member.clock is None:
            return
        asked_ns = int(message["asked_ns"]) + int(message["held_ns"])
        drift_ns = member.clock.drift_ns(ClockOffset.read(asked_ns, int(message["clock_ns"]), now_ns))
        if drift_ns <= CLOCK_DRIFT_NS or member.has_drifted:
            return
        member.has_drifted = True
        drift_s = drift_ns / SECOND_NS
        details = {"worker": member.number, "host": member.host, "drift_s": drift_s}
        yield Note(self.run_ns(now_ns), "clock drifted", details)
        yield Found(
            f"The clock of worker {member.number} on {member.host} drifted by {drift_s * 1e3:,.0f} ms during the run "
            f"(at most {CLOCK_DRIFT_NS / 1e6:,.0f} ms): its sessions began at other instants than planned."
        )
        if drift_ns > CLOCK_ERROR_NS:
            yield from self._miss(member, now_ns, "its clock cannot be trusted")
            member.state = State.ENDED
            yield Send(member.address, {"kind": "stop"})

    def _reported(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        """Take a report that is the next in order; others have been taken already, or will be sent again."""
        if not member.may_report or int(message["number"]) != member.received + 1:
            return
        member.received += 1
        for body in message["bodies"]:
            if body["kind"] == "second":
                member.open |= set(body["begun"])
                member.open -= set(body["ended"])
                member.reported_ns = max(member.reported_ns, (int(body["n"]) + 1) * SECOND_NS)
            yield Report(member.number, body)
            if body["kind"] == "done":
                yield from self._ended(member, now_ns)

    def _ended(self, member: Member, now_ns: int) -> Iterator[Effect]:
        """Take note that a generator is done; one that gave up while the link was cut may begin anew."""
        is_early = self.phase is Phase.PLAYING and self.run_ns(now_ns) + CLOCK_ERROR_NS < self.end_ns
        if is_early and member.is_playing:
            yield from self._miss(member, now_ns, "it gave up: it had no lease for too long")
        member.state = State.ENDED
        if is_early:
            yield from self.join(member.address, member.host, now_ns)

    def _miss_silent(self, now_ns: int) -> Iterator[Effect]:
        for member in self.playing:
            if now_ns - member.heard_ns >= SILENT_NS:
                yield from self._miss(member, now_ns, "it was not heard")
        alive = self.playing or [one for one in self.members if one.state in (State.PREPARING, State.TIMING)]
        if alive:
            self._changed_ns = now_ns
        elif now_ns - self._changed_ns > ALONE_NS:
            yield from self.stop(now_ns, "no worker is left")

    def _miss(self, member: Member, now_ns: int, why: str) -> Iterator[Effect]:
        """Take a worker's share away, from an instant that the others hear of in time."""
        member.state = State.LOST
        moved_ns = max(self.run_ns(member.heard_ns) + SILENT_NS, self.run_ns(now_ns)) + NOTICE_NS
        self.shares = self.shares.without(member.number, moved_ns)
        heard_ns, in_progress = self.run_ns(member.heard_ns), tuple(sorted(member.open))
        yield Lost(member.number, heard_ns, member.reported_ns, moved_ns, in_progress, why)

    def _end_of_schedule(self, now_ns: int) -> Iterator[Effect]:
        end_ns, run_ns = self.end_ns, self.run_ns(now_ns)
        if end_ns == NEVER or run_ns < end_ns:
            return
        if not self.playing or run_ns >= end_ns + GRACE_NS:
            self._finished = True
            yield from self._stop(now_ns)

    # stopping

    def _stop(self, now_ns: int) -> Iterator[Effect]:
        self.phase, self._changed_ns = Phase.STOPPING, now_ns
        for member in self.members:
            if member.state is not State.ENDED:
                yield Send(member.address, {"kind": "stop"})

    def _end_of_stop(self, now_ns: int) -> Iterator[Effect]:
        waiting = self.playing
        if waiting and now_ns - self._changed_ns < DONE_WITHIN_NS:
            return
        for member in waiting:
            yield from self._miss(member, now_ns, "it did not say that it was done")
        self.phase = Phase.OVER
        yield from (Send(one.address, {"kind": "release"}) for one in self.members)
        yield Over(self._finished)

    def _at(self, address: str) -> Member | None:
        """Return the worker at an address; the latest, where one has started anew."""
        return next((member for member in reversed(self.members) if member.address == address), None)


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 12 else f"{text[:12]}…"
