"""Runs with known verdicts for the pipelines, and what a runner gives a step."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.reports.steady_run import steady_run

BUDGETS = {
    "pass": "home response p50 < 1s",
    "fail": "home response p50 < 1ms",
    "inconclusive": "home response p99 < 1s",
}


@pytest.fixture
def made_run(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that makes a run with a verdict and returns its folder."""

    def make(verdict: str) -> Path:
        validity = ("The target was restarted.",) if verdict == "invalid" else ()
        return steady_run(tmp_path / "runs" / verdict, [BUDGETS.get(verdict, BUDGETS["pass"])], validity=validity)

    return make


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
