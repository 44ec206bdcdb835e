"""Locust processes as a user would start them, ended by their ids."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

LOCUSTFILE = Path(__file__).parents[4] / "locustfile.py"

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts `locust ARGUMENTS` and gives its process."""
    processes: list[subprocess.Popen[str]] = []

    def start(*arguments: str, before: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        command = [*before, sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel", "WARNING"]
        with (tmp_path / f"{len(processes)}.log").open("w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [*command, *arguments], cwd=tmp_path, stdout=log, stderr=log, text=True, env={**os.environ, **env}
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        if process.poll() is None:
            process.kill()
        process.wait()


@pytest.fixture
def words(tmp_path: Path) -> Callable[[int], str]:
    """Return a function that gives what the n-th process has said."""
    return lambda number: (tmp_path / f"{number}.log").read_text(encoding="utf-8")


@pytest.fixture
def played(tmp_path: Path) -> Callable[[Path, int], None]:
    """Return a function that waits until a run has so many lines of counters; a bounded wait for real processes."""

    def wait(folder: Path, lines: int) -> None:
        path = folder / "counters.jsonl"
        for _ in range(1800):
            if path.exists() and path.read_bytes().count(b"\n") >= lines:
                return
            time.sleep(0.05)
        said = [path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.log"))]
        raise AssertionError(f"the swarm did not come so far within 90 s: {said}")

    return wait
