"""What a lost worker leaves out: a function of the schedule, the pace and the shares."""

import math
from collections.abc import Iterator

import numpy as np

from cutover.base.clock import SECOND_NS
from scenarios.sessions import Session, Sessions
from scenarios.swarm.generator.pace import NEVER, Pace
from scenarios.swarm.shares import Shares, owned


def sessions_of(
    worker: int, from_ns: int, to_ns: int, sessions: Sessions, shares: Shares, pace: Pace
) -> Iterator[tuple[Session, int]]:
    """Yield a worker's sessions whose played instants lie in `[from_ns, to_ns)`, each with that instant, ns."""
    for begin_ns, end_ns in shares.spans(worker, max(0, from_ns), to_ns):
        found = _played(begin_ns, end_ns, sessions, pace)
        numbers = np.array([session.number for session, _ in found], np.int64)
        instants = np.array([instant for _, instant in found], np.int64)
        mine = owned(numbers, instants, worker, shares.stretches)
        yield from (each for each, is_mine in zip(found, mine.tolist(), strict=True) if is_mine)


def planned(from_ns: int, to_ns: int, sessions: Sessions, pace: Pace) -> int:
    """Return how many sessions have their played instants in `[from_ns, to_ns)`."""
    window = _window(from_ns, to_ns, sessions, pace)
    if window is None:
        return 0
    instants = pace.played(sessions.columns(*window).instant_ns)
    return int(((instants >= from_ns) & (instants < to_ns)).sum())


def _played(from_ns: int, to_ns: int, sessions: Sessions, pace: Pace) -> list[tuple[Session, int]]:
    window = _window(from_ns, to_ns, sessions, pace)
    if window is None:
        return []
    found = list(sessions.window(*window))
    instants = pace.played(np.array([session.instant_ns for session in found], np.int64)).tolist()
    return [(session, at) for session, at in zip(found, instants, strict=True) if from_ns <= at < to_ns]


def _window(from_ns: int, to_ns: int, sessions: Sessions, pace: Pace) -> tuple[float, float] | None:
    """Return the part of the schedule, seconds, that holds all that is played in a span; whole seconds around it."""
    last = math.ceil(sessions.duration_s)
    begins = pace.scheduled_ns(from_ns) // SECOND_NS
    ends = -(-pace.scheduled_ns(min(to_ns, NEVER)) // SECOND_NS) + 1
    begins, ends = max(0, min(begins, last)), max(0, min(ends, last))
    return (float(begins), min(float(ends), sessions.duration_s)) if begins < ends else None
