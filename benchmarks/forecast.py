"""How fast the reference engine forecasts the national day, against SimPy used as its documentation teaches."""

import time

import simpy

from benchmarks.results import spread, write
from models.assembly import assemble
from models.engines.batch import batches
from models.engines.simpy_engine import simulate
from models.journeys import Walk
from models.network import Network, Visit, leaves
from models.plan import find_plan, read_plan
from reports.header import Window
from reports.recorder import Recorder
from scenarios.scenario import find_scenario, read_scenario
from scenarios.sessions import Sessions
from scenarios.span import Span, busiest

RUNS = 3
SIMULATED_S = 120.0
SECOND_NS = 10**9


def main() -> None:
    """Simulate two minutes of the busiest span with the engine and with plain SimPy, in turn."""
    scenario = read_scenario(find_scenario("go-live"))
    network = assemble(read_plan(find_plan(scenario.file.forecast.plan)), scenario.journeys)
    from_s = busiest(scenario).window.from_s
    span = Span(Window(from_s=from_s, to_s=from_s + SIMULATED_S), 0.0, 0.0)
    ours, peer, steps, peer_steps = [], [], 0, 0
    for number in range(RUNS):
        sessions = [
            (s.number, s.instant_ns, s.journey)
            for s in Sessions(scenario, replication=number).window(span.begins_s, span.ends_s)
        ]
        walk, recorder = Walk(scenario.journeys, scenario.file.seed, number), Recorder(10.0)
        begun = time.perf_counter()
        simulate(network, batches(sessions), walk, round(span.ends_s * SECOND_NS), recorder, 10 * SECOND_NS)
        ours.append(time.perf_counter() - begun)
        steps = sum(sum(line.offered_by_step.values()) for line in recorder.drain().counters)
        begun = time.perf_counter()
        peer_steps = plain_simpy(network, sessions, walk, span.ends_s)
        peer.append(time.perf_counter() - begun)
    ratios = [theirs / own for theirs, own in zip(peer, ours, strict=True)]
    rows = [
        (f"`simpy` engine, {SIMULATED_S:g} s of go-live ({steps:,} steps), recording included", spread(ours), ""),
        (
            f"plain SimPy resources, the same sessions and draws ({peer_steps:,} steps), no recording",
            spread(peer),
            "peer",
        ),
        (
            "plain SimPy's time over ours",
            spread(ratios, "x"),
            "the reference engine is there to be read, not to be fast",
        ),
    ]
    write("Forecast", "The reference engine costs about what SimPy itself costs.", rows, ("simpy", "numba"))


def plain_simpy(network: Network, sessions: list[tuple[int, int, int]], walk: Walk, ends_s: float) -> int:
    """Play the same sessions with SimPy's own resources and float seconds; return the steps begun."""
    env = simpy.Environment()
    resources = [simpy.Resource(env, station.servers) for station in network.stations]
    begun = 0

    def session(number: int, journey: int):
        nonlocal begun
        index, ordinal = 0, 0
        while index is not None:
            yield env.timeout(walk.think_ns(journey, index, number, ordinal) / SECOND_NS)
            begun += 1
            for _, operation in leaves(network.programs[network.journeys[journey][index].name]):
                seconds = operation.law.sample_ns(1, number, ordinal) / SECOND_NS
                if not isinstance(operation, Visit):
                    yield env.timeout(seconds)
                    continue
                with resources[operation.station].request() as request:
                    yield request
                    yield env.timeout(seconds)
            index = walk.following(journey, index, number, ordinal)
            ordinal += 1

    def source():
        for number, instant_ns, journey in sessions:
            yield env.timeout(max(0.0, instant_ns / SECOND_NS - env.now))
            env.process(session(number, journey))

    env.process(source())
    env.run(ends_s)
    return begun


if __name__ == "__main__":
    main()
