"""The caps of a swarm: how many sessions, how many a second, how long."""

import pytest

from cutover.base.errors import BadInput
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.volume import busiest_per_s, check_caps

CAPS = ('plan = "stand-in"', 'plan = "stand-in"\n[swarm]\nmax_sessions = 24\nmax_sessions_per_s = 6\nmax_s = 6')


def capped(path, **volume):
    scenario = read_scenario(path)
    check_caps(scenario, Sessions(scenario, **{"scale": 1.0, "warp": 1.0, **volume}))


def test_a_swarm_at_its_caps_may_be_played(scenario_file):
    capped(scenario_file(CAPS))


def test_the_greatest_rate_counts_not_the_mean(scenario_file):
    scenario = read_scenario(
        scenario_file(("[0, 6], [4, 6], [4, 0], [6, 0]", "[0, 1], [3, 1], [3, 9], [4, 9], [6, 0]"))
    )
    assert busiest_per_s(scenario, Sessions(scenario, scale=2.0, warp=3.0)) == pytest.approx(2 * 3 * 9)


def test_all_caps_that_would_be_broken_are_told_at_once(scenario_file):
    path = scenario_file(CAPS)
    with pytest.raises(BadInput) as error:
        capped(path, scale=2.0)
    assert [mistake.key for mistake in error.value.mistakes] == ["swarm.max_sessions", "swarm.max_sessions_per_s"]
    words = str(error.value)
    assert "the swarm would start 48 sessions; lower --scale to 0.5 of what it is" in words
    assert "would start 12.0 sessions a second; lower --scale to 0.5 of what it is" in words


def test_time_that_passes_faster_is_more_a_second_and_slower_is_longer(scenario_file):
    path = scenario_file(CAPS)
    with pytest.raises(
        BadInput, match=r"swarm\.max_sessions_per_s = 6\.0: the swarm would start 9\.0 sessions a second"
    ):
        capped(path, warp=1.5)
    with pytest.raises(BadInput, match=r"swarm\.max_s = 6\.0: the swarm would last 12 s; raise --warp to 2 times"):
        capped(path, warp=0.5)
