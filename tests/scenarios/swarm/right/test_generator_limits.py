"""A generator that cannot keep its schedule says so: the run is invalid, and names the machine to add."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from reports.gate import judge
from tests.scenarios.swarm.right.playing import scenario
from tests.scenarios.swarm.right.stall import STEPS, stalled

pytestmark = [pytest.mark.realtime, pytest.mark.alone]

BUSY = 40
NEVER = 1 << 40
HEAVY = STEPS.replace("    answer = ", "    sum(range(400_000))\n    answer = ", 1)
SPINS = "import os, time\nos.sched_setaffinity(0, {%d})\nends = time.time() + 30\nwhile time.time() < ends: pass"


@pytest.fixture
def crowd() -> Iterator[Callable[[int], None]]:
    """Return a function that keeps a core busy with processes of its own, for half a minute at most."""
    processes: list[subprocess.Popen[bytes]] = []

    def come(core: int) -> None:
        for _ in range(BUSY):
            spins = [sys.executable, "-S", "-c", SPINS % core]
            processes.append(subprocess.Popen(spins, start_new_session=True))  # Linux shares a core among sessions

    yield come
    for process in processes:
        process.kill()
        process.wait()


def generator_of(process: int) -> int:
    """Return the id of the generator among a process's descendants."""
    children = Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
    for child in map(int, children):
        if b"scenarios.swarm.generator" in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
            return child
        found = generator_of(child)
        if found:
            return found
    return 0


def machine_to_add() -> str:
    host, cores = socket.gethostname(), os.cpu_count() or 1
    where = f"on {host}, which has {cores} cores" if cores > 2 else f"on a machine beside {host}"
    return f"add a worker {where}"


def test_one_that_is_starved_by_others_on_its_core_is_late(swarm, crowd, tmp_path):
    path = scenario(tmp_path, [(0, 400), (8, 400), (8, 0), (9, 0)], ["page"])
    (tmp_path / "steps.py").write_text(STEPS, encoding="utf-8")
    with stalled(NEVER, 0.0) as server:
        playing = swarm(path, "--host", server.url, "--steps", tmp_path / "steps.py")
        playing.run_folder()
        core = min(os.sched_getaffinity(0))
        generator = generator_of(playing.process.pid)
        assert generator
        os.sched_setaffinity(generator, {core})
        crowd(core)
        ended = playing.ended()
    verdict = judge(ended.run)
    assert (verdict.verdict, verdict.exit_code) == ("invalid", 5)
    (late,) = [finding for finding in verdict.findings if " was late in " in finding]
    assert late.startswith(f"Worker 1 on {socket.gethostname()} was late in ")
    assert late.endswith(f"; {machine_to_add()}.")


def test_one_whose_steps_take_more_than_its_core_is_late_or_saturated(swarm, tmp_path):
    path = scenario(tmp_path, [(0, 400), (8, 400), (8, 0), (9, 0)], ["page"])
    (tmp_path / "steps.py").write_text(HEAVY, encoding="utf-8")
    with stalled(NEVER, 0.0) as server:
        ended = swarm(path, "--host", server.url, "--steps", tmp_path / "steps.py").ended()
    verdict = judge(ended.run)
    assert (verdict.verdict, verdict.exit_code) == ("invalid", 5)
    own = [finding for finding in verdict.findings if finding.startswith(f"Worker 1 on {socket.gethostname()} was ")]
    assert own
    assert all(finding.endswith(f"; {machine_to_add()}.") for finding in own)
