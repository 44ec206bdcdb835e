"""What a run's leases say: until when, the shares, the pace; and the run time that they are counted in.

Whatever moves sessions between workers that are heard begins after every lease granted before has run out (terms.py).
"""

from collections.abc import Sequence

from scenarios.swarm.conduct.effects import Send
from scenarios.swarm.conduct.member import Member
from scenarios.swarm.conduct.terms import CHANGE_NS, LEASE_NS, NOTICE_NS, SILENT_NS
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.shares import Shares


class Leases:
    """One run's leases. `changes` are those of the pace: from when on, how many times as fast.

    Times named `now_ns` are the coordinator's monotonic clock, instants of shares and leases are run time.
    """

    def __init__(self, duration_ns: int) -> None:
        self._duration_ns = duration_ns
        self.origin_ns: int | None = None
        self.shares = Shares()
        self.changes: list[tuple[int, float]] = []

    @property
    def pace(self) -> Pace:
        """How fast the schedule passes, by played instants."""
        return Pace(self.changes)

    @property
    def end_ns(self) -> int:
        """The played instant of the schedule's end; `NEVER` while it stands still."""
        return self.pace.played_ns(self._duration_ns)

    def run_ns(self, now_ns: int) -> int:
        """Return run time: 0 until the origin is set, then from below 0 on."""
        return 0 if self.origin_ns is None else now_ns - self.origin_ns

    def begin(self, members: Sequence[Member], origin_ns: int) -> None:
        """Set the origin, and give each worker its share from then on."""
        self.origin_ns = origin_ns
        self.shares = Shares(((0, tuple(member.number for member in members)),))

    def join(self, member: Member, now_ns: int) -> int:
        """Give a joiner its share, from an instant when all leases of now have run out; return the instant."""
        from_ns = max(0, self.run_ns(now_ns) + CHANGE_NS)
        self.shares = self.shares.joined(member.number, from_ns)
        return from_ns

    def take_away(self, member: Member, now_ns: int) -> int:
        """Take a worker's share away, from an instant that the others hear of in time; return the instant."""
        moved_ns = max(self.run_ns(member.heard_ns) + SILENT_NS, self.run_ns(now_ns)) + NOTICE_NS
        self.shares = self.shares.without(member.number, moved_ns)
        return moved_ns

    def change_pace(self, factor: float, now_ns: int) -> int:
        """Change the pace when all leases of now have run out; return from which instant on."""
        from_ns = max(self.run_ns(now_ns) + CHANGE_NS, self.changes[-1][0] if self.changes else 0)
        self.changes = [change for change in self.changes if change[0] < from_ns] + [(from_ns, factor)]
        return from_ns

    def lease_of(self, member: Member, now_ns: int) -> Send:
        """Grant a worker a lease."""
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
