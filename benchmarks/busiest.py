"""The busiest minute of the ordinary day with all of the national plan: the `event` engine beside SimPy.

The plan has workers held across database calls, processor sharing, timeouts and retries, so that the `recursion` engine
does not apply. Two peers: the `simpy` engine, which gives the same answer bit for bit, and SimPy as one would write it
for this plan.
"""

import gc
import statistics
import time
from collections.abc import Callable, Generator
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from types import ModuleType
from typing import Any

import simpy

from benchmarks.results import spread, write
from models.assembly import assemble
from models.draws import uniform
from models.engines import simpy_engine
from models.engines.batch import Batch
from models.engines.event import engine as event_engine
from models.history import History
from models.journeys import Walk
from models.network import Block, Body, Choice, Hold, Network, Visit
from models.plan import find_plan, read_plan
from reports.recorder import Recorder
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.sessions import Sessions
from scenarios.span import Span, busiest

RUNS = 3
PLAYS = 5
"""Of the engine, a fraction of a second each, for one of a peer: their median counts."""

WINDOW_S = 60.0
WARM_UP_S = 600.0
SECOND_NS = 10**9
Process = Generator[simpy.Event, Any, None]


class Shared:
    """Processor sharing, which SimPy has not: jobs by the virtual time at which they end, and the next end."""

    def __init__(self, env: simpy.Environment, servers: int) -> None:
        self._env, self._servers = env, servers
        self._jobs: list[tuple[float, int, simpy.Event]] = []
        self._numbers = count()
        self._virtual = self._since = 0.0
        self._next = 0

    def serve(self, seconds: float) -> simpy.Event:
        """Begin a job; the event happens at its end."""
        self._advance()
        done = self._env.event()
        heappush(self._jobs, (self._virtual + seconds, next(self._numbers), done))
        self._foresee()
        return done

    def _rate(self) -> float:
        return min(1.0, self._servers / len(self._jobs)) if self._jobs else 1.0

    def _advance(self) -> None:
        self._virtual += (self._env.now - self._since) * self._rate()
        self._since = self._env.now

    def _foresee(self) -> None:
        self._next += 1
        if self._jobs:
            number = self._next
            end = self._env.timeout(max(0.0, self._jobs[0][0] - self._virtual) / self._rate())
            end.callbacks.append(lambda _: self._end(number))

    def _end(self, number: int) -> None:
        if number == self._next:
            self._advance()
            heappop(self._jobs)[2].succeed()
            self._foresee()


class Plain:
    """The plan's programs as SimPy processes, in float seconds; nothing fails, and nobody comes back or reloads."""

    def __init__(self, network: Network, walk: Walk) -> None:
        self.env = simpy.Environment()
        self.steps = 0
        self._network, self._walk = network, walk
        self._places: list[Shared | simpy.Resource] = [
            Shared(self.env, each.servers) if each.discipline == "sharing" else simpy.Resource(self.env, each.servers)
            for each in network.stations
        ]

    def source(self, batches: list[Batch]) -> Process:
        """Begin each session at its instant."""
        for batch in batches:
            for number, instant_ns, journey, province in zip(*(each.tolist() for each in batch), strict=True):
                yield self.env.timeout(max(0.0, instant_ns / SECOND_NS - self.env.now))
                self.env.process(self._session(number, journey, province))

    def _session(self, number: int, journey: int, province: int) -> Process:
        index: int | None = 0
        ordinal = 0
        while index is not None:
            yield self.env.timeout(self._walk.think_ns(journey, index, number, ordinal) / SECOND_NS)
            self.steps += 1
            program = self._network.programs[self._network.journeys[journey][index].name]
            yield from self._play(program, number, ordinal, province)
            index = self._walk.following(journey, index, number, ordinal)
            ordinal += 1

    def _play(self, body: Body, number: int, ordinal: int, province: int) -> Process:
        for operation in body:
            if isinstance(operation, Visit):
                member = 0 if operation.family is None else province % self._network.families[operation.family].members
                place = self._places[operation.station + member]
                seconds = operation.law.sample_ns(operation.number, number, ordinal) / SECOND_NS
                if isinstance(place, Shared):
                    yield place.serve(seconds)
                    continue
                with place.request() as request:
                    yield request
                    yield self.env.timeout(seconds)
            elif isinstance(operation, Hold):
                with self._places[operation.pool].request() as request:  # type: ignore[union-attr] # a pool is not shared
                    yield request
                    yield from self._play(operation.body, number, ordinal, province)
            elif isinstance(operation, Choice):
                u = uniform(operation.number, number, ordinal)
                chosen = next(
                    (own for share, own in zip(operation.shares, operation.bodies, strict=True) if u < share), ()
                )
                yield from self._play(chosen, number, ordinal, province)
            elif isinstance(operation, Block):
                yield from self._try(operation, number, ordinal, province)

    def _try(self, block: Block, number: int, ordinal: int, province: int) -> Process:
        for attempt in range(block.tries):
            body = self.env.process(self._play(block.bodies[0], number, ordinal, province))
            late = self.env.timeout((block.timeout_ns or 0) / SECOND_NS)
            if body in (yield body | late):
                return
            if block.backoff is not None and attempt + 1 < block.tries:
                yield self.env.timeout(block.backoff.sample_ns(block.number, number, ordinal) / SECOND_NS)


