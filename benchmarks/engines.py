"""How fast the `event` engine is, beside SimPy and cimba as they teach it, and a loop written for one model."""

import gc
import importlib.util
import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np
import simpy
from numpy.typing import NDArray

from benchmarks.hand_written import Station, play_one_station
from benchmarks.results import spread, write
from models.draws import stream
from models.engines.batch import Records
from models.engines.event.engine import simulate
from models.engines.source import poisson
from models.journeys import Journey, Step, Walk
from models.laws import Constant, Exponential
from models.network import Block, Choice, Network, NetworkStation, NetworkStep, Visit
from reports.buckets import COUNT, HALF_BITS, HIGHEST_TRACKABLE_NS
from reports.recorder import Recorder

RUNS = 15
CUSTOMERS = 1_000_000
PEER_CUSTOMERS = 30_000
SECOND_NS = 10**9
LONG_NS = 10**15

A_RATE, A_SERVERS = 7.2, 8
B_RATE, B_SERVERS, B_MEAN_S, B_PATIENCE_S = 3.0, (4, 3, 2, 2), (1.0, 1.25, 1.25, 1 / 1.5), 1.0
B_SECOND, B_FOURTH = 0.6, 0.5

MET_S = 3.1
"""The timeout that 80 % of the customers of M/M/8 meet."""

SEED = 1


def exponential(mean_s: float) -> Exponential:
    """Return a law."""
    return Exponential(law="exponential", mean_s=mean_s)


def journeys() -> list[Journey]:
    """Return one journey of one step."""
    return [Journey("only", (Step("step", Constant(law="constant", mean_s=0.0), 1e6, ((None, 1.0),)),))]


def network(name: str, servers: tuple[int, ...], *body: Visit | Choice | Block) -> Network:
    """Return a network of one step."""
    stations = tuple(NetworkStation(f"{name}{place}", count) for place, count in enumerate(servers))
    return Network(name, stations, {"step": body}, ((NetworkStep("step", LONG_NS),),))


def model_a() -> Network:
    """Return M/M/8, 90 % busy."""
    return network("a", (A_SERVERS,), Visit(1, "a/0", 0, exponential(1.0)))


def model_b() -> Network:
    """Return four stations with branches, at the last of which customers give up after a second's wait."""
    first, second, third, fourth = (exponential(mean_s) for mean_s in B_MEAN_S)
    patience_ns = round(B_PATIENCE_S * SECOND_NS)
    return network(
        "b",
        B_SERVERS,
        Visit(1, "b/0", 0, first),
        Choice(
            2,
            "b/way",
            (B_SECOND, 1.0),
            (
                (Visit(3, "b/1", 1, second), Visit(4, "b/3", 3, fourth, None, patience_ns)),
                (
                    Visit(5, "b/2", 2, third),
                    Choice(6, "b/on", (B_FOURTH,), ((Visit(7, "b/3", 3, fourth, None, patience_ns),),)),
                ),
            ),
        ),
    )


def model_timers(timeout_s: float) -> Network:
    """Return M/M/8 inside a block that has a timeout; the servers' work goes on, so that the load is the same."""
    visit = Visit(2, "t/0", 0, exponential(1.0))
    return network("t", (A_SERVERS,), Block(1, "t/block", ((visit,),), round(timeout_s * SECOND_NS)))


