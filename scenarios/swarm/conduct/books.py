"""The books of a swarm's run: whatever the coordinator learns goes through them into the run's folder, at once.

A second is written when every worker that is heard has reported it, or 5 s later; what comes after that comes in
further lines. So a coordinator that is killed leaves whole seconds.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cutover.base.clock import SECOND_NS
from reports.counters import Counters
from reports.header import Planned, State, Window
from reports.hlog import Line
from reports.levels import Levels
from reports.quantities import duration
from reports.receipts import Receipt
from reports.recorder import SKIPPED, Recorder
from reports.spans import ScenarioClock
from reports.stops import BREACHED
from reports.workers import WorkerSecond
from reports.writer import RunWriter, merge_findings
from scenarios.swarm.conduct.brief import Brief
from scenarios.swarm.conduct.decided import Decided
from scenarios.swarm.conduct.effects import Lost, Message
from scenarios.swarm.conduct.gap import planned, sessions_of
from scenarios.swarm.conduct.kept_samples import KeptSamples
from scenarios.swarm.conduct.ledger import Ledger
from scenarios.swarm.conduct.live import Live
from scenarios.swarm.conduct.member import Member
from scenarios.swarm.conduct.stopping import Stopping
from scenarios.swarm.conduct.storm import Storm
from scenarios.swarm.generator.pace import NEVER, Pace
from scenarios.swarm.generator.seconds import counters_of, lines_of, open_of
from scenarios.swarm.shares import Shares

WAITS_S = 5
"""A second is written at the latest so long after it has ended, whoever has not reported it."""

SAMPLES_EVERY_S = 5

H2_NOT_USED, CAST_SHORT = "h2 not used", "cast short"
"""Events of generators that say something about the whole run."""

TOO_FEW_ACCOUNTS = "The cast was too small: sessions found no free test account, and could not play their steps."

MOST_S = NEVER / SECOND_NS / 2
"""A played instant beyond this never came."""


@dataclass(frozen=True)
class Ending:
    """Why a run must stop; `is_by_rule` where that is how its load ends."""

    reason: str
    is_by_rule: bool = False


class Books:
    """One run's folder, from its begin to its close. Raises BadInput when the folder cannot be made.

    `size` is what the target held then, where it tells.
    """

    def __init__(
        self,
        brief: Brief,
        started: datetime,
        feed: Callable[[tuple[Line, ...]], None],
        size: dict[str, int] | None = None,
    ) -> None:
        self._brief, self._feed = brief, feed
        self._writer = RunWriter.create(brief.folder, brief.header(started, size))
        header = self._writer.header
        self._ledger = Ledger(header.interval_s)
        self._samples = KeptSamples()
        self._storm = Storm(brief.storm)
        self._cpu: dict[int, float] = {}
        self._losses: list[Lost] = []
        self._validity: list[str] = []
        self._written_s = self._planned = 0
        self._begun = 0
        self._is_closed = self._offers_h2 = False
        self._connections = Counter[tuple[str, str]]()
        self.live = Live(brief.budgets, header.measurement)
        self._levels = Levels(brief.levels, brief.rule)
        clock = ScenarioClock(brief.scenario.starts, header.warp)
        self._stopping = Stopping(brief.budgets, header.measurement, clock, started.date())
        self._now_s = 0.0
        self._ended_s: float | None = None
        self._ended_at_s = 0.0

    @property
    def planned(self) -> int:
        """How many sessions the schedule held up to the last second written."""
        return self._planned

    def event(self, t_s: float, event: str, details: Mapping[str, Any]) -> None:
        """Write an event."""
        self._writer.event(t_s, event, **details)

    def found(self, finding: str) -> None:
        """Write why no verdict can rest on the run."""
        self._validity.append(finding)
        self._writer.update_header(validity=tuple(self._validity))

    def report(self, member: Member, cores: int, message: Message) -> None:
        """Take what a worker's generator told."""
        kind = message["kind"]
        if kind == "second":
            self._second(member, cores, message)
        elif kind == "receipts":
            self._writer.receipts([Receipt.of_record(record) for record in message["receipts"]])
        elif kind == "event":
            self._event(member, message)
        elif kind == "sample":
            self._samples.add(message["entry"])

    def _event(self, member: Member, message: Message) -> None:
        event = str(message["event"])
        details = {key: value for key, value in message.items() if key not in ("kind", "t", "event")}
        self._writer.event(float(message["t"]), event, worker=member.number, **details)
        self._offers_h2 = self._offers_h2 or event == H2_NOT_USED
        if event == CAST_SHORT and TOO_FEW_ACCOUNTS not in self._validity:
            self.found(TOO_FEW_ACCOUNTS)

    def _second(self, member: Member, cores: int, message: Message) -> None:
        lines, counters, second = lines_of(message), counters_of(message), int(message["n"])
        self._ledger.lines(lines)
        self._ledger.counters(counters)
        self._levels.lines(lines)
        self._levels.counters(counters)
        self._begun += len(message["begun"])
        self.live.second(member.number, lines, counters, open_of(message))
        self._stopping.second(second, lines, counters)
        for address, protocol, opened in message["connections"]:
            self._connections[str(address), str(protocol)] += int(opened)
        self._feed(tuple(line for line in lines if line.kind == "response"))
        own = {"t": second, "worker": member.number, "host": member.host, "cores": cores}
        vital = WorkerSecond.of_record({**message["vital"], **own})
        self._cpu[second] = max(self._cpu.get(second, 0.0), vital.cpu)
        self.live.vitals[member.number] = {"cpu": vital.cpu, "lag_p99_ns": vital.lag_p99_ns, "sockets": vital.sockets}
        self._writer.workers([vital])

    def lost(self, lost: Lost, member: Member, shares: Shares, pace: Pace) -> None:
        """Write that a worker was lost: what it had in progress, and what nobody will start."""
        self._losses.append(lost)
        self.live.lost(lost.worker)
        gap = sessions_of(lost.worker, lost.reported_ns, lost.moved_ns, self._brief.sessions, shares, pace)
        missed = [session.number for session, _ in gap]
        from_s, to_s = lost.reported_ns / SECOND_NS, lost.moved_ns / SECOND_NS
        self._writer.event(
            lost.heard_ns / SECOND_NS,
            "worker lost",
            worker=lost.worker,
            host=member.host,
            reason=lost.why,
            reported_s=from_s,
            moved_s=to_s,
            in_progress=list(lost.in_progress),
            not_started=missed,
        )
        self.found(
            f"Worker {lost.worker} on {member.host} was lost at {lost.heard_ns / SECOND_NS:.1f} s ({lost.why}): "
            f"{len(lost.in_progress):,} sessions in progress, and {len(missed):,} planned from {from_s:.1f} s "
            f"to {to_s:.1f} s, were not played as planned."
        )

    def write(
        self, run_ns: int, reported_ns: int, pace: Pace, target_cpu: Callable[[int], float | None]
    ) -> Ending | None:
        """Write the seconds that are over and reported; return why the run must stop, if it must."""
        until_s = min(run_ns, max(reported_ns, run_ns - WAITS_S * SECOND_NS)) // SECOND_NS
        ending, self._now_s = None, run_ns / SECOND_NS
        for second in range(self._written_s, until_s):
            count = planned(second * SECOND_NS, (second + 1) * SECOND_NS, self._brief.sessions, pace)
            self._planned += count
            cpu = self._cpu.pop(second, None)
            self._ledger.own(Counters(float(second), 1.0, planned=count, cpu=cpu, target_cpu_s=target_cpu(second)))
        if until_s > self._written_s:
            storm = self._flush(float(until_s), self._written_s)
            stopped = self._look(self._written_s, until_s)
            self._written_s = until_s
            ending = self._ending(storm, float(until_s), pace) or stopped
        if until_s % SAMPLES_EVERY_S == 0:
            self._write_samples(run_ns / SECOND_NS)
        return ending

    def decided(self, decided: Decided) -> None:
        """Let the measurement end where the budgets were decided."""
        self._ended_s, self._ended_at_s = decided.to_s, self._now_s
        self._writer.update_header(error_rate=decided.error_rate)

    def _look(self, from_s: int, until_s: int) -> Ending | None:
        """Return the ending that a budget with `for … stop` makes in new seconds, if one does, and write it down."""
        for now_s in range(from_s + 1, until_s + 1):
            found = self._stopping.look(now_s, self.live.open)
            if found is not None:
                told = {"value": found.value, "samples": found.samples, "from_s": found.from_s, "to_s": found.to_s}
                self._writer.event(self._now_s, BREACHED, budget=found.budget.text, **told)
                return Ending(f"a budget was breached for {duration(found.to_s - found.from_s)}: {found.budget.text}")
        return None

    def _ending(self, storm: str | None, until_s: float, pace: Pace) -> Ending | None:
        """Return why the run must stop: its load's rule was broken, or hardly any step is answered well."""
        if not self._levels.has_rule or pace.has_changed:
            return Ending(storm) if storm else None
        broken = self._levels.broken(until_s)
        if broken is None and storm is None:
            return None
        self._ended_s = until_s if broken is None else self._levels.until_s(broken)
        self._ended_at_s = self._now_s
        return Ending(storm or str(self._told_load()["words"]), is_by_rule=True)

    def _flush(self, before_s: float, new_from_s: int) -> str | None:
        closed = self._ledger.drain(before_s)
        self._writer.latencies(closed.latencies)
        self._writer.counters(closed.counters)
        reasons = [self._storm.add(each) for each in closed.counters if each.start_s >= new_from_s]
        return next((reason for reason in reasons if reason), None)

    def _write_samples(self, now_s: float) -> None:
        for name, entries in self._samples.changed(now_s):
            self._writer.samples(name, entries)

    def close(self, state: State, members: list[Member], shares: Shares, pace: Pace) -> None:
        """Count what lost workers left out as skipped, write all that is left, and close the folder, once."""
        if self._is_closed:
            return
        self._is_closed = True
        reported_ns = {member.number: member.reported_ns for member in members}
        for lost in self._losses:
            self._skip(lost, max(lost.reported_ns, reported_ns[lost.worker]), shares, pace)
        self._flush(float("inf"), self._written_s)
        self._write_samples(float("inf"))
        self._writer.update_header(
            achieved={"sessions": self._begun},
            validity=tuple(self._validity),
            protocol=", ".join(sorted({protocol for _, protocol in self._connections})) or None,
            **self._as_played(pace),
        )
        self._writer.close(state)
        merge_findings(self._brief.folder, {"connections": self._connected(), **self._load(pace)})

    def _load(self, pace: Pace) -> dict[str, Any]:
        """Return what each level of the load was answered with; nothing where the schedule passed at another rate."""
        return {"load": self._told_load()} if self._levels and not pace.has_changed else {}

    def _told_load(self) -> dict[str, Any]:
        load = self._brief.scenario.load
        assert load is not None, "levels are those of a load"
        return self._levels.told(load.text, self._now_s, self._ended_s)

    def _connected(self) -> dict[str, Any]:
        """Return how many connections were opened, by address and protocol, and whether citizens would use another."""
        opened = [
            {"address": address, "protocol": protocol, "opened": count}
            for (address, protocol), count in sorted(self._connections.items())
        ]
        words = "The target offers HTTP/2, which browsers use, and this run did not: play it with --http2."
        return {"opened": opened, **({"finding": words} if self._offers_h2 else {})}

    def _as_played(self, pace: Pace) -> dict[str, Any]:
        """Return the run's length and measurement window at the pace at which it was played."""
        header = self._writer.header
        if self._ended_s is not None:
            window = Window(from_s=header.measurement.from_s, to_s=max(header.measurement.from_s, self._ended_s))
            sessions = planned(0, round(self._ended_at_s * SECOND_NS), self._brief.sessions, pace)
            return {"duration_s": self._ended_at_s, "measurement": window, "planned": Planned(sessions=sessions)}
        ends = [
            pace.played_ns(round(at_s * SECOND_NS)) / SECOND_NS
            for at_s in (header.duration_s, header.measurement.from_s, header.measurement.to_s)
        ]
        if ends[-1] > MOST_S or ends[0] > MOST_S:
            return {}  # it was paused, and never went on
        return {"duration_s": ends[0], "measurement": Window(from_s=ends[1], to_s=ends[2])}

    def _skip(self, lost: Lost, from_ns: int, shares: Shares, pace: Pace) -> None:
        """Count the first steps of sessions that nobody started: offered, and the generator's fault."""
        recorder = Recorder(self._writer.header.interval_s, counters_s=1.0)
        journeys = self._brief.scenario.journeys
        for session, at_ns in sessions_of(lost.worker, from_ns, lost.moved_ns, self._brief.sessions, shares, pace):
            first = journeys[session.journey].steps[0].name
            recorder.offered(first, at_ns)
            recorder.step(first, SKIPPED, session.number, 0, at_ns, at_ns, lost.moved_ns)
        closed = recorder.drain()
        self._writer.latencies(closed.latencies)
        self._writer.counters(closed.counters)
