"""What a lost worker leaves out is a function of the schedule, the shares and the pace."""

import pytest

from cutover.base.clock import SECOND_NS
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct.gap import planned, sessions_of
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.shares import Shares


@pytest.fixture
def sessions(scenario_file):
    return Sessions(read_scenario(scenario_file()))


PACES = [Pace(), Pace([(2 * SECOND_NS, 0.0), (5 * SECOND_NS, 2.0)]), Pace([(SECOND_NS, 0.5)])]


@pytest.mark.parametrize("pace", PACES, ids=["own", "paused and raised", "halved"])
def test_all_workers_gaps_together_are_the_schedule(sessions, pace):
    shares = Shares(((0, (1, 2)),)).joined(3, 2 * SECOND_NS).without(1, 4 * SECOND_NS)
    found = [each for worker in (1, 2, 3) for each in sessions_of(worker, 0, 60 * SECOND_NS, sessions, shares, pace)]
    all_of_it = list(sessions.window(0.0, sessions.duration_s))
    assert sorted(session.number for session, _ in found) == sorted(session.number for session in all_of_it)
    assert all(at == pace.played_ns(session.instant_ns) for session, at in found)


@pytest.mark.parametrize("pace", PACES, ids=["own", "paused and raised", "halved"])
def test_seconds_planned_add_up_to_the_schedule(sessions, pace):
    each = [planned(at * SECOND_NS, (at + 1) * SECOND_NS, sessions, pace) for at in range(60)]
    assert sum(each) == sum(1 for _ in sessions.window(0.0, sessions.duration_s)) > 0


def test_a_gap_is_within_its_span_and_the_workers_own(sessions):
    shares = Shares(((0, (1, 2)),)).without(1, 3 * SECOND_NS)
    found = list(sessions_of(1, SECOND_NS, 6 * SECOND_NS, sessions, shares, Pace()))
    assert found
    assert all(SECOND_NS <= at < 3 * SECOND_NS for _, at in found)
