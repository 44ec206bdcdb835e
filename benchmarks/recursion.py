"""How fast the `recursion` engine is beside SimPy as its documentation teaches, and beside the `event` engine."""

import gc
import time
from collections.abc import Callable

from benchmarks.engines import A_RATE, SECOND_NS, SEED, journeys, model_a, simpy_a_ns
from benchmarks.results import spread, write
from models.engines.event import engine as event
from models.engines.recursion import engine as recursion
from models.engines.source import poisson
from models.journeys import Walk
from reports.recorder import Recorder

RUNS = 25
CUSTOMERS = 3_000_000
PEER_CUSTOMERS = 30_000


def engine_ns(simulate: Callable[..., object], customers: int) -> float:
    """Return the ns that a customer of M/M/8 takes, source and recording included."""
    walk, until_ns = Walk(journeys(), SEED), round(customers / A_RATE * SECOND_NS)
    recorder = Recorder(until_ns / SECOND_NS / 10)
    begun = time.process_time()
    simulate(model_a(), poisson(A_RATE, until_ns, SEED), walk, until_ns, recorder, until_ns // 10)
    return (time.process_time() - begun) / customers * 1e9


def main() -> None:
    """Run each in turn, several times, and write medians."""
    subjects: dict[str, Callable[[], float]] = {
        "recursion": lambda: engine_ns(recursion.simulate, CUSTOMERS),
        "event": lambda: engine_ns(event.simulate, CUSTOMERS // 3),
        "simpy": lambda: simpy_a_ns(PEER_CUSTOMERS),
    }
    for simulate in (recursion.simulate, event.simulate):
        engine_ns(simulate, 1000)
    ns: dict[str, list[float]] = {name: [] for name in subjects}
    for _ in range(RUNS):
        for name, subject in subjects.items():
            gc.collect()  # so that nobody sweeps up after another
            ns[name].append(subject())

    def ratio(peer: str) -> str:
        return spread([theirs / own for theirs, own in zip(ns[peer], ns["recursion"], strict=True)], "x")

    rows = [
        ("M/M/8 at 90 %, a customer, source and recording included", spread(ns["recursion"], "ns"), ""),
        ("SimPy's time over ours", ratio("simpy"), "at least 350x"),
        ("the `event` engine's time over ours", ratio("event"), ""),
    ]
    claim = "Next-free times need no events: one pass over the arrivals, every draw keyed."
    write("Recursion", claim, rows, ("simpy", "numba"))


if __name__ == "__main__":
    main()
