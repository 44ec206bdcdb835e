"""A real stand-in portal, and locust as a user would start it."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cutover.rehearsal.portal import StandIn, stand_in
from scenarios.settings import PortalSettings

ROOT = Path(__file__).parents[3]


@pytest.fixture
def portal(tmp_path: Path) -> Iterator[StandIn]:
    with stand_in(tmp_path / "portal", PortalSettings(slow=0.1), tmp_path) as serving:
        yield serving


@pytest.fixture
def locust(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Return a function that runs plain `locust -f locustfile.py --headless` with more arguments, to its end."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [
            sys.executable,
            "-m",
            "locust",
            "-f",
            str(ROOT / "locustfile.py"),
            "--headless",
            "--only-summary",
        ]
        return subprocess.run(
            [*command, "--users", "1", *arguments], capture_output=True, text=True, timeout=60, cwd=tmp_path
        )

    return run
