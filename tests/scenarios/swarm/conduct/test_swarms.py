"""Swarms of several processes for real: workers lost, coordinators killed, runs stopped, paused and watched."""

import json
import os
import signal
import socket
import urllib.request
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from cutover.rehearsal.control import ask
from cutover.rehearsal.fleet import Fleet, Page, play_fleet
from cutover.rehearsal.live import line
from reports.gate import judge
from reports.receipts import Receipt
from reports.run import Run
from reports.summary import Summary
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.order import Order
from scenarios.volume import Volume

pytestmark = pytest.mark.realtime

LONGER = (
    ("duration_s = 6", "duration_s = 16"),
    ("[0, 6], [4, 6], [4, 0], [6, 0]", "[0, 10], [14, 10], [14, 0], [16, 0]"),
)


def schedule(path):
    sessions = Sessions(read_scenario(path))
    return list(sessions.window(0.0, sessions.duration_s))


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def order_of(path, portal):
    return Order.of(read_scenario(path), Volume(1.0, 1.0), portal.url, "run")


def coordinator(portal, path, folder, port, workers):
    channel = ("--master", "--master-bind-port", str(port), "--expect-workers", str(workers))
    played = ("--scenario", str(path), "--run-folder", str(folder), "--host", portal.url)
    return ("--headless", "--only-summary", "--users", "1", *channel, *played)


def worker(port, host="127.0.0.1"):
    return ("--worker", "--master-host", host, "--master-port", str(port))


