"""The whole road, as a user goes it: `cutover rehearse`, healthy, broken and killed."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from fixtures.portal.evidence import dossiers
from reports.run import Run
from scenarios.run_keys import RunKeys

pytestmark = pytest.mark.realtime


def cutover(*arguments: str, timeout: float = 200) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cutover", *arguments], capture_output=True, text=True, timeout=timeout
    )


def database(run: Run) -> Path:
    (path,) = run.folder.parent.glob("*-portal/portal.db")
    return path


@pytest.mark.alone
def test_a_healthy_stand_in_passes_with_everything_on_the_page(tmp_path):
    ended = cutover("rehearse", "--json", "--out", str(tmp_path))
    assert ended.returncode == 0, ended.stderr
    document = json.loads(ended.stdout)
    run = Run.open(Path(document["run"]))
    assert (document["verdict"]["verdict"], run.state) == ("pass", "complete")
    for budget in document["verdict"]["budgets"]:  # met fivefold
        assert budget["value"] <= budget["limit"] / 5 or budget["limit"] == 0

    stored = dossiers(database(run), RunKeys(run.folder.name).prefix)
    receipts = {line.receipt for line in run.receipts if line.receipt}
    assert {dossier.receipt for dossier in stored} == receipts
    assert len(stored) == len(receipts) > 100
    assert run.findings["reconciliation"]["matched"] == len(stored)

    predicted = Run.open(tmp_path / run.findings["comparison"]["run"])
    national = Run.open(tmp_path / run.findings["national"]["run"])
    assert (predicted.header.scenario, predicted.header.plan) == ("rehearsal", "stand-in-calibrated")
    assert (national.header.scenario, national.header.measurement.length_s) == ("go-live", 600.0)
    assert national.header.planned.sessions > 300_000  # full volume, two replications with their warm-up
    assert {pair["quantity"] for pair in run.findings["comparison"]["pairs"]} >= {"throughput", "mean", "p95"}

    page = Path(document["report"]).read_text(encoding="utf-8")
    for words in ("PASS", "Measured beside predicted", "The national day", "all response p95 &lt; 500ms"):
        assert words in page
    assert "http://" not in page.replace("http://www.w3.org/", "").replace(str(run.header.target), "")


def test_the_same_budgets_on_a_slowed_stand_in_are_breached(tmp_path):
    ended = cutover("rehearse", "rehearsal-broken", "--out", str(tmp_path))
    assert ended.returncode == 3, ended.stdout + ended.stderr
    assert "FAIL" in ended.stdout
    (folder,) = tmp_path.glob("*-rehearsal-broken-measured")
    assert "FAIL" in (folder / "report.html").read_text(encoding="utf-8")
    assert cutover("gate", str(folder)).returncode == 3


def test_killed_in_the_middle_of_the_swarm_it_leaves_a_run_that_says_so(tmp_path):
    process = subprocess.Popen(
        [sys.executable, "-m", "cutover", "rehearse", "--out", str(tmp_path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    folder = _wait_for(lambda: next(_begun(tmp_path), None))
    process.send_signal(signal.SIGKILL)
    process.wait()
    target = Run.open(folder).header.target
    _wait_for(lambda: Run.open(folder).state == "interrupted" and not _answers(target))

    report = cutover("report", str(folder))
    assert report.returncode == 0, report.stderr
    assert "interrupted" in Path(report.stdout.strip()).read_text(encoding="utf-8")
    gate = cutover("gate", str(folder), "--json")
    assert gate.returncode == 5
    assert "interrupted" in json.loads(gate.stdout)["reason"]
    assert Run.open(folder).latencies


def _begun(out: Path):
    """Yield runs whose latency log holds some seconds of load."""
    for log in out.glob("*-measured/latency.hlog"):
        if log.stat().st_size > 20_000:
            yield log.parent


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except (URLError, OSError):
        return False


def _wait_for(condition):
    """Poll a condition on real processes for at most 40 s and return what it gives."""
    for _ in range(400):
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError("it did not come about within 40 s")
