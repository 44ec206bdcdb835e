"""Runs with known verdicts for the pipelines, and what a runner gives a step."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.header import Header, Planned, Window
from reports.recorder import Recorder
from reports.run import Run
from reports.writer import RunWriter

BUDGETS = {
    "pass": "home response p50 < 1s",
    "fail": "home response p50 < 1ms",
    "inconclusive": "home response p99 < 1s",
}


def make_run(folder: Path, verdict: str) -> Run:
    """Write a run of a hundred steps of 5 ms whose only budget has the verdict."""
    header = Header(
        kind="measured",
        scenario="made-up",
        scenario_hash="0",
        title="Made up",
        seed=1,
        started=datetime(2026, 11, 21, tzinfo=UTC),
        duration_s=10,
        interval_s=1,
        measurement=Window(from_s=0, to_s=10),
        steps=("home",),
        budgets=(BUDGETS.get(verdict, BUDGETS["pass"]),),
        planned=Planned(sessions=100),
        validity=("The target was restarted.",) if verdict == "invalid" else (),
    )
    recorder = Recorder(1.0)
    for number in range(100):
        at_ns = number * 100_000_000
        recorder.session(at_ns)
        recorder.offered("home", at_ns)
        recorder.step("home", "ok", number, 0, at_ns, at_ns, at_ns + 5_000_000)
    with RunWriter.create(folder, header) as writer:
        closed = recorder.drain()
        writer.latencies(closed.latencies)
        writer.counters(closed.counters)
    return Run.open(folder)


@pytest.fixture
def made_run(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a run with a verdict and returns its folder."""
    return lambda verdict: make_run(tmp_path / "runs" / verdict, verdict).folder


@pytest.fixture
def shell(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs a script as a runner does: `cutover` on the path, and nothing else from here."""

    def run(script: str, environment: Mapping[str, str], name: str = "bash") -> subprocess.CompletedProcess[str]:
        base = {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(tmp_path),
            "LANG": "C.UTF-8",
        }
        options = ["-eo", "pipefail"] if name == "bash" else ["-e"]
        return subprocess.run(
            [name, *options, "-c", script],
            env={**base, **environment},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