def timers_ns(timeout_s: float, customers: int) -> float:
    """Return the ns that an event takes: arrival, start of the body, end of the service, or a timeout that came."""
    until_ns = round(customers / A_RATE * SECOND_NS)
    outcomes = Outcomes()
    begun = time.process_time()
    arrivals = poisson(A_RATE, until_ns, SEED)
    simulate(model_timers(timeout_s), arrivals, Walk(journeys(), SEED), until_ns, outcomes, until_ns // 10)
    return (time.process_time() - begun) / (3 * outcomes.count + outcomes.failed) * 1e9


class Outcomes:
    """Counts steps, and those that failed."""

    def __init__(self) -> None:
        self.count = self.failed = 0

    def steps(self, names: Sequence[str], records: Records) -> None:  # noqa: ARG002 - of the protocol
        """Count."""
        self.count += records.outcome.size
        self.failed += int(np.count_nonzero(records.outcome))


def engine_ns(of: Network, rate_rps: float, customers: int) -> float:
    """Return the ns that a customer takes with the engine, source and recording included."""
    walk, until_ns = Walk(journeys(), SEED), round(customers / rate_rps * SECOND_NS)
    recorder = Recorder(until_ns / SECOND_NS / 10)
    begun = time.process_time()
    simulate(of, poisson(rate_rps, until_ns, SEED), walk, until_ns, recorder, until_ns // 10)
    return (time.process_time() - begun) / customers * 1e9


def hand_written_ns(customers: int) -> float:
    """Return the ns that a customer of M/M/8 takes in a loop written for it: the same draws and histogram."""
    until_ns = round(customers / A_RATE * SECOND_NS)
    counts: NDArray[np.int64] = np.zeros(COUNT, np.int64)
    station = Station(A_SERVERS, stream(SEED, 0, "source/gap"), stream(SEED, 0, "a/0/time"), A_RATE, 1.0)
    begun = time.process_time()
    play_one_station(*station, until_ns, counts, HALF_BITS, HIGHEST_TRACKABLE_NS)
    return (time.process_time() - begun) / customers * 1e9


def simpy_a_ns(customers: int) -> float:
    """Return the ns that a customer of M/M/8 takes with SimPy's own resources."""
    draw, env, waited = random.Random(SEED).expovariate, simpy.Environment(), 0.0  # noqa: S311 - a simulation's
    servers = simpy.Resource(env, A_SERVERS)

    def customer():
        nonlocal waited
        came = env.now
        with servers.request() as request:
            yield request
            waited += env.now - came
            yield env.timeout(draw(1.0))

    def source():
        for _ in range(customers):
            yield env.timeout(draw(A_RATE))
            env.process(customer())

    env.process(source())
    return _run_ns(env.run, customers)


def simpy_b_ns(customers: int) -> float:
    """Return the ns that a customer of the four stations takes with SimPy's own resources."""
    draws = random.Random(SEED)  # noqa: S311 - a simulation's
    env = simpy.Environment()
    stations = [simpy.Resource(env, servers) for servers in B_SERVERS]

    def visit(place: int):
        with stations[place].request() as request:
            if place == 3:
                if request not in (yield request | env.timeout(B_PATIENCE_S)):
                    return
            else:
                yield request
            yield env.timeout(draws.expovariate(1 / B_MEAN_S[place]))

    def customer():
        yield from visit(0)
        if draws.random() < B_SECOND:
            yield from visit(1)
        else:
            yield from visit(2)
            if draws.random() >= B_FOURTH:
                return
        yield from visit(3)

    def source():
        for _ in range(customers):
            yield env.timeout(draws.expovariate(B_RATE))
            env.process(customer())

    env.process(source())
    return _run_ns(env.run, customers)


def cimba_ns(customers: int) -> float:
    """Return the ns that a customer of M/M/8 takes with cimba."""
    command = [sys.executable, "-m", "benchmarks.cimba_model", str(customers), str(SEED)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])


def _run_ns(run: Callable[[], object], customers: int) -> float:
    begun = time.process_time()
    run()
    return (time.process_time() - begun) / customers * 1e9


def main() -> None:
    """Run each in turn, several times, and write medians."""
    a, b = model_a(), model_b()
    subjects: dict[str, Callable[[], float]] = {
        "a": lambda: engine_ns(a, A_RATE, CUSTOMERS),
        "hand": lambda: hand_written_ns(CUSTOMERS),
        "simpy a": lambda: simpy_a_ns(PEER_CUSTOMERS),
        "b": lambda: engine_ns(b, B_RATE, CUSTOMERS // 4),
        "simpy b": lambda: simpy_b_ns(PEER_CUSTOMERS // 2),
        "met": lambda: timers_ns(MET_S, CUSTOMERS // 2),
        "missed": lambda: timers_ns(0.0, CUSTOMERS // 2),
    }
    has_cimba = importlib.util.find_spec("cimba") is not None
    if has_cimba:
        subjects["cimba"] = lambda: cimba_ns(CUSTOMERS)
    engine_ns(a, A_RATE, 100)  # compiles
    hand_written_ns(100)
    ns = {name: [] for name in subjects}
    for _ in range(RUNS):
        for name, subject in subjects.items():
            gc.collect()  # so that nobody sweeps up after another
            ns[name].append(subject())

    def ratio(peer: str, own: str) -> str:
        return spread([theirs / ours for theirs, ours in zip(ns[peer], ns[own], strict=True)], "x")

    rows = [
        ("M/M/8 at 90 %, a customer, source and recording included", spread(ns["a"], "ns"), ""),
        ("SimPy's time over ours, M/M/8", ratio("simpy a", "a"), "at least 60x"),
        ("SimPy's time over ours, four stations with branches and give-ups", ratio("simpy b", "b"), "at least 60x"),
        ("a loop written for M/M/8 alone: its speed over ours", ratio("a", "hand"), "at most 2x"),
        ("an event, 80 % of timeouts cancelled, over one with none cancelled", ratio("met", "missed"), "at most 1.15x"),
    ]
    if has_cimba:
        rows.insert(2, ("cimba's time over ours, M/M/8 as server processes", ratio("cimba", "a"), "at least 2x"))
    packages = ("simpy", "numba", *(("cimba",) if has_cimba else ()))
    write("Engines", "The `event` engine interprets any network at the speed of compiled code.", rows, packages)


if __name__ == "__main__":
    main()
