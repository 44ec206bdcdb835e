"""Swarms over TLS, past a firewall."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutover.rehearsal.portal import StandIn, stand_in
from fixtures.portal.tls import certificates
from reports.run import Run
from reports.summary import Summary
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.settings import PortalSettings
from scenarios.swarm.addresses import address

pytestmark = pytest.mark.realtime

CONFIG = """\
schema = 1
[tls]
folder = "{tls}"
[log]
format = "json"
[address]
per_s = 0.1
burst = 3
blocked_s = 60
"""


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[StandIn]:
    """A portal by TLS whose firewall lets each address send three requests."""
    (tmp_path / "portal.toml").write_text(CONFIG.format(tls=tmp_path / "tls"), encoding="utf-8")
    with stand_in(tmp_path / "portal", PortalSettings(slow=0.1, config="portal.toml"), tmp_path) as serving:
        yield serving


def logged(portal: StandIn) -> list[dict[str, object]]:
    """Return the lines that the portal has logged."""
    text = (portal.database.parent / "portal.log").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def cutover(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "cutover", *arguments], capture_output=True, text=True, timeout=60, cwd=Path.cwd()
    )


def test_who_is_blocked_is_counted_apart_and_the_run_is_invalid(guarded, scenario_file, tmp_path):
    path, out = scenario_file(), ("--out", str(tmp_path / "runs"), "--target-metrics", "/metrics")
    assert guarded.authority == tmp_path / "tls" / "authority.pem"
    ended = cutover("swarm", str(path), "--host", guarded.url, "--authority", str(guarded.authority), *out)
    assert ended.returncode == 0, ended.stderr
    run = Run.open(Path(ended.stdout.strip()))
    steps = Summary.of(run).all
    assert steps.outcomes["blocked"] > 0
    assert steps.ok > 0
    assert set(steps.outcomes) == {"ok", "blocked"}
    reasons = {event["reason"] for event in run.events if event["event"] == "step failed"}
    told = 'was answered 403 by a firewall (sign: * body data-page="blocked")'
    assert all(reason.endswith(told) for reason in reasons)
    judged = cutover("gate", str(run.folder))
    assert judged.returncode == 5
    assert f"You measured the firewall: it answered {steps.outcomes['blocked']} of {steps.offered} steps." in (
        judged.stdout + judged.stderr
    )
    sessions = Sessions(read_scenario(path))
    expected = {address(session) for session in sessions.window(0.0, sessions.duration_s)}
    lines = logged(guarded)
    assert {line["address"] for line in lines} == {*expected, "127.0.0.1"}  # the check before, and the metrics
    assert sum(line["step"] == "blocked" for line in lines) >= steps.outcomes["blocked"]


def test_a_wrong_or_missing_authority_is_one_error_before_any_load(guarded, scenario_file, tmp_path):
    another = certificates(tmp_path / "another")[0]
    for authority in ([], ["--authority", str(another)]):
        ended = cutover(
            "swarm", str(scenario_file()), "--host", guarded.url, "--out", str(tmp_path / "runs"), *authority
        )
        assert ended.returncode == 2
        assert ended.stderr.count("\n") == 1
        assert f"does not vouch for {guarded.url}, and no load was sent (" in ended.stderr
        assert ended.stderr.endswith("name the file of the authority that signed its certificate: --authority FILE\n")
    assert not (tmp_path / "runs").exists()
    assert logged(guarded) == []
