"""The coordinator: decides who may start which sessions until when, and who is lost.

It is a function of the messages and clock readings that it is given, in order; what it wants done it returns as
effects. All that decides who starts what is in a lease (leases.py): until when, the shares, the pace. Why no session is
started twice: a worker starts only what is its own under a lease that has not run out, and

- a share is taken from a worker that is not heard at least 2 s after its last lease has run out (terms.py);
- whatever else moves sessions between workers (a joiner, another pace) begins after every lease granted before.
"""

from collections.abc import Iterator
from enum import Enum, auto

from cutover.base.clock import SECOND_NS
from scenarios.swarm.conduct.admission import ask_clock, difference, drifted_ns, read_clock, unreadable
from scenarios.swarm.conduct.effects import Begun, Effect, Failed, Found, Lost, Message, Note, Over, Report, Send
from scenarios.swarm.conduct.leases import Leases
from scenarios.swarm.conduct.member import Member, State
from scenarios.swarm.conduct.members import Members
from scenarios.swarm.conduct.terms import (
    ALONE_NS,
    CLOCK_ASKS,
    CLOCK_DRIFT_NS,
    CLOCK_ERROR_NS,
    COME_WITHIN_NS,
    DONE_WITHIN_NS,
    GRACE_NS,
    READY_WITHIN_NS,
    STALL_NS,
    Terms,
)
from scenarios.swarm.generator.pace import NEVER

BAD_INPUT, INVALID = 2, 5
NOT_READY = f"it was not ready in {READY_WITHIN_NS // SECOND_NS} s"


class Phase(Enum):
    """How far a run has come."""

    GATHERING = auto()
    PLAYING = auto()
    STOPPING = auto()
    OVER = auto()


