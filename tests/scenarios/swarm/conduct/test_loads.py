"""Loads in words, played for real over two workers."""

import pytest

from cutover.rehearsal.fleet import Fleet, play_fleet
from reports.gate import judge
from reports.levels import table
from scenarios.levels import under
from scenarios.scenario import read_scenario
from scenarios.swarm.order import Order
from scenarios.volume import Volume

pytestmark = pytest.mark.realtime


def played(scenario, portal, out):
    order = Order.of(scenario, Volume.of(scenario, None, None), portal.url, "run")
    return play_fleet(Fleet(order, 2, 2), out, lambda _: None).run


def test_a_stress_ends_at_the_level_that_breaks_its_rule_in_order(portal, scenario_file, tmp_path):
    words = "stress from 5/s by 5/s every 3s until response p50 > 1us"
    run = played(under(read_scenario(scenario_file()), words), portal, tmp_path)
    (ended,) = [event for event in run.events if event["event"] == "load ended"]
    assert run.state == "complete"
    assert ended["reason"] == run.findings["load"]["words"]
    assert ended["reason"].startswith("No level held: at the first, 5/s, all response p50 <= 1us was broken with ")
    assert not [event for event in run.events if event["event"] == "run stopped"]
    assert (run.header.measurement.from_s, run.header.measurement.to_s) == (0.0, 3.0)
    assert 3.0 <= run.header.duration_s < 15.0  # of 78
    assert run.header.planned.sessions >= run.header.achieved["sessions"] - 5
    assert not any("interrupted" in finding or "planned sessions" in finding for finding in judge(run).findings)
    assert len(table(run.findings["load"])) == 4


def test_a_staircase_is_played_to_its_end_and_told_by_level(portal, scenario_file, tmp_path):
    run = played(under(read_scenario(scenario_file()), "staircase 4/s to 8/s in 2 steps of 3s"), portal, tmp_path)
    told = run.findings["load"]
    assert run.state == "complete"
    assert [row["per_s"] for row in told["levels"]] == [4.0, 8.0]
    assert [row["held"] for row in told["levels"]] == [None, None]
    planned = [sum(c.planned for c in run.counters if from_s <= c.start_s < from_s + 3) for from_s in (0, 3)]
    assert [row["started_per_s"] for row in told["levels"]] == pytest.approx([count / 3 for count in planned])
    assert sum(planned) == run.header.achieved["sessions"]
