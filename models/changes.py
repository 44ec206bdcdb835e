"""How stations change over time: schedules, faults and slow phases, merged and known before a simulation begins."""

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import count, pairwise
from typing import NamedTuple

from models.draws import stream
from models.faults import Fault
from models.network import Network, NetworkStation, Slow

THOUSAND = 1000


class Change(NamedTuple):
    """What holds at a station from `at_ns` on.

    It has `servers` (an autoscaler's own number takes their place), of which the share `left` begins services; a
    service begun takes so many `thousandths` of its time, and fails with the probability `fails` more; all calls fail
    while it is `down`.
    """

    at_ns: int
    servers: int
    left: float = 1.0
    thousandths: int = THOUSAND
    fails: float = 0.0
    down: bool = False

    @property
    def open(self) -> int:
        """How many servers may begin services: those that faults leave of them."""
        return math.floor(self.servers * self.left + 0.5)


class _Phase(NamedTuple):
    """A slow phase that has been drawn."""

    from_ns: int
    to_ns: int
    times: float


def changes_of(network: Network, seed: int, replication: int, until_ns: int) -> tuple[tuple[Change, ...], ...]:
    """Return the changes of each station before `until_ns`, ascending, each different from what held before."""
    phases = [tuple(_phases(slow, seed, replication, until_ns)) for slow in network.slow]
    return tuple(
        _changes(
            station,
            tuple(fault for fault in network.faults if fault.station == station.name),
            [drawn for slow, drawn in zip(network.slow, phases, strict=True) if place in slow.stations],
            until_ns,
        )
        for place, station in enumerate(network.stations)
    )


def open_ns(servers: int, changes: Sequence[Change], edges_ns: Sequence[int]) -> list[int]:
    """Return the time of the servers that are open, in each interval between two edges, ascending from 0.

    Before the first change there are so many `servers`. Those that faults leave count, be a station down or not.
    """
    found, at, now = [], 0, servers
    for begins_ns, ends_ns in pairwise(edges_ns):
        total, since_ns = 0, begins_ns
        while at < len(changes) and changes[at].at_ns < ends_ns:
            total += now * (max(changes[at].at_ns, begins_ns) - since_ns)
            since_ns, now = max(changes[at].at_ns, begins_ns), changes[at].open
            at += 1
        found.append(total + now * (ends_ns - since_ns))
    return found


def _phases(slow: Slow, seed: int, replication: int, until_ns: int) -> Iterator[_Phase]:
    """Yield the phases that begin before `until_ns`; a gap lasts 1 ns at least, so that they come to an end."""
    every, lasts = (stream(seed, replication, f"slow/{slow.name}/{what}") for what in ("every", "lasts"))
    ends_ns = 0
    for number in count():
        begins_ns = ends_ns + max(1, slow.every.sample_ns(every, 0, number))
        if begins_ns >= until_ns:
            return
        ends_ns = begins_ns + slow.lasts.sample_ns(lasts, 0, number)
        yield _Phase(begins_ns, ends_ns, slow.times)


def _changes(
    station: NetworkStation, faults: tuple[Fault, ...], slow: list[tuple[_Phase, ...]], until_ns: int
) -> tuple[Change, ...]:
    instants = {at for at, _ in station.schedule}
    instants |= {instant for fault in faults for instant in (fault.from_ns, fault.to_ns)}
    instants |= {instant for phases in slow for phase in phases for instant in phase[:2]}
    found = [_at(instant, station, faults, slow) for instant in sorted(instants) if instant < until_ns]
    first = Change(-1, station.servers)
    return tuple(after for before, after in pairwise([first, *found]) if before[1:] != after[1:])


def _at(instant: int, station: NetworkStation, faults: tuple[Fault, ...], slow: list[tuple[_Phase, ...]]) -> Change:
    """Return what holds at an instant; what comes together multiplies."""
    scheduled = bisect_right(station.schedule, instant, key=lambda entry: entry[0])
    servers = station.schedule[scheduled - 1][1] if scheduled else station.servers
    left, slower, sound, down = 1.0, 1.0, 1.0, False
    for fault in faults:
        if fault.from_ns <= instant < fault.to_ns:
            left, slower, sound = left * fault.left, slower * fault.slower, sound * (1.0 - fault.fails)
            down = down or fault.down
    for phases in slow:
        begun = bisect_right(phases, instant, key=lambda phase: phase.from_ns)
        if begun and instant < phases[begun - 1].to_ns:
            slower *= phases[begun - 1].times
    return Change(instant, servers, left, round(THOUSAND * slower), 1.0 - sound, down)
