"""Swarms for real: locust in a process of its own, a few seconds of load on loopback."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path

import pytest

from fixtures.portal.evidence import dossiers
from fixtures.procedures import catalogue
from reports.reconciliation import reconcile
from reports.run import Run
from reports.summary import Summary
from scenarios.run_keys import RunKeys
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions

pytestmark = pytest.mark.realtime


def test_plain_locust_plays_the_schedule_one_for_one(portal, locust, scenario_file, tmp_path):
    path, folder = scenario_file(), tmp_path / "run"
    ended = locust(
        "--host",
        portal.url,
        "--scenario",
        str(path),
        "--run-folder",
        str(folder),
        "--target-metrics",
        "/metrics",
        "--as-of",
        "2025-06-29",
    )
    assert ended.returncode == 0, ended.stderr
    run, sessions = Run.open(folder), Sessions(read_scenario(path))
    planned = list(sessions.window(0.0, sessions.duration_s))
    assert run.state == "complete"
    assert run.header.as_of == date(2025, 6, 29)
    assert run.header.communes == "synthetic allocation"
    assert run.header.planned.sessions == len(planned)
    assert run.header.target_size is not None
    assert run.header.target_size["procedures"] == len(catalogue())
    assert [line.planned for line in run.counters if line.planned] == _per_second(planned)
    assert sum(line.started for line in run.counters) == len(planned)
    summary = Summary.of(run)
    assert summary.steps["home"].ok == len(planned)
    assert summary.all.ok == summary.all.offered
    assert re.search(rf"STEP +home +{len(planned)} ", ended.stderr)  # locust's own table counts the same
    assert sum(line.target_cpu_s or 0.0 for line in run.counters) > 0
    stored = dossiers(portal.database, RunKeys("run").prefix)
    found = reconcile(run.receipts, stored)
    assert len(stored) == found.matched == found.submitted > 0
    told = cutover("portal", "reconcile", str(folder), "--database", str(portal.database))
    assert told.returncode == 0, told.stderr
    assert re.search(rf"^matched: {found.matched} .*\nunseen: 0 .*\nlost: 0 ", told.stdout, re.MULTILINE)
    assert Run.open(folder).findings["reconciliation"]["matched"] == found.matched


def _per_second(sessions):
    seconds = [session.instant_ns // 10**9 for session in sessions]
    return [seconds.count(second) for second in sorted(set(seconds))]


def test_a_foreign_host_is_refused_before_a_single_request(locust, scenario_file, tmp_path):
    ended = locust(
        "--host",
        "http://192.0.2.1",
        "--scenario",
        str(scenario_file()),
        "--run-folder",
        str(tmp_path / "run"),
    )
    assert ended.returncode == 6
    assert "192.0.2.1 is neither loopback nor allowed: no request was sent" in ended.stderr
    assert not (tmp_path / "run").exists()


def cutover(*arguments: str, **options):
    command = [sys.executable, "-m", "cutover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def test_a_step_that_nobody_can_play_is_bad_input_before_anything_is_written(portal, scenario_file, tmp_path):
    path = scenario_file(("brisk_look_up", "dancing"))
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "dancing.toml").write_text(
        'schema = 1\nname = "dancing"\ndescription = ""\n[[steps]]\nname = "dance"\nnext = { exit = 1.0 }\n',
        encoding="utf-8",
    )
    ended = cutover("swarm", str(path), "--host", portal.url, "--out", str(tmp_path / "runs"))
    assert ended.returncode == 2
    assert "journeys = 'dance': is a step that the swarm cannot play; use one of home, search" in ended.stderr
    assert not (tmp_path / "runs").exists()


def test_metrics_that_are_not_there_are_bad_input(portal, scenario_file, tmp_path):
    ended = cutover(
        "swarm", str(scenario_file()), "--host", portal.url, "--out", str(tmp_path / "runs"), "--target-metrics", "/no"
    )  # fmt: skip
    assert ended.returncode == 2
    assert "--target-metrics: path = '/no': holds no `process_cpu_seconds_total`" in ended.stderr
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_swarm_killed_by_somebody_else_is_invalid_and_says_so(portal, scenario_file, tmp_path):
    path = scenario_file(("duration_s = 6", "duration_s = 40"), ("[4, 6], [4, 0], [6, 0]", "[40, 6]"))

    def kill_locust():
        _wait_for_lines(tmp_path / "runs", "counters.jsonl", 3)
        parent = f"/proc/{process.pid}/task/{process.pid}/children"
        (child,) = Path(parent).read_text(encoding="ascii").split()
        os.kill(int(child), signal.SIGKILL)

    arguments = ["swarm", str(path), "--host", portal.url, "--out", str(tmp_path / "runs")]
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    kill_locust()
    out, words = process.communicate(timeout=20)
    assert process.returncode == 5
    assert "The swarm's coordinator ended by itself with -9; see locust.log." in words
    assert Run.open(Path(out.strip())).state == "interrupted"


def test_a_host_that_does_not_answer_is_exit_5_with_the_reason(scenario_file, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{taken.getsockname()[1]}"
        ended = cutover("swarm", str(scenario_file()), "--host", host, "--out", str(tmp_path / "runs"))
    assert ended.returncode == 5
    assert ended.stderr.count("\n") == 1
    assert f"{host} does not answer (" in ended.stderr
    assert not (tmp_path / "runs").exists()


def test_a_host_that_never_answers_is_exit_5_too(scenario_file, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        ended = cutover("swarm", str(scenario_file()), "--host", host, "--out", str(tmp_path / "runs"))
    assert ended.returncode == 5
    assert "does not answer (timed out)" in ended.stderr


def test_a_portal_that_dies_leaves_failed_steps_and_reasons_not_a_traceback(portal, scenario_file, tmp_path):
    path = scenario_file(("duration_s = 6", "duration_s = 8"), ("[4, 6], [4, 0], [6, 0]", "[6, 6], [6, 0], [8, 0]"))

    def kill_when_dossiers_were_submitted():
        _wait_for_lines(tmp_path / "runs", "receipts.jsonl", 5)
        os.kill(portal.process.pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_when_dossiers_were_submitted)
    killer.start()
    ended = cutover("swarm", str(path), "--host", portal.url, "--out", str(tmp_path / "runs"))
    killer.join()
    assert ended.returncode == 0, ended.stderr
    run = Run.open(Path(ended.stdout.strip()))
    summary = Summary.of(run)
    assert 0 < summary.all.ok < summary.all.offered
    assert summary.all.outcomes["failed"] > 0
    reasons = [event["reason"] for event in run.events if event["event"] == "step failed"]
    assert any("refused" in reason.lower() for reason in reasons)
    assert "Traceback" not in (run.folder / "locust.log").read_text(encoding="utf-8")
    stored = dossiers(portal.database, RunKeys(run.folder.name).prefix)
    found = reconcile(run.receipts, stored)
    assert not found.fails  # what was receipted before kill -9 is there, and nothing is there that was not sent
    assert found.matched + len(found.unseen) == len(stored) > 0


def test_ctrl_c_ends_the_swarm_and_leaves_a_readable_interrupted_run(portal, scenario_file, tmp_path):
    path = scenario_file(("duration_s = 6", "duration_s = 40"), ("[4, 6], [4, 0], [6, 0]", "[40, 6]"))
    arguments = ["swarm", str(path), "--host", portal.url, "--out", str(tmp_path / "runs")]
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _wait_for_lines(tmp_path / "runs", "counters.jsonl", 3)
    process.send_signal(signal.SIGINT)
    out, words = process.communicate(timeout=20)
    assert process.returncode == 130, words
    run = Run.open(Path(out.strip()))
    assert run.state == "interrupted"
    assert Summary.of(run).all.ok > 0
    assert run.header.target_size["procedures"] == len(catalogue())  # a stand-in is asked, metrics wanted or not


def _wait_for_lines(runs: Path, name: str, lines: int) -> None:
    """Poll until a run under the folder has so many lines in a file; a bounded wait for a real process."""
    for _ in range(1200):
        if any(path.read_bytes().count(b"\n") >= lines for path in runs.glob(f"*/{name}")):
            return
        time.sleep(0.05)
    raise AssertionError("the swarm did not come so far within 60 s")
