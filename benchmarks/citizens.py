"""How fast citizens come: 1,000 times Faker's rate and 150 times mimesis's, on one core; any 10,000 in 10 ms."""

import os
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from faker import Faker
from mimesis import Generic

from benchmarks.results import spread, timed, write
from fixtures.places import synthetic_places
from fixtures.population import Population

RUNS = 5
ROWS = 10_000_000
BLOCK = 1_000_000
FAKER_ROWS, MIMESIS_ROWS = 5_000, 20_000
FAKER, MIMESIS = Faker("vi_VN"), Generic(seed=1)


def main() -> None:
    """Make 10 million citizens, all columns, and in turn names, addresses, birth dates and numbers of the peers."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    population = Population(1)
    population[:BLOCK]
    ours, faker, mimesis = [], [], []
    for _ in range(RUNS):
        ours.append(ROWS / seconds(lambda: whole(population)))
        faker.append(FAKER_ROWS / seconds(fake))
        mimesis.append(MIMESIS_ROWS / seconds(mime))
    over_faker = [own / peer for own, peer in zip(ours, faker, strict=True)]
    over_mimesis = [own / peer for own, peer in zip(ours, mimesis, strict=True)]
    rng = np.random.default_rng(1)
    few, many = rng.integers(0, len(population), 1_000), rng.integers(0, len(population), 10_000)
    rows = [
        (f"{ROWS:,} citizens, all columns but kin, blocks of {BLOCK:,}", spread(ours, "M rows/s", 1e-6), "one core"),
        ("Faker (vi_VN): name, address, birth date, number", spread(faker, "rows/s"), "peer"),
        ("mimesis (en): the same", spread(mimesis, "rows/s"), "peer; it has no Vietnamese"),
        ("our rate over Faker's", spread(over_faker, "x"), "at least 1,000 x"),
        ("our rate over mimesis's", spread(over_mimesis, "x"), "at least 150 x"),
        ("1,000 random citizens", spread(timed(20, lambda: population[few]), "ms", 1e3), "at most 2 ms"),
        ("10,000 random citizens", spread(timed(20, lambda: population[many]), "ms", 1e3), "at most 10 ms"),
        ("parents and spouses of 10,000", spread(timed(20, lambda: population.kin(many)), "ms", 1e3), ""),
        ("one citizen, as the swarm asks", spread(timed(200, lambda: population.citizen(5)), "µs", 1e6), "200 µs"),
        (
            "a nation's tables",
            spread(timed(3, tables), "s"),
            "once a process",
        ),
    ]
    claim = "Citizens are computed, not stored: 1,000 times as fast as Faker makes people, and any of them at once."
    write("Citizens", claim, rows, ("numba", "numpy", "faker", "mimesis"))


def tables() -> None:
    """Make the nation's tables anew: those of places that nobody has seen."""
    Population(1, places=replace(synthetic_places()))


def seconds(action: Callable[[], object]) -> float:
    """Return the wall seconds that an action takes."""
    begun = time.perf_counter()
    action()
    return time.perf_counter() - begun


def whole(population: Population) -> None:
    """Make all columns, block by block."""
    for first in range(0, ROWS, BLOCK):
        population[first : first + BLOCK]


def fake() -> None:
    """Make Faker's people."""
    for _ in range(FAKER_ROWS):
        FAKER.name(), FAKER.address(), FAKER.date_of_birth(), FAKER.numerify("############")


def mime() -> None:
    """Make mimesis's people."""
    for _ in range(MIMESIS_ROWS):
        MIMESIS.person.full_name(), MIMESIS.address.address(), MIMESIS.person.birthdate()
        MIMESIS.person.identifier(mask="############")


if __name__ == "__main__":
    main()
