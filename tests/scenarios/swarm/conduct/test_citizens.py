"""Locust's process ends with the run, whatever error there was: it never waits for an end that does not come."""

import subprocess
import sys
from pathlib import Path

import pytest

from reports.run import Run

LOCUSTFILE = Path(__file__).parents[4] / "locustfile.py"

CODE = """
import sys
from locust.main import main
from scenarios.swarm.conduct import citizens

def broken(*_):
    raise RuntimeError("nobody foresaw this")

setattr(citizens, sys.argv.pop(1), broken)
main()
"""


def locust(broken, folder, *arguments):
    """Run locust with a part of the swarm broken, to its end."""
    command = [sys.executable, "-c", CODE, broken, "-f", str(LOCUSTFILE), "--headless", "--only-summary"]
    more = ("--users", "1", "--run-folder", str(folder))
    return subprocess.run([*command, *more, *arguments], capture_output=True, text=True, timeout=60, check=False)


def test_an_error_that_nobody_foresaw_ends_it_with_its_trace(tmp_path):
    ended = locust("brief_of", tmp_path / "run", "--host", "http://127.0.0.1:1")
    assert ended.returncode == 1
    assert "RuntimeError: nobody foresaw this" in ended.stderr


@pytest.mark.realtime
def test_a_run_that_nobody_can_speak_with_is_played_to_its_end(portal, scenario_file, tmp_path):
    ended = locust("Control", tmp_path / "run", "--host", portal.url, "--scenario", str(scenario_file()))
    assert "RuntimeError: nobody foresaw this" in ended.stderr
    assert Run.open(tmp_path / "run").state == "complete"