class Coordinator:
    """One run's workers, and what they may start."""

    def __init__(self, terms: Terms, now_ns: int) -> None:
        self.phase = Phase.GATHERING
        self.members = Members()
        self.leases = Leases(terms.duration_ns)
        self._terms = terms
        self._looked_ns = self._changed_ns = now_ns
        self._finished = False

    # what workers do

    def join(self, address: str, host: str, now_ns: int) -> list[Effect]:
        """Take a worker in: at the start, or while the run goes on."""
        if self.phase in (Phase.STOPPING, Phase.OVER):
            return []
        before = self.members.at(address)
        effects = list(self._miss(before, now_ns, "it started anew")) if before and before.is_playing else []
        if before and before.is_preparing and self.phase is Phase.PLAYING:
            before.state = State.ENDED
        member = self.members.add(address, host, now_ns)
        message = {"kind": "prepare", "me": member.number, "order": dict(self._terms.order)}
        return [*effects, Send(address, message)]

    def heard(self, address: str, message: Message, now_ns: int) -> list[Effect]:
        """Take a message of a worker; what comes from one that is not of this run is nothing to us."""
        member = self.members.at(address)
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
        member = self.members.at(address)
        if member is None or not (member.is_playing or member.is_preparing or self.phase is Phase.GATHERING):
            return []
        if not member.is_playing:
            return list(self._refused(member, INVALID, why, now_ns))
        effects = list(self._miss(member, now_ns, why))
        member.state = State.ENDED
        return effects

    # what the user does

    def change_pace(self, factor: float, now_ns: int) -> list[Effect]:
        """Let the schedule pass so many times as fast as written, from an instant that is named; 0 is a pause."""
        if self.phase is not Phase.PLAYING:
            return []
        from_s = self.leases.change_pace(factor, now_ns) / SECOND_NS
        return [
            Note(self.leases.run_ns(now_ns), "rate changed", {"factor": factor, "from_s": from_s}),
            Found(
                f"The rate was changed to {factor:g} times the scenario's from {from_s:.1f} s on: it is another load."
            ),
        ]

    def stop(self, now_ns: int, reason: str, *, finished: bool = False) -> list[Effect]:
        """Stop all workers: each ends within 1 s of hearing it; `finished` where the load has ended by its rule."""
        if self.phase is Phase.GATHERING:
            return [*self.cancel(), Failed(INVALID, f"stopped before it began: {reason}")]
        if self.phase is not Phase.PLAYING:
            return []
        self._finished = finished
        note = Note(self.leases.run_ns(now_ns), "load ended" if finished else "run stopped", {"reason": reason})
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
                return [Note(self.leases.run_ns(now_ns), "coordinator stalled", {"for_s": stalled_ns / SECOND_NS})]
            return [*self._miss_silent(now_ns), *self._end_of_schedule(now_ns)]
        if self.phase is Phase.STOPPING:
            return list(self._end_of_stop(now_ns))
        return []

    # gathering

    def _ready(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        differs = difference(self._terms.identity, message)
        if differs is not None:
            yield from self._refused(member, BAD_INPUT, differs, now_ns)
            return
        member.state = State.TIMING
        yield ask_clock(member, now_ns)

    def _timed(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        clock = read_clock(member, message, now_ns)
        if member.asked < CLOCK_ASKS:
            yield ask_clock(member, now_ns)
        elif (why := unreadable(clock)) is not None:
            yield from self._refused(member, INVALID, why, now_ns)
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
            yield Note(self.leases.run_ns(now_ns), "worker refused", details)

    def _gather(self, now_ns: int) -> Iterator[Effect]:
        slow = self.members.slow(now_ns)
        if now_ns - self._changed_ns > COME_WITHIN_NS and len(self.members) < self._terms.workers:
            came = f"only {len(self.members)} of {self._terms.workers} workers came"
            words = f"{came} in {COME_WITHIN_NS // SECOND_NS} s: start them, or lower --expect-workers"
            yield from [*self.cancel(), Failed(BAD_INPUT, words)]
        elif slow:
            yield from self._refused(slow[0], INVALID, NOT_READY, now_ns)
        else:
            yield from self._begin(now_ns)

    def _begin(self, now_ns: int) -> Iterator[Effect]:
        """Begin when all that have joined are ready, and as many as were asked for."""
        if len(self.members) < self._terms.workers or not self.members.are_ready:
            return
        origin_ns = self._terms.begins(now_ns)
        if origin_ns is None:
            return
        self.phase = Phase.PLAYING
        self.leases.begin(tuple(self.members), origin_ns)
        yield Begun(origin_ns, self._terms.started(origin_ns))
        for member in self.members:
            yield from self._play(member, now_ns, from_ns=0)

    def _admit(self, member: Member, now_ns: int) -> Iterator[Effect]:
        """Let a joiner play."""
        yield from self._play(member, now_ns, self.leases.join(member, now_ns))

    def _play(self, member: Member, now_ns: int, from_ns: int) -> Iterator[Effect]:
        origin_ns = self.leases.origin_ns
        if origin_ns is None or member.clock is None:
            raise AssertionError("a worker plays when its clock was read and the origin is set")
        member.state, member.heard_ns = State.PLAYING, now_ns
        member.reported_ns = max(0, self.leases.run_ns(now_ns)) // SECOND_NS * SECOND_NS
        yield Note(
            self.leases.run_ns(now_ns),
            "worker joined",
            {
                "worker": member.number,
                "host": member.host,
                "from_s": from_ns / SECOND_NS,
                "clock_ahead_s": member.clock.ahead_ns / SECOND_NS,
                "clock_error_s": member.clock.error_ns / SECOND_NS,
            },
        )
        started = self._terms.started(origin_ns).isoformat()
        yield Send(member.address, {"kind": "begin", "origin_ns": member.origin_ns(origin_ns), "started": started})
        yield self.leases.lease_of(member, now_ns)

    # playing

    def _beat(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        member.heard_ns = now_ns
        if self.phase is not Phase.PLAYING or not member.may_report:
            return
        yield from self._check_clock(member, message, now_ns)
        if member.state is State.LOST:
            yield from self._take_back(member, now_ns)
        if member.is_playing:
            yield self.leases.lease_of(member, now_ns)

    def _take_back(self, member: Member, now_ns: int) -> Iterator[Effect]:
        """Let a worker that was lost play again; the sessions it had in progress stay lost."""
        member.state = State.PLAYING
        from_s = self.leases.join(member, now_ns) / SECOND_NS
        details = {"worker": member.number, "host": member.host, "from_s": from_s}
        yield Note(self.leases.run_ns(now_ns), "worker returned", details)

    def _check_clock(self, member: Member, message: Message, now_ns: int) -> Iterator[Effect]:
        """Compare a worker's clock with where it stood at the start."""
        drift_ns = drifted_ns(member, message, now_ns)
        if drift_ns is None:
            return
        drift_s = drift_ns / SECOND_NS
        details = {"worker": member.number, "host": member.host, "drift_s": drift_s}
        yield Note(self.leases.run_ns(now_ns), "clock drifted", details)
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
        is_early = self.phase is Phase.PLAYING and self.leases.run_ns(now_ns) + CLOCK_ERROR_NS < self.leases.end_ns
        if is_early and member.is_playing:
            yield from self._miss(member, now_ns, "it gave up: it had no lease for too long")
        member.state = State.ENDED
        if is_early:
            yield from self.join(member.address, member.host, now_ns)

    def _miss_silent(self, now_ns: int) -> Iterator[Effect]:
        for member in self.members.silent(now_ns):
            yield from self._miss(member, now_ns, "it was not heard")
        for member in self.members.slow(now_ns):
            yield from self._refused(member, INVALID, NOT_READY, now_ns)
        if self.members.are_alive:
            self._changed_ns = now_ns
        elif now_ns - self._changed_ns > ALONE_NS:
            yield from self.stop(now_ns, "no worker is left")

    def _miss(self, member: Member, now_ns: int, why: str) -> Iterator[Effect]:
        """Give a worker up for lost."""
        member.state, moved_ns = State.LOST, self.leases.take_away(member, now_ns)
        heard_ns, in_progress = self.leases.run_ns(member.heard_ns), tuple(sorted(member.open))
        yield Lost(member.number, heard_ns, member.reported_ns, moved_ns, in_progress, why)

    def _end_of_schedule(self, now_ns: int) -> Iterator[Effect]:
        end_ns, run_ns = self.leases.end_ns, self.leases.run_ns(now_ns)
        if end_ns == NEVER or run_ns < end_ns:
            return
        if not self.members.playing or run_ns >= end_ns + GRACE_NS:
            self._finished = True
            yield from self._stop(now_ns)

    # stopping

    def _stop(self, now_ns: int) -> Iterator[Effect]:
        self.phase, self._changed_ns = Phase.STOPPING, now_ns
        for member in self.members:
            if member.state is not State.ENDED:
                yield Send(member.address, {"kind": "stop"})

    def _end_of_stop(self, now_ns: int) -> Iterator[Effect]:
        waiting = self.members.playing
        if waiting and now_ns - self._changed_ns < DONE_WITHIN_NS:
            return
        for member in waiting:
            yield from self._miss(member, now_ns, "it did not say that it was done")
        self.phase = Phase.OVER
        yield from (Send(one.address, {"kind": "release"}) for one in self.members)
        yield Over(self._finished)
