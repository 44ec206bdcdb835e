"""How many test accounts a scenario needs at once, at least: sessions and think times alone, answers in no time."""

import heapq

from models.journeys import Journey, Walk
from scenarios.scenario import Scenario
from scenarios.sessions import Session, Sessions


def least_accounts(scenario: Scenario, sessions: Sessions, used_by: tuple[str, ...]) -> int:
    """Return the greatest number of sessions that are past a step of `used_by` at one time.

    Without `used_by` a session counts from its beginning. Answers take time, so a swarm needs more than that.
    """
    walk = Walk(scenario.journeys, scenario.file.seed)
    ends: list[int] = []
    most = 0
    spans = (_span(walk, scenario.journeys[each.journey], each, used_by) for each in _all(sessions))
    for begin, end in sorted(span for span in spans if span is not None):
        while ends and ends[0] <= begin:
            heapq.heappop(ends)
        heapq.heappush(ends, end)
        most = max(most, len(ends))
    return most


def _all(sessions: Sessions) -> list[Session]:
    return list(sessions.window(0.0, sessions.duration_s))


def _span(walk: Walk, journey: Journey, session: Session, used_by: tuple[str, ...]) -> tuple[int, int] | None:
    """Return when a session takes an account and when it ends, or None when it passes no step that uses one."""
    at_ns, index, ordinal, begin = session.instant_ns, 0, 0, None
    while True:
        if begin is None and (not used_by or journey.steps[index].name in used_by):
            begin = at_ns
        following = walk.following(session.journey, index, session.number, ordinal)
        if following is None:
            return None if begin is None else (begin, at_ns)
        index, ordinal = following, ordinal + 1
        at_ns += walk.think_ns(session.journey, index, session.number, ordinal)
