"""A generator that stood still for two seconds: who is too late is skipped and counted, who is not starts at once."""

import os
import signal
import time
from pathlib import Path

import pytest

from cutover.rehearsal.fleet import Fleet, play_fleet
from reports.gate import judge
from reports.histogram import Histogram
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.order import Order
from scenarios.volume import Volume

pytestmark = pytest.mark.realtime

STEADY = (
    ("duration_s = 6", "duration_s = 8"),
    ("[0, 6], [4, 6], [4, 0], [6, 0]", "[0, 40], [7, 40], [7, 0], [8, 0]"),
    ("brisk_visit = 0.5\nbrisk_look_up = 0.5", "home_alone = 1.0"),
)
JOURNEY = 'schema = 1\nname = "home_alone"\ndescription = "."\n[[steps]]\nname = "home"\nlimit_s = 9\n'
STOPS_AT_S, STOPS_FOR_S = 2.5, 2.0


def generator_of(pid):
    """Return the id of the generator among a process's descendants; None before there is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    for child in map(int, children):
        if b"scenarios.swarm.generator" in Path(f"/proc/{child}/cmdline").read_bytes():
            return child
        if (found := generator_of(child)) is not None:
            return found
    return None


@pytest.mark.parametrize("limit_s", [1.0, 5.0])
def test_late_sessions_are_skipped_beyond_the_limit_and_start_at_once_within_it(
    portal, scenario_file, tmp_path, limit_s
):
    path, halted = scenario_file(*STEADY), []
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "home_alone.toml").write_text(JOURNEY + "next = { exit = 1.0 }\n", encoding="utf-8")

    def look(status):
        if status["t"] >= STOPS_AT_S and not halted:
            pid = generator_of(os.getpid())
            os.kill(pid, signal.SIGSTOP)
            time.sleep(STOPS_FOR_S)
            os.kill(pid, signal.SIGCONT)
            halted.append(status["t"])

    order = Order.of(read_scenario(path), Volume(1.0, 1.0), portal.url, "run", late_limit_s=limit_s)
    run = play_fleet(Fleet(order), tmp_path, look).run
    sessions = Sessions(read_scenario(path))
    instants = [session.instant_ns / 1e9 for session in sessions.window(0.0, 8.0)]
    skipped = {line.start_s: line.histogram.count for line in run.lines("response", "home", "skipped")}
    started = sum(counters.started for counters in run.counters)
    assert run.state == "complete"
    assert halted
    assert started + sum(skipped.values()) == len(instants) == run.header.planned.sessions  # none is lost unseen
    assert started == run.header.achieved["sessions"]
    lag = Histogram.total(counters.lag for counters in run.counters)
    late_s = lag.max_ns / 1e9
    assert judge(run).verdict == "invalid"
    if limit_s > STOPS_FOR_S:
        assert not skipped
        assert late_s > 0.9 * STOPS_FOR_S
        return
    resumed_s = halted[0] + STOPS_FOR_S
    assert all(int(STOPS_AT_S) <= start_s <= resumed_s for start_s in skipped)
    gone = sum(1 for at in instants if STOPS_AT_S < at < resumed_s - limit_s)
    assert 0.5 * gone < sum(skipped.values()) < 2 * gone
    assert 0.5 * limit_s < late_s < 1.5 * limit_s  # who was within the limit came, with the lag told
    assert any("planned sessions were started" in finding for finding in judge(run).findings)
