"""The terms on which workers play: what is played, how long leases last, when a silent worker is lost.

With h the last heartbeat that came from a worker, its last lease runs out by h + 2 s, and its share moves at h + 4 s
(or a tick later): no session is started twice while clocks agree to within a second. Whatever takes sessions away from
a worker that is heard (a joiner's share, another rate) begins only after every lease granted before has run out.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cutover.base.clock import SECOND_NS, VIETNAM

LEASE_NS = 2 * SECOND_NS
"""A worker starts sessions for this long after its lease was issued."""

SILENT_NS = 3 * SECOND_NS
"""A worker that was not heard for this long is lost."""

NOTICE_NS = 1 * SECOND_NS
"""A lost worker's share moves this long after it was missed, so that the survivors know in time."""

CHANGE_NS = LEASE_NS + 1 * SECOND_NS
"""A joiner's share, or another rate, begins this long after it was decided: when all leases of before have run out."""

BEAT_NS = SECOND_NS // 2
"""A worker says that it lives, and asks for a lease, this often."""

FLUSH_NS = SECOND_NS // 100
"""A worker hands on what its generator has reported this often: what is lost with it is no more than that."""

RESENT = 64
"""So many reports are sent again at once when one was lost on the way."""

TICK_NS = SECOND_NS // 10
"""The coordinator looks at its clock this often."""

STALL_NS = SECOND_NS
"""A coordinator that has not looked for this long hears what has come meanwhile before it misses anybody."""

AHEAD_NS = SECOND_NS
"""The schedule begins this long after all workers are ready."""

CLOCK_ERROR_NS = SECOND_NS // 4
"""A worker whose clock cannot be read to within this is refused: with the margin of leases it could start too late."""

CLOCK_DRIFT_NS = SECOND_NS // 20
"""A worker whose clock has gone this far from where it stood at the start has wrong instants; assumed."""

CLOCK_ASKS = 8
"""A clock is read so many times; the quickest answer counts."""

COME_WITHIN_NS = 60 * SECOND_NS
"""All workers that are expected must have come by then; assumed."""

READY_WITHIN_NS = 180 * SECOND_NS
"""A worker has this long to read its order and compile what draws need (a minute on a slow machine)."""

GRACE_NS = 2 * SECOND_NS
"""Sessions in progress at the schedule's end may finish the step they are in for so long."""

DONE_WITHIN_NS = 3 * SECOND_NS
"""A worker that has been told to stop ends within 1 s; one that has not said so by now is lost."""

ALONE_NS = 30 * SECOND_NS
"""A worker that has had no lease for this long gives up its run; its coordinator is gone (assumed)."""


Begins = Callable[[int], int | None]
"""Given the time at which all workers are ready, the origin; None where it must be asked again."""


def soon(now_ns: int) -> int:
    """Return the origin of a run that begins as soon as all are ready."""
    return now_ns + AHEAD_NS


@dataclass(frozen=True)
class Terms:
    """What is to be played: the order, what each worker must have of it, how long it lasts, how many must be there.

    `begins` finds the origin; `wall_ns` is the wall time (nanoseconds since 1970) at which the coordinator's monotonic
    clock stood at 0.
    """

    order: Mapping[str, Any]
    identity: Mapping[str, str | None]
    duration_ns: int
    workers: int
    wall_ns: int = 0
    begins: Begins = soon

    def started(self, origin_ns: int) -> datetime:
        """Return the wall time of run time 0, to the microsecond."""
        since = timedelta(microseconds=(self.wall_ns + origin_ns) // 1000)
        return (datetime(1970, 1, 1, tzinfo=UTC) + since).astimezone(VIETNAM)
