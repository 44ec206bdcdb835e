"""Swarms on the stand-in portal that a gate must not pass: stopped by a budget, short of sessions, damaged on disk."""

import os
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest

from cutover.rehearsal.portal import stand_in
from reports.gate import Verdict, judge
from reports.run import Run
from reports.writer import COUNTERS, LATENCY
from scenarios.settings import PortalSettings
from tests.scenarios.swarm.right.playing import scenario

pytestmark = pytest.mark.realtime

FAULTS = 'schema = 1\n[[faults]]\nkind = "errors"\nfails = 0.5\nstep = "home"\n'
STOPS = "all error_rate < 0.5% for 2s stop"


def generator_of(process: int) -> int:
    """Return the id of the generator among a process's descendants."""
    children = psutil.Process(process).children(recursive=True)
    return next(child.pid for child in children if "scenarios.swarm.generator" in child.cmdline())


def judged(folder: Path) -> Verdict:
    return judge(Run.open(folder))


def damaged(folder: Path, name: str, text: str) -> str:
    """Return what is found of a copy of a run of which a file reads otherwise; there must be something."""
    copy = folder.with_name(f"{folder.name}-{len(list(folder.parent.iterdir()))}")
    shutil.copytree(folder, copy)
    (copy / name).write_text(text, encoding="utf-8")
    verdict = judged(copy)
    assert verdict.exit_code == 5
    return " ".join(verdict.findings)


def test_real_runs_that_were_stopped_starved_or_damaged_never_pass(swarm, tmp_path):
    path = scenario(tmp_path, [(0, 25), (7, 25), (7, 0), (8, 0)])
    (tmp_path / "faults.toml").write_text(FAULTS, encoding="utf-8")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("dossiers lost == 0", STOPS), encoding="utf-8")
    settings = PortalSettings(slow=0.1, faults="faults.toml")
    with stand_in(tmp_path / "portal", settings, tmp_path) as portal:
        stopped = swarm(path, "--host", portal.url, "--stop-at-errors", "2").ended()
        path.write_text(text, encoding="utf-8")
        starving = swarm(path, "--host", portal.url, "--late-limit", "0.2", "--stop-at-errors", "2")
        first = stopped.run.folder
        while not (others := [each for each in first.parent.glob("*-measured") if each != first]):
            time.sleep(0.05)
            assert starving.process.poll() is None, starving.words()
        generator = generator_of(starving.process.pid)
        while (others[0] / COUNTERS).read_bytes().count(b"\n") < 4:
            time.sleep(0.05)
            assert starving.process.poll() is None, starving.words()
        os.kill(generator, signal.SIGSTOP)
        time.sleep(1.2)
        os.kill(generator, signal.SIGCONT)
        starving.process.wait(60)
    verdict = judge(stopped.run)
    assert (stopped.code, verdict.verdict) == (3, "fail")
    assert verdict.judgements[0].reason.startswith("It stopped the run: breached without a break for 2 s")
    (folder,) = others
    starved = judged(folder)
    assert starved.verdict == "invalid"
    assert " planned sessions were started (" in starved.findings[0]
    assert not any("mixed" in finding or "missing" in finding for finding in starved.findings)
    counters, log = ((folder / name).read_text(encoding="utf-8") for name in (COUNTERS, LATENCY))
    assert "counters.jsonl ends within a line" in damaged(folder, COUNTERS, counters[:-9])
    lines = [line for line in counters.splitlines(keepends=True) if '"t":5.0' not in line]
    assert "nothing was counted from 5 s to 6 s" in damaged(folder, COUNTERS, "".join(lines))
    other = (first / LATENCY).read_text(encoding="utf-8")
    assert "Files of two runs are mixed" in damaged(folder, LATENCY, log + other)
    assert "latency.hlog ends within a line" in damaged(folder, LATENCY, log[:-9])
