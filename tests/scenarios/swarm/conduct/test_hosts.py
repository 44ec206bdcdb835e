"""A swarm over several hosts with addresses of their own: network namespaces on a bridge, a link cut and healed."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from reports.gate import judge
from reports.run import Run
from reports.summary import Summary
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions

pytestmark = [pytest.mark.realtime, pytest.mark.system("ip")]

NET = "10.213.77"
HERE = f"{NET}.1"
LONG = (
    ("duration_s = 6", "duration_s = 34"),
    ("[0, 6], [4, 6], [4, 0], [6, 0]", "[0, 8], [32, 8], [32, 0], [34, 0]"),
)


def ip(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["ip", *arguments], check=check, capture_output=True, text=True)


@pytest.fixture
def hosts() -> Iterator[tuple[str, ...]]:
    """Two namespaces, each with an address on a bridge to this one; left out where there may be none."""
    mark = f"c{os.getpid() % 100_000}"
    names = tuple(f"{mark}n{number}" for number in (1, 2))
    if ip("netns", "add", names[0], check=False).returncode:
        required = os.environ.get("CUTOVER_SYSTEM_TESTS") == "required"
        (pytest.fail if required else pytest.skip)("this machine lets nobody make network namespaces")
    try:
        ip("link", "add", f"{mark}b", "type", "bridge")
        ip("addr", "add", f"{HERE}/24", "dev", f"{mark}b")
        ip("link", "set", f"{mark}b", "up")
        for number, name in enumerate(names, 2):
            ip("netns", "add", name, check=False)
            ip("link", "add", link(name), "type", "veth", "peer", "name", "eth0", "netns", name)
            ip("link", "set", link(name), "master", f"{mark}b", "up")
            ip("-n", name, "addr", "add", f"{NET}.{number}/24", "dev", "eth0")
            ip("-n", name, "link", "set", "eth0", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield names
    finally:
        for name in names:
            ip("netns", "del", name, check=False)
        ip("link", "del", f"{mark}b", check=False)


def link(name: str) -> str:
    return f"{name}v"


@pytest.fixture
def door(hosts, portal) -> Iterator[str]:
    """The portal, which serves on loopback only, at an address that the hosts reach; gives the URL."""
    assert hosts, "the bridge must be there first"
    inside = portal.url.rpartition(":")[2]
    command = [sys.executable, str(Path(__file__).with_name("door.py")), HERE, inside]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield f"http://{HERE}:{process.stdout.readline().strip()}"
        process.kill()


def test_a_link_is_cut_and_healed_and_each_session_is_started_once_or_accounted_for(
    hosts, door, scenario_file, tmp_path, started, played
):
    path, folder, token = scenario_file(*LONG), tmp_path / "run", {"CUTOVER_TOKEN": "t" * 32}
    channel = ("--master", "--master-bind-host", HERE, "--master-bind-port", "5557", "--expect-workers", "2")
    order = ("--scenario", str(path), "--run-folder", str(folder), "--host", door)
    order += ("--allow-host", HERE, "--allow-writes")
    master = started("--headless", "--only-summary", "--users", "1", *channel, *order, **token)
    for name in hosts:
        started("--worker", "--master-host", HERE, before=("ip", "netns", "exec", name), **token)
    played(folder, 5)
    ip("link", "set", link(hosts[0]), "down")
    _until(folder, "worker lost")
    ip("link", "set", link(hosts[0]), "up")
    assert master.wait(90) == 0
    run = Run.open(folder)
    sessions = Sessions(read_scenario(path))
    planned = list(sessions.window(0.0, sessions.duration_s))
    events = [event["event"] for event in run.events]
    assert events.count("worker lost") == events.count("worker returned") == 1
    lost = next(event for event in run.events if event["event"] == "worker lost")
    returned = next(event for event in run.events if event["event"] == "worker returned")
    assert lost["t"] + 3 <= lost["moved_s"] < returned["from_s"]
    outcomes = Summary.of(run).all.outcomes
    assert sum(c.planned for c in run.counters) == len(planned)
    assert sum(c.started for c in run.counters) + outcomes["skipped"] == len(planned)
    late = [second for second in run.workers if second.worker == lost["worker"] and second.t > returned["from_s"] + 1]
    assert any(second.in_progress for second in late)
    assert judge(run).verdict == "invalid"
    assert all(event["clock_error_s"] < 0.25 for event in run.events if event["event"] == "worker joined")


def _until(folder, event: str) -> None:
    """Wait until an event is in a run; bounded."""
    for _ in range(600):
        if f'"{event}"' in (folder / "events.jsonl").read_text(encoding="utf-8"):
            return
        time.sleep(0.05)
    raise AssertionError(f"no {event} within 30 s")
