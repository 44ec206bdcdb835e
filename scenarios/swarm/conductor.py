"""The conductor: starts each planned session at its instant, writes the run second by second, and ends it."""

import os
import time
from collections import Counter, deque
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import gevent
from gevent.pool import Group

from cutover.base.clock import SECOND_NS
from fixtures.population import Population
from models.journeys import Walk
from reports.counters import Counters
from reports.hlog import Line
from reports.recorder import Recorder
from reports.run import free_folder
from reports.writer import RunWriter
from scenarios.run_header import measured_header
from scenarios.run_keys import RunKeys
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.sessions import Session, Sessions
from scenarios.swarm.clock import Clock
from scenarios.swarm.metrics import TargetMetrics, size_told
from scenarios.swarm.options import SwarmOptions
from scenarios.swarm.player import Player, Stage
from scenarios.swarm.steps import check_playable
from scenarios.swarm.visit import Visit
from scenarios.target import Target, check_allowed, check_answers, is_loopback, parse_target
from scenarios.volume import Volume, check_caps

if TYPE_CHECKING:
    from locust.env import Environment

RUNS = Path("runs")
GRACE_S = 2.0  # sessions in progress at the scenario's end may finish the step they are in


class Conductor:
    """One run of a scenario against a target; make it when the test starts, `play` it in one greenlet.

    Raises BadInput, TargetRefused or InvalidRun when the run may not or cannot begin; nothing is written then.
    """

    def __init__(self, environment: "Environment", options: SwarmOptions) -> None:
        scenario = read_scenario(find_scenario(options.scenario), options.as_of)
        volume = Volume.of(scenario, options.scale, options.warp)
        sessions = Sessions(scenario, scale=volume.scale, warp=volume.warp)
        check_caps(scenario, sessions)
        check_playable(scenario)
        population = Population(scenario.file.seed, places=scenario.places)
        target = parse_target(environment.host or "", options.authority)
        check_allowed(target, options.allowed)
        check_answers(target)
        self._metrics = TargetMetrics(target, options.target_metrics) if options.target_metrics else None
        self._sessions, self._environment, self._parent_pid = sessions, environment, options.parent_pid
        self._folder = options.run or free_folder(RUNS, datetime.now(UTC), scenario.name, "measured")
        size = self._metrics.size if self._metrics else size_told(target) if is_loopback(target.host) else None
        header = measured_header(scenario, volume, sessions, target, size)
        self._writer = RunWriter.create(self._folder, header)
        self._recorder = Recorder(header.interval_s, counters_s=1.0)
        self._planned = Counter(session.instant_ns // SECOND_NS for session in self._all())
        self._lines: deque[Line] = deque()
        self._counters: list[Counters] = []
        self._players = Group()
        self._stage = self._make_stage(scenario, population, target)
        self._begun = 0
        self._validity: tuple[str, ...] = ()
        self._finished = self._closed = False

    def _make_stage(self, scenario: Scenario, population: Population, target: Target) -> Stage:
        seed, keys = scenario.file.seed, RunKeys(self._folder.name)
        walk = Walk(scenario.journeys, seed, 0)
        _warm_up(walk, Visit(0, population.citizen(0), keys, seed))
        return Stage(
            target=target,
            journeys=scenario.journeys,
            walk=walk,
            population=population,
            keys=keys,
            seed=seed,
            clock=Clock(),
            recorder=self._recorder,
            writer=self._writer,
            tell_locust=self._tell_locust,
            tells_addresses=is_loopback(target.host),
            headers={"User-Agent": "cutover", "X-Cutover-Run": self._folder.name, "Accept": "text/html"},
        )

    def play(self) -> None:
        """Start every session at its instant, wait for the scenario's end, and close the run as complete."""
        keeper = gevent.spawn(self._keep_time)
        keeper.link_exception(self._lost_time)
        try:
            for session in self._all():
                self._stage.clock.sleep_until(session.instant_ns)
                self._begin(session)
            self._stage.clock.sleep_until(int(self._sessions.duration_s * SECOND_NS))
            self._players.join(timeout=GRACE_S)
            self._finished = True
        finally:
            keeper.kill()
            self.close()

    def _all(self) -> Iterator[Session]:
        return self._sessions.window(0.0, self._sessions.duration_s)

    def _lost_time(self, keeper: "gevent.Greenlet[[], None]") -> None:
        """Take note that the second-by-second record broke off: no verdict can rest on the run."""
        self._validity = (f"The generator stopped keeping its record: {keeper.exception!r}.",)

    def _begin(self, session: Session) -> None:
        self._begun += 1
        self._recorder.session(session.instant_ns)
        self._players.spawn(self._play_one, session)

    def _play_one(self, session: Session) -> None:
        Player(self._stage, session).play()

    def close(self) -> None:
        """Stop all sessions, write what is recorded and close the run; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        self._players.kill()
        self._write(float("inf"))
        self._writer.update_header(achieved={"sessions": self._begun}, validity=self._validity)
        self._writer.close("complete" if self._finished else "interrupted")

    def _keep_time(self) -> None:
        """Write each second as it ends; stop the test when the process that asked for it has ended."""
        second, cpu_s = 0, time.process_time()
        while True:
            self._stage.clock.sleep_until((second + 1) * SECOND_NS)
            used_s, cpu_s = time.process_time() - cpu_s, time.process_time()
            self._recorder.add(self._gauges(second, used_s))
            second += 1
            self._write(float(second))
            if self._parent_pid is not None and os.getppid() != self._parent_pid:
                self._writer.event(second, "run stopped", reason="the process that started it ended")
                gevent.spawn(self._environment.runner.quit if self._environment.runner else self.close)
                return

    def _gauges(self, second: int, cpu_s: float) -> Counters:
        """Return what is not recorded step by step: planned sessions, bytes, CPU of both sides."""
        received, self._stage.received_bytes = self._stage.received_bytes, 0
        return Counters(
            start_s=float(second),
            length_s=1.0,
            planned=self._planned.pop(second, 0),
            received_bytes=received,
            cpu=cpu_s,
            target_cpu_s=self._metrics.cpu_since_last_s() if self._metrics else None,
        )

    def _write(self, before_s: float) -> None:
        """Write what was recorded about intervals before an instant, letting sessions run between lines.

        What is not yet written when this greenlet is killed waits for the next call.
        """
        closed = self._recorder.drain(before_s)
        self._lines.extend(closed.latencies)
        self._counters.extend(closed.counters)
        while self._lines:
            self._writer.latencies([self._lines.popleft()])
            gevent.sleep(0)
        self._writer.counters(self._counters)
        self._counters.clear()

    def _tell_locust(self, step: str, outcome: str, response_ns: int) -> None:
        """Feed locust's own statistics, so that its web page shows the steps."""
        self._environment.events.request.fire(
            request_type="STEP",
            name=step,
            response_time=response_ns / 1e6,
            response_length=0,
            exception=None if outcome == "ok" else RuntimeError(outcome),
            context={},
        )


def _warm_up(walk: Walk, visit: Visit) -> None:
    """Draw once all that a session draws, so that kernels are compiled and data read before the clock starts."""
    walk.think_ns(0, 0, visit.session, 1)
    walk.following(0, 0, visit.session, 0)
    assert visit.procedure
    assert visit.provider
    assert visit.province
