"""The conductor with real clocks: a target that is slow to tell of itself, and news that come too late."""

import time
from datetime import timedelta
from types import SimpleNamespace

import gevent
import numpy as np
import pytest

from cutover.base.clock import SECOND_NS
from reports.header import ERROR_RATE
from reports.run import Run
from scenarios.levels import under
from scenarios.run_header import measured_header
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct import conductor as conductor_module
from scenarios.swarm.conduct.conductor import Conductor
from scenarios.swarm.conduct.decided import Decided
from scenarios.swarm.conduct.guest import Guest
from scenarios.target import parse_target
from scenarios.volume import Volume

SECONDS = 2
USED_S = 0.25
VITAL = {
    "cpu": 0.25,
    "loop_max_ns": 1e5,
    "sockets": 1,
    "sockets_most": 100,
    "memory_bytes": 1,
    "memory_most": 100,
    "in_progress": 0,
}


class SlowTarget:
    """A target whose metrics come 0.4 s after they were asked for."""

    size, restarts = None, 0

    def __init__(self, _):
        pass

    def since_last_s(self):
        gevent.sleep(0.4)
        return USED_S


class Playing:
    """The way to one worker, and the worker: it reports each second when it ends, and then that it is done."""

    def __init__(self):
        self.conductor, self.reports = None, 0

    def present(self):
        return [Guest("w1", "here", 1)]

    def send(self, _, message):
        kind = message["kind"]
        if kind == "prepare":
            self.tell({"kind": "ready"})
        elif kind == "clock":
            self.tell({"kind": "clock", "asked_ns": message["asked_ns"], "clock_ns": time.monotonic_ns()})
        elif kind == "begin":
            gevent.spawn(self.play, message["origin_ns"])
        elif kind == "stop":
            self.report({"kind": "done"})

    def tell(self, message):
        self.conductor.heard("w1", message)

    def report(self, body):
        self.reports += 1
        self.tell({"kind": "report", "number": self.reports, "bodies": [body]})

    def play(self, origin_ns):
        for n in range(SECONDS):
            gevent.sleep(max(0.0, (origin_ns + (n + 1) * SECOND_NS - time.monotonic_ns()) / SECOND_NS))
            self.second(n)
        self.report({"kind": "done"})

    def second(self, n):
        column = np.array([1000], "<i4").tobytes(), np.array([2], "<i4").tobytes()
        counted = {"t": n, "offered": {"home": 2}, "outcomes": {"home": {"ok": 2}}}
        told = {"lines": [["home", "ok", "response", n, *column]], "counters": [counted], "vital": VITAL}
        empty = {"begun": [], "ended": [], "open": [], "connections": [], "in_progress": 0}
        self.tell({"kind": "beat", "asked_ns": None})
        self.report({"kind": "second", "n": n, **told, **empty})


class StoppedEarly(Playing):
    """A swarm that is stopped after its first second, and told a moment later that its budgets are decided."""

    def second(self, n):
        super().second(n)
        if n == 0:
            gevent.spawn(self.conductor.stop, "the test says so")
            gevent.sleep(0)
            self.conductor.decide(Decided(1.0, ERROR_RATE / 2, 1))


@pytest.fixture
def conducted(scenario_file, tmp_path, monkeypatch):
    """Return a function that lets a link play two seconds, and gives the run."""
    scenario = under(read_scenario(scenario_file()), f"constant 4/s for {SECONDS}s")
    sessions, target = Sessions(scenario), parse_target("http://127.0.0.1:1")

    def header(started, size):
        made = measured_header(scenario, Volume(1.0, 1.0), sessions, target, size)
        return made.model_copy(update={"started": started})

    brief = SimpleNamespace(
        folder=tmp_path / "run",
        scenario=scenario,
        sessions=sessions,
        header=header,
        target=target,
        target_metrics="/metrics",
        storm=0.9,
        budgets=(),
        levels=(),
        rule=(),
        workers=1,
        identity={},
        order=SimpleNamespace(to_message=dict, keep=lambda _: None, network={}, together=None, arm=None),
        prepared=SimpleNamespace(supplies=None, identification=lambda: SimpleNamespace(headers={})),
    )
    monkeypatch.setattr(conductor_module, "TargetCpu", SlowTarget)

    def conduct(link):
        link.conductor = Conductor(brief, link, lambda _: None)
        link.conductor.begin()
        assert link.conductor.over.wait(30.0)
        return Run.open(brief.folder)

    return conduct


def test_what_a_target_tells_late_of_a_second_is_waited_for(conducted):
    run = conducted(Playing())
    assert run.state == "complete"
    assert run.counters[0].target_cpu_s == USED_S
    assert [each.length_s for each in run.counters] == [1.0] * SECONDS  # the end waits for nobody
    assert sum(each.planned for each in run.counters) == run.header.planned.sessions > 0
    assert run.header.started.utcoffset() == timedelta(hours=7)


def test_budgets_that_are_decided_when_the_run_ends_do_not_cut_it(conducted):
    run = conducted(StoppedEarly())
    assert run.state == "interrupted"
    assert [event["event"] for event in run.events if event["event"] in ("load ended", "run stopped")] == [
        "run stopped"
    ]
    assert (run.header.error_rate, run.header.measurement.to_s) == (ERROR_RATE, float(SECONDS))
