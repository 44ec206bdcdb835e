"""What the target saw is the schedule, one for one, whoever shares it; and so is what the run says."""

import statistics

import pytest

from reports.summary import Summary
from tests.scenarios.swarm.right.playing import begun_s, scenario, schedule

pytestmark = pytest.mark.realtime

LATE_S = 1.0  # later ones would have been skipped
CLOCKS_S = 0.005  # the portal's log tells milliseconds, and its clock is the wall's


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_target_sees_each_session_once_at_its_instant(portal, swarm, tmp_path, workers):
    path = scenario(tmp_path, [(0, 40), (2, 40), (2, 80), (4, 80), (4, 0), (5, 0)])
    planned = {session.number: session.instant_ns / 1e9 for session in schedule(path)}
    ended = swarm(path, "--host", portal.url, "--workers", workers).ended()
    assert ended.code == 0, ended.words
    run = ended.run
    seen, begun = portal.seen(run.folder.name), begun_s(run.folder)
    assert len(planned) > 200
    assert {number: len(requests) for number, requests in seen.items()} == dict.fromkeys(planned, 1)
    late_s = [requests[0].came_s - begun - planned[number] for number, requests in seen.items()]
    assert min(late_s) > -CLOCKS_S, "a session was started before its instant"
    assert max(late_s) < LATE_S
    assert abs(statistics.median(late_s)) < 0.1, "sessions were started at other instants"
    seconds = [int(instant_s) for instant_s in planned.values()]
    per_second = {float(second): seconds.count(second) for second in set(seconds)}
    assert {line.start_s: line.planned for line in run.counters if line.planned} == per_second
    assert {line.start_s: line.started for line in run.counters if line.started} == per_second
    assert Summary.of(run).steps["home"].outcomes == {"ok": len(planned)}
    assert {second.worker for second in run.workers} == set(range(1, workers + 1))
    assert run.header.validity == ()