def test_a_fleet_of_two_plays_the_schedule_one_for_one_and_shows_it(portal, scenario_file, tmp_path):
    path, page, seen, stats = scenario_file(), free_port(), [], []

    def look(status):
        seen.append(status)
        if status["t"] > 4 and not stats:
            with urllib.request.urlopen(f"http://127.0.0.1:{page}/stats/requests") as answer:
                stats.append(json.load(answer))

    fleet = Fleet(order_of(path, portal), 2, 2, page=Page(port=page), target_metrics="/metrics")
    played = play_fleet(fleet, tmp_path, look)
    run, planned = played.run, schedule(path)
    assert (run.state, played.interrupted) == ("complete", False)
    assert run.header.achieved == {"sessions": len(planned)}
    seconds = [session.instant_ns // 10**9 for session in planned]
    assert [(c.start_s, c.planned) for c in run.counters if c.planned] == [
        (float(second), seconds.count(second)) for second in sorted(set(seconds))
    ]
    assert [c.started for c in run.counters if c.planned] == [c.planned for c in run.counters if c.planned]
    summary = Summary.of(run)
    assert summary.steps["home"].ok == len(planned)
    assert {second.worker for second in run.workers} == {1, 2}
    assert sum(c.target_cpu_s or 0.0 for c in run.counters) > 0
    assert run.header.validity == ()
    assert {path.name for path in run.folder.glob("*.log")} == {"locust.log", "worker-1.log", "worker-2.log"}
    assert not (run.folder / ".control").exists()
    assert seen[-1]["state"] == "over"
    assert seen[-1]["sessions"]["started"] == len(planned)
    assert [each["worker"] for each in seen[-1]["workers"]] == [1, 2]
    assert f"{len(planned)} started" in line(seen[-1])
    home = next(each for each in stats[0]["stats"] if each["name"] == "home")
    assert home["method"] == "STEP"
    assert 0 < home["num_requests"] <= len(planned)


def test_one_of_three_workers_is_killed_and_another_joins(portal, scenario_file, tmp_path, started, played):
    path, folder, port = scenario_file(*LONGER), tmp_path / "run", free_port()
    master = started(*coordinator(portal, path, folder, port, 3))
    workers = [started(*worker(port)) for _ in range(3)]
    played(folder, 4)
    os.kill(workers[1].pid, signal.SIGKILL)
    joiner = started(*worker(port))
    assert master.wait(60) == 0
    assert [process.wait(20) for process in (*workers, joiner)] == [0, -signal.SIGKILL, 0, 0]
    run, planned = Run.open(folder), schedule(path)
    lost = next(event for event in run.events if event["event"] == "worker lost")
    joined = [event for event in run.events if event["event"] == "worker joined"]
    assert [event["worker"] for event in joined] == [1, 2, 3, 4]
    assert lost["t"] + 3 <= lost["moved_s"] <= lost["t"] + 5
    numbers = {session.number for session in planned}
    gap = {s.number for s in planned if lost["reported_s"] <= s.instant_ns / 1e9 < lost["moved_s"]}
    assert set(lost["not_started"]) <= gap
    assert set(lost["in_progress"]) <= numbers - gap
    begun = sum(c.started for c in run.counters)
    assert begun + len(lost["not_started"]) == len(planned)
    assert Summary.of(run).all.outcomes["skipped"] == len(lost["not_started"])
    verdict = judge(run)
    assert verdict.verdict == "invalid"
    assert verdict.reason.startswith(f"Worker {lost['worker']} on {socket.gethostname()} was lost at ")


def test_a_coordinator_that_is_killed_leaves_finished_seconds_and_no_verdict(
    portal, scenario_file, tmp_path, started, played
):
    path, folder, port = scenario_file(*LONGER), tmp_path / "run", free_port()
    master = started(*coordinator(portal, path, folder, port, 1))
    started(*worker(port))
    played(folder, 7)
    os.kill(master.pid, signal.SIGKILL)
    master.wait()
    run = Run.open(folder)
    assert run.state == "interrupted"
    assert sum(c.planned for c in run.counters) >= sum(c.started for c in run.counters) > 0
    assert judge(run).verdict == "invalid"
    assert all(isinstance(receipt, Receipt) for receipt in run.receipts)


def test_a_swarm_is_paused_raised_and_stopped_from_outside(portal, scenario_file, tmp_path):
    capped = ('plan = "stand-in"', 'plan = "stand-in"\n[swarm]\nmax_sessions_per_s = 30')
    path, asked = scenario_file(*LONGER, capped), []

    def look(status):
        folder = Path(status["run"])
        for at_s, what, more in ((1, "pause", {}), (6, "rate", {"factor": 3.0}), (11, "stop", {})):
            if status["t"] >= at_s and what not in asked:
                asked.append(what)
                assert ask(folder, what, **more) == {"ok": True}
        if "refused" not in asked:
            asked.append("refused")
            with pytest.raises(BadInput, match="the factor must be above 0"):
                ask(folder, "rate", factor=-1)
            with pytest.raises(BadInput, match=r"at most 3: the scenario's cap is swarm\.max_sessions_per_s"):
                ask(folder, "rate", factor=3.1)

    played = play_fleet(Fleet(order_of(path, portal)), tmp_path, look)
    run = played.run
    assert (run.state, played.interrupted) == ("interrupted", False)
    changes = [event for event in run.events if event["event"] == "rate changed"]
    assert [event["factor"] for event in changes] == [0.0, 3.0]
    stopped = next(event for event in run.events if event["event"] == "run stopped")
    assert stopped["reason"] == "asked with cutover swarm stop"
    pause_s, on_s = (event["from_s"] for event in changes)
    assert not [c for c in run.counters if c.started and pause_s + 1 <= c.start_s < on_s - 1]
    assert [c for c in run.counters if c.started and c.start_s >= on_s]
    assert max(c.start_s for c in run.counters if c.sent) <= stopped["t"] + 1
    assert any("it is another load" in finding for finding in judge(run).findings)
    with pytest.raises(BadInput, match="is not being played"):
        ask(run.folder, "stop")


def test_a_worker_with_another_token_is_refused_with_exit_2(portal, scenario_file, tmp_path, started, words):
    port = free_port()
    started(*coordinator(portal, scenario_file(), tmp_path / "run", port, 1), CUTOVER_TOKEN="a" * 32)
    other = started(*worker(port), CUTOVER_TOKEN="b" * 32)
    assert other.wait(60) == 2
    assert "refused by the coordinator: the coordinator has another token" in words(1)
    assert not (tmp_path / "run").exists()


def test_off_loopback_nothing_starts_without_a_token(started, words, scenario_file):
    ended = [
        started("--worker", "--master-host", "192.0.2.1"),
        started("--master", "--master-bind-host", "*", "--headless", "--scenario", str(scenario_file())),
        started("--web-host", "0.0.0.0", "--web-port", str(free_port())),
    ]
    assert [process.wait(60) for process in ended[1:]] == [2, 2]
    assert "--master-bind-host: host = '*': is not loopback" in words(1)
    assert "--web-host: host = '0.0.0.0': is not loopback" in words(2)
    ended[0].kill()


def test_ports_in_use_and_workers_that_do_not_come_are_bad_input_before_load(portal, scenario_file, tmp_path):
    order = order_of(scenario_file(), portal)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for fleet in (Fleet(order, 2, 2, port=port), Fleet(order, page=Page(port=port))):
            with pytest.raises(BadInput, match=r"cannot be bound \(Address already in use\); name another"):
                play_fleet(fleet, tmp_path, lambda _: None)
    assert list(tmp_path.glob("*-measured")) == []


def test_a_generator_that_cannot_be_played_with_is_refused_in_its_own_words(scenario_file, tmp_path, portal):
    order = order_of(scenario_file(), portal)
    wrong = Order.of_message({**order.to_message(), "steps": "this is no Python"})
    with pytest.raises(Exception, match="steps") as refused:
        play_fleet(Fleet(wrong, page=Page(port=free_port())), tmp_path, lambda _: None)
    assert refused.value.exit_code == 2
    assert list(tmp_path.glob(".*.log")) == []
