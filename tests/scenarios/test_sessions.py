from collections import Counter

import pytest
from scipy import stats

from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions


@pytest.fixture(scope="module")
def go_live():
    return read_scenario(find_scenario("go-live"))


def test_any_split_into_windows_gives_the_same_sessions(go_live):
    sessions = Sessions(go_live)
    whole = list(sessions.window(36_000.0, 36_030.0))
    split = [session for second in range(36_000, 36_030) for session in sessions.window(second, second + 1)]
    assert whole == split
    assert sessions.count(36_000.0, 36_030.0) == len(whole)
    assert len(whole) > 3_000


def test_engines_get_the_same_sessions(go_live):
    """In order of instant and number, with provinces numbered in the order of their codes."""
    sessions = Sessions(go_live)
    codes = sorted(set(sessions.nation.provinces))
    whole = sorted(sessions.window(36_000.0, 36_030.0), key=lambda session: (session.instant_ns, session.number))
    told = [
        row
        for batch in sessions.arrivals(36_000.0, 36_030.0)
        for row in zip(*(column.tolist() for column in batch), strict=True)
    ]
    assert len(codes) == 34
    assert told == [(s.number, s.instant_ns, s.journey, codes.index(s.province)) for s in whole]


def test_replications_differ_and_a_seed_repeats(go_live):
    first, again, other = (list(Sessions(go_live, replication=number).window(0.0, 60.0)) for number in (0, 0, 1))
    assert first == again
    assert first != other


def test_warp_changes_the_instants_and_nothing_else(go_live):
    plain = list(Sessions(go_live).window(36_000.0, 36_010.0))
    warped = list(Sessions(go_live, warp=10.0).window(3_600.0, 3_601.0))
    assert [(s.number, s.citizen, s.journey) for s in warped] == [(s.number, s.citizen, s.journey) for s in plain]
    assert [s.instant_ns for s in warped] == pytest.approx([s.instant_ns / 10 for s in plain], abs=1)


def test_journeys_come_in_their_shares_and_a_wrong_share_would_be_seen(go_live):
    drawn = Counter(session.journey for session in Sessions(go_live).window(36_000.0, 36_200.0))
    total = drawn.total()
    for index, share in enumerate(go_live.shares[:3]):
        low, high = stats.binom.interval(0.999, total, share)
        assert low <= drawn[index] <= high
        planted = stats.binom.interval(0.999, total, share * 1.1)
        assert not planted[0] <= drawn[index] <= planted[1]


def test_citizens_are_of_the_population(go_live):
    citizens = [session.citizen for session in Sessions(go_live).window(36_000.0, 36_010.0)]
    assert min(citizens) >= 0
    assert max(citizens) < 101_600_000
    assert stats.kstest([citizen / 101_600_000 for citizen in citizens], "uniform").pvalue > 0.001
