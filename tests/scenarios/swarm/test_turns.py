"""Two portals that take turns within one play, for real."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from cutover.rehearsal.portal import stand_in
from reports.baselines.comparable import is_aligned
from reports.baselines.comparison import Baselines
from reports.budgets import read_budgets
from reports.run import Run
from reports.summary import Summary
from scenarios.arm import Arm
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.settings import PortalSettings

pytestmark = pytest.mark.realtime


def cutover(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cutover", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


def test_each_portal_is_given_its_own_sessions_at_the_same_time(portal, scenario_file, tmp_path):
    path = scenario_file(
        ("duration_s = 6", "duration_s = 20"), ("[0, 6], [4, 6], [4, 0], [6, 0]", "[0, 6], [18, 6], [18, 0], [20, 0]")
    )
    with stand_in(tmp_path / "other", PortalSettings(slow=0.1), tmp_path) as other:
        ended = cutover("swarm", str(path), "--ab", portal.url, other.url, "--out", str(tmp_path / "runs"), "--json")
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    runs, scenario = [Run.open(Path(told[name])) for name in ("base", "head")], read_scenario(path)
    assert [run.state for run in runs] == ["complete", "complete"] == [told["base_state"], told["head_state"]]
    assert abs(runs[0].header.started - runs[1].header.started) < timedelta(milliseconds=1)
    assert [run.header.target for run in runs] == [portal.url, other.url]
    planned = [Sessions(scenario, arm=Arm(index, scenario.file.seed)) for index in (0, 1)]
    for index, run in enumerate(runs):
        arm = run.header.arm
        assert (arm.index, arm.other) == (index, runs[1 - index].folder.name)
        expected = list(planned[index].window(0.0, planned[index].duration_s))
        assert sum(line.started for line in run.counters) == len(expected) == run.header.planned.sessions > 0
        assert Summary.of(run).all.ok > 0
    base, head = runs
    assert is_aligned(head, base)
    assert is_aligned(base, head)
    (budget,) = read_budgets(["all response p50 <= baseline"], head.header.steps)
    found = Baselines((base,)).estimate(head, budget)
    blocks = head.header.arm.blocks
    own = sum(
        line.histogram.count
        for line in head.lines("response", None)
        if line.outcome == "ok" and any(block.holds(line.start_s, line.length_s) for block in blocks)
    )
    assert len(blocks) == len(base.header.arm.blocks) == 2
    assert 0 < found.samples == own < Summary.of(head).all.ok  # what went on while the other had its turn is left out
    told = cutover("compare", str(head.folder), str(base.folder))
    assert told.returncode == 0, told.stderr


def test_what_does_not_go_with_turns_is_named_at_once(scenario_file):
    url = "http://127.0.0.1:1"
    ended = cutover("swarm", str(scenario_file()), "--ab", url, url, "--host", url, "--expect-workers", "2")
    assert ended.returncode == 2
    assert "--host: does not go with --ab" in ended.stderr
    assert "--expect-workers" in ended.stderr
