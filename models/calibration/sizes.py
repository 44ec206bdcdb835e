"""Sizes that a plan leaves open: pools and stations whose number has a range in the plan, `of = "tokens"`.

A number is searched where responses are fitted: between the ends of its range, at most seven of equal ratios, and then
between the neighbours of the best, until none is left.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from models.calibration.observed import Level
from models.plan import Plan

FIRST = 7

Sizes = Mapping[str, tuple[int, int]]
"""The least and greatest number of each pool and station that a plan leaves open."""


def open_sizes(plan: Plan) -> Sizes:
    """Return the sizes that a plan leaves open."""
    found = {}
    for entry in plan.uncertain:
        if entry.of == "tokens" and entry.station is not None:
            number = _number(plan, entry.station)
            found[entry.station] = (max(1, round(entry.low * number)), max(1, round(entry.high * number)))
    return found


def without_open(plan: Plan, levels: Sequence[Level]) -> list[Level]:
    """Return the levels without the numbers that the plan leaves open: what is said of them is the plan's guess."""
    names = open_sizes(plan)
    return [
        replace(level, servers={name: count for name, count in level.servers.items() if name not in names})
        for level in levels
    ]


def searched(low: int, high: int, cost: Callable[[int], float]) -> int:
    """Return the number from low to high at which a cost with one valley is least, in few calls."""
    known: dict[int, float] = {}

    def at(number: int) -> float:
        if number not in known:
            known[number] = cost(number)
        return known[number]

    for number in dict.fromkeys(np.geomspace(low, high, FIRST).round().astype(int).tolist()):
        at(number)
    while True:
        best = min(known, key=lambda number: (known[number], number))
        ordered = sorted(known)
        place = ordered.index(best)
        fresh = [
            (best + ordered[near]) // 2
            for near in (place - 1, place + 1)
            if 0 <= near < len(ordered) and abs(ordered[near] - best) > 1
        ]
        if not fresh:
            return best
        for number in fresh:
            at(number)


def _number(plan: Plan, name: str) -> int:
    station, pool = plan.stations.get(name), plan.pools.get(name)
    if station is not None:
        return station.servers if station.servers is not None else station.schedule[0][1] if station.schedule else 1
    assert pool is not None, "the plan's own rule"
    return pool.tokens if pool.tokens is not None else pool.schedule[0][1] if pool.schedule else 1
