"""`kill -9` of a worker, of the coordinator and of the target, mid-run: what the target saw, and what the run says."""

import os
import signal
import time

import pytest

from cutover.base.clock import SECOND_NS
from reports.gate import judge
from reports.run import Run
from reports.summary import Summary
from scenarios.swarm.conduct.terms import LEASE_NS
from tests.scenarios.swarm.right.playing import begun_s, scenario, schedule
from tests.scenarios.swarm.right.standing import free_port

pytestmark = pytest.mark.realtime

STEPS = ("home", "procedure")


def test_a_worker_is_killed_and_all_but_the_announced_gap_is_offered(portal, swarm, tmp_path):
    path = scenario(tmp_path, [(0, 30), (12, 30), (12, 0), (14, 0)], STEPS, think_s=0.5)
    playing = swarm(path, "--host", portal.url, "--workers", 3)
    playing.played(3)
    os.kill(playing.child(is_worker=True), signal.SIGKILL)
    ended = playing.ended()
    run, planned = ended.run, {session.number: session.instant_ns / SECOND_NS for session in schedule(path)}
    (lost,) = [event for event in run.events if event["event"] == "worker lost"]
    seen, begun = portal.seen(run.folder.name), begun_s(run.folder)
    first_pages = [request.session for requests in seen.values() for request in requests if request.path == "/"]
    assert len(first_pages) == len(set(first_pages)), "a session was started twice"
    missing = set(planned) - set(seen)
    assert missing <= set(lost["not_started"]), "planned sessions that are in no announced gap were not offered"
    assert all(lost["reported_s"] <= planned[number] < lost["moved_s"] for number in lost["not_started"])
    assert missing, "nothing was lost: the worker died without a share"
    broken_off = {number for number, requests in seen.items() if len(requests) < len(STEPS)}
    assert broken_off <= {*lost["in_progress"], *lost["not_started"]}, "a session that broke off is not listed"
    late = {number for number in seen if planned[number] > lost["moved_s"]}
    assert late == {number for number, instant_s in planned.items() if instant_s > lost["moved_s"]}
    assert max(seen[number][0].came_s - begun - planned[number] for number in late) < 1.0
    assert Summary.of(run).all.outcomes["skipped"] == len(lost["not_started"])
    assert judge(run).verdict == "invalid"


def test_the_coordinator_is_killed_and_its_workers_start_nothing_after_their_lease(portal, swarm, tmp_path):
    path, port = scenario(tmp_path, [(0, 30), (60, 30)], STEPS, think_s=0.5), free_port()
    channel = ("--expect-workers", 1, "--master-port", port)
    playing = swarm(path, "--host", portal.url, "--workers", 0, *channel)
    elsewhere = swarm("--worker", "--master-host", "127.0.0.1", "--master-port", port)
    folder = playing.played(5)
    os.kill(playing.child(is_worker=False), signal.SIGKILL)
    killed_s = time.time() - begun_s(folder)
    ended = playing.ended()
    assert ended.code == 5
    assert "The swarm's coordinator ended by itself with -9" in ended.words
    time.sleep(LEASE_NS / SECOND_NS + 2)
    assert elsewhere.process.poll() is None, "the worker ended, so that nothing was seen of its lease"
    run, seen, begun = Run.open(folder), portal.seen(folder.name), begun_s(folder)
    planned = {session.number: session.instant_ns / SECOND_NS for session in schedule(path)}
    last_s = max(requests[0].came_s for requests in seen.values()) - begun
    assert killed_s < last_s < killed_s + LEASE_NS / SECOND_NS + 0.2
    sessions = [request for requests in seen.values() for request in requests if request.path == "/"]
    assert set(seen) == {number for number, instant_s in planned.items() if instant_s <= last_s + 0.001}
    assert len(sessions) == len(seen)
    assert run.state == "interrupted"
    finished_s = max(line.end_s for line in run.counters if line.started)
    assert killed_s - 3 < finished_s <= killed_s + 1
    in_those = sum(instant_s < finished_s for instant_s in planned.values())
    assert sum(line.started for line in run.counters) == in_those, "a finished second is not whole"
    assert judge(run).verdict == "invalid"


def test_the_target_is_killed_and_the_run_goes_on_with_each_outcome_recorded(portal, swarm, tmp_path):
    path = scenario(tmp_path, [(0, 30), (12, 30), (12, 0), (13, 0)])
    playing = swarm(path, "--host", portal.url)
    folder = playing.played(3)
    portal.kill()
    playing.played(6)
    portal.serve()
    back_s = time.time() - begun_s(folder)
    ended = playing.ended()
    assert ended.code == 0, ended.words
    run, planned = ended.run, schedule(path)
    home = Summary.of(run).steps["home"]
    assert home.offered == len(planned)
    assert set(home.outcomes) == {"ok", "failed"}
    assert home.outcomes["ok"] == len(portal.seen(folder.name)), "what was ok is not what the target served"
    failed = {line.start_s for line in run.lines("response", "home", "failed")}
    assert failed >= {4.0, 5.0}
    assert failed <= {3.0, 4.0, 5.0, *map(float, range(6, int(back_s) + 1))}
    assert sum(line.started for line in run.counters) == len(planned)
    assert any("refused" in event["reason"].lower() for event in run.events if event["event"] == "step failed")


def test_a_target_that_stays_dead_stops_the_run_by_its_rule(portal, swarm, tmp_path):
    path = scenario(tmp_path, [(0, 20), (90, 20)])
    playing = swarm(path, "--host", portal.url, "--stop-at-errors", 0.5)
    playing.played(2)
    portal.kill()
    ended = playing.ended()
    assert ended.code == 5
    assert "The run was stopped: error storm: " in ended.words
    (stopped,) = [event for event in ended.run.events if event["event"] == "run stopped"]
    assert 29 <= stopped["t"] < 40
    assert max(line.end_s for line in ended.run.counters if line.started) <= stopped["t"] + 2
    assert Summary.of(ended.run).steps["home"].outcomes["failed"] > 400
    assert judge(ended.run).verdict == "invalid"
