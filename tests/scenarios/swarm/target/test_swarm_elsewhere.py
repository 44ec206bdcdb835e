"""A swarm at a portal of another shape, as a user types it: steps, accounts, feeds and codes, over two workers."""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from reports.run import Run
from reports.summary import Summary
from tests.scenarios.json_portal import JsonPortal, served

pytestmark = pytest.mark.realtime
EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
ACCOUNTS = 60
SUPPLIES = """
schema = 1
[cast]
file = "accounts.csv"
used_by = ["sign_in"]
[feeds.vehicles]
file = "plates.csv"
take = "unique"
[one_time_codes]
by = "inbox"
url = "{url}/inbox/{{to}}"
every_s = 0.05
"""


def prepare(folder: Path, url: str, accounts: int = ACCOUNTS) -> None:
    """Write the example's scenario, shorter, with what it needs beside it."""
    scenario = (EXAMPLES / "json-portal.toml").read_text(encoding="utf-8")
    points = "[[0, 3], [6, 3], [6, 0], [14, 0]]"
    scenario = re.sub("points = .*", f"points = {points}", scenario).replace("duration_s = 240", "duration_s = 14")
    (folder / "json-portal.toml").write_text(scenario.replace('"national"', '"stand-in"'), encoding="utf-8")
    journey = (EXAMPLES / "journeys" / "apply_by_json.toml").read_text(encoding="utf-8")
    (folder / "journeys").mkdir()
    brisk = re.sub("think = .*", 'think = { law = "constant", mean_s = 0.5 }', journey)
    (folder / "journeys" / "apply_by_json.toml").write_text(brisk, encoding="utf-8")
    rows = "".join(f"u{number},secret-of-{number}\n" for number in range(accounts))
    (folder / "accounts.csv").write_text(f"user,password\n{rows}", encoding="utf-8")
    (folder / "accounts.csv").chmod(0o600)
    plates = "".join(f"30A-{number}\n" for number in range(ACCOUNTS))
    (folder / "plates.csv").write_text(f"plate\n{plates}", encoding="utf-8")
    (folder / "supplies.toml").write_text(SUPPLIES.format(url=url), encoding="utf-8")


def swarm(folder: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutover", "swarm", str(folder / "json-portal.toml"), "--host", url, *more]
    command += ["--out", str(folder / "runs"), "--supplies", str(folder / "supplies.toml"), "--headless"]
    return subprocess.run(command, capture_output=True, text=True, timeout=90)


def test_two_workers_play_it_with_accounts_feeds_and_codes(tmp_path):
    portal = JsonPortal({f"u{number}": f"secret-of-{number}" for number in range(ACCOUNTS)})
    with served(portal.app) as url:
        prepare(tmp_path, url)
        ended = swarm(tmp_path, url, "--steps", str(EXAMPLES / "json_portal_steps.py"), "--workers", "2")
    assert ended.returncode == 0, ended.stderr
    run = Run.open(Path(ended.stdout.strip()))
    played = (EXAMPLES / "json_portal_steps.py").read_bytes()
    assert run.header.steps_file == "json_portal_steps.py"
    assert run.header.steps_hash == hashlib.sha256(played).hexdigest()
    summary = Summary.of(run)
    assert summary.all.outcomes == {"ok": summary.all.offered}
    assert summary.steps["submit"].ok == len(portal.keys) > 0
    assert len([receipt for receipt in run.receipts if receipt.receipt]) == len(portal.keys)
    plates = [application["plate"] for application in portal.applications.values()]
    assert len(plates) == len(set(plates)) == summary.steps["apply"].ok
    kept = b"".join(path.read_bytes() for path in run.folder.rglob("*") if path.is_file())
    assert b"secret-of" not in kept


def test_too_few_accounts_are_told_before_a_single_request(tmp_path):
    portal = JsonPortal({})
    with served(portal.app) as url:
        prepare(tmp_path, url, accounts=1)
        ended = swarm(tmp_path, url, "--steps", str(EXAMPLES / "json_portal_steps.py"))
    assert ended.returncode == 2
    assert "cast = 1: are too few accounts" in ended.stderr
    assert portal.codes == {}


def test_steps_that_are_not_the_scenarios_are_told_all_at_once(tmp_path):
    (tmp_path / "steps.py").write_text("import time\ndef search(visit): return 1\n", encoding="utf-8")
    with served(JsonPortal({}).app) as url:
        prepare(tmp_path, url)
        ended = swarm(tmp_path, url, "--steps", str(tmp_path / "steps.py"))
    assert ended.returncode == 2
    assert "import = 'time'" in ended.stderr
    assert "def search: is no generator" in ended.stderr
    assert ended.stderr.count("is a step of the scenario that no function of the file plays") == 4
