"""Whatever happens to the portal, no dossier that it receipted is lost; and each one that it drops is found."""

import subprocess
import sys

import pytest

from fixtures.portal.evidence import size
from reports.gate import judge
from reports.run import Run
from reports.summary import Summary
from tests.scenarios.swarm.right.playing import scenario

pytestmark = pytest.mark.realtime

COURSE = ("home", "sign_in", "procedure", "form", "upload", "submit")


def reconciled(run: Run, database) -> tuple[int, dict]:
    """Reconcile as a user does; return the exit code and what was found."""
    command = [sys.executable, "-m", "cutover", "portal", "reconcile", str(run.folder), "--database", str(database)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return ended.returncode, Run.open(run.folder).findings["reconciliation"]


def test_nothing_is_lost_under_a_stall_an_outage_lost_answers_and_a_kill(portal, swarm, tmp_path):
    points = [(0, 15), (13, 15), (13, 0), (24, 0)]
    path = scenario(tmp_path, points, COURSE, limit_s=1.5, plan="national")  # whose citizens reload
    playing = swarm(path, "--host", portal.url, "--workers", 2)
    playing.played(2)
    portal.fault(kind="stall", for_s=2.5)
    playing.played(5)
    portal.fault(kind="errors", step="submit", fails=0.3, status=502, late=True, for_s=4)
    playing.played(7)
    portal.fault(kind="outage", step="upload", for_s=2)
    playing.played(10)
    portal.kill()
    portal.serve()
    ended = playing.ended()
    assert ended.code == 0, ended.words
    run = ended.run
    code, found = reconciled(run, portal.database)
    assert (code, found["fails"]) == (0, False)
    assert [found[name] for name in ("lost", "altered", "duplicated", "foreign", "unasked")] == [[]] * 5
    held = size(portal.database)
    assert found["matched"] + len(found["unseen"]) == held.dossiers == held.receipts > 50
    assert found["receipted"] == found["matched"], "a receipt that was given out has no dossier"
    outcomes = Summary.of(run).all.outcomes
    assert outcomes["timed_out"] > 0, "the stall was not felt"
    assert outcomes["rejected"] > 0, "the outage was not felt"
    reasons = " ".join(event["reason"] for event in run.events if event["event"] == "step failed")
    assert "502" in reasons, "no answer was lost"
    assert "refused" in reasons.lower() or "closed" in reasons.lower(), "the kill was not felt"


def test_each_dropped_dossier_is_found(portal, swarm, tmp_path):
    portal.fault(kind="drop", share=0.04)
    path = scenario(tmp_path, [(0, 30), (8, 30), (8, 0), (12, 0)], COURSE)
    ended = swarm(path, "--host", portal.url).ended()
    assert ended.code == 0, ended.words
    submitted = Summary.of(ended.run).steps["submit"].ok
    code, found = reconciled(ended.run, portal.database)
    held = size(portal.database)
    dropped = held.receipts - held.dossiers  # a receipt's number is taken for each, and never given again
    assert held.receipts == submitted == found["submitted"] > 200
    assert dropped > 2
    assert (code, len(found["lost"])) == (3, dropped)
    assert (found["matched"], found["unseen"]) == (submitted - dropped, [])
    verdict = judge(Run.open(ended.run.folder))
    assert (verdict.verdict, verdict.exit_code) == ("fail", 3)