def busiest_minute() -> tuple[Scenario, Network, list[Batch], Span]:
    """Return the scenario, the network, the sessions of the minute and of the time before it, and that span."""
    scenario = read_scenario(find_scenario("ordinary-day"))
    settings = scenario.file.forecast.model_copy(update={"window_s": WINDOW_S, "warm_up_s": WARM_UP_S})
    span = busiest(replace(scenario, file=scenario.file.model_copy(update={"forecast": settings})))
    network = assemble(read_plan(find_plan("national")), scenario.journeys)
    until_s = span.window.to_s
    return scenario, network, list(Sessions(scenario).arrivals(span.begins_s, until_s)), span


def timed(action: Callable[[], object]) -> tuple[float, Any]:
    """Return the CPU seconds of an action, and what it returns; no garbage of others is left to it."""
    gc.collect()
    begun = time.process_time()
    found = action()
    return time.process_time() - begun, found


def main() -> None:
    """Play the same sessions by the engine and by both peers, in turn, and write what a step takes."""
    scenario, network, sessions, span = busiest_minute()
    walk = Walk(scenario.journeys, scenario.file.seed)
    until_ns, first_ns = round(span.window.to_s * SECOND_NS), round(span.begins_s * SECOND_NS)

    def play(engine: ModuleType) -> tuple[History, Recorder]:
        recorder = Recorder(10.0)
        return engine.simulate(network, sessions, walk, until_ns, recorder, 10 * SECOND_NS, first_ns), recorder

    def plain() -> int:
        peer = Plain(network, walk)
        peer.env.process(peer.source(sessions))
        peer.env.run(span.window.to_s)
        return peer.steps

    play(event_engine)
    event_ns, simpy_ns, plain_ns, steps, plain_steps, visits = [], [], [], 0, 0, 0
    for _ in range(RUNS):
        plays = [timed(lambda: play(event_engine)) for _ in range(PLAYS)]
        own_s, (history, recorder) = statistics.median(seconds for seconds, _ in plays), plays[0][1]
        peer_s, (expected, _) = timed(lambda: play(simpy_engine))
        plain_s, plain_steps = timed(plain)
        assert history == expected
        steps = sum(sum(line.offered_by_step.values()) for line in recorder.drain().counters)
        visits = sum(each.arrivals for station in history.stations for each in station.intervals)
        event_ns.append(own_s / steps * 1e9)
        simpy_ns.append(peer_s / steps * 1e9)
        plain_ns.append(plain_s / plain_steps * 1e9)

    def ratio(peer: list[float]) -> str:
        return spread([theirs / own for theirs, own in zip(peer, event_ns, strict=True)], "x")

    what = f"{steps:,} steps, {visits:,} visits to stations and pools"
    rows = [
        (f"`event`, a step ({what}), recording included", spread(event_ns, "ns"), ""),
        ("`simpy` engine, the same, with the same history bit for bit", spread(simpy_ns, "ns"), "peer"),
        (
            f"plain SimPy, a step ({plain_steps:,} steps), without records, books and failures",
            spread(plain_ns, "ns"),
            "peer",
        ),
        ("the `simpy` engine's time over ours", ratio(simpy_ns), "at least 60x"),
        ("plain SimPy's time over ours", ratio(plain_ns), "at least 60x"),
    ]
    claim = (
        f"The busiest {WINDOW_S:g} s of the ordinary day, and the {WARM_UP_S:g} s before them in which the portal "
        "fills, with all of the plan `national`: workers held across database calls, processor sharing, timeouts and "
        "retries. All three play the same sessions whole, from lists."
    )
    write("The busiest minute", claim, rows, ("simpy", "numba"))


if __name__ == "__main__":
    main()
