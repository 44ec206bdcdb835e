"""What goes wrong at a station for a while: fewer servers, slower service, or both."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

THOUSAND = 1000


@dataclass(frozen=True)
class Fault:
    """A station at fault from `from_ns` up to, not including, `to_ns`.

    Only the share `left` of its servers (rounded to a number) begins services, and each service begun then takes
    `slower` times as long (to a thousandth). What is in service when the fault begins goes on as it was.
    """

    station: str
    from_ns: int
    to_ns: int
    left: float = 1.0
    slower: float = 1.0


class Change(NamedTuple):
    """From `at_ns` on, a station has so many servers, and services take so many thousandths of their own time."""

    at_ns: int
    servers: int
    thousandths: int


def changes(servers: int, faults: Iterable[Fault]) -> tuple[Change, ...]:
    """Return how the faults of one station change it over time; faults at the same time multiply."""
    known = tuple(faults)
    instants = sorted({instant for fault in known for instant in (fault.from_ns, fault.to_ns)})
    found = [_at(instant, servers, known) for instant in instants]
    return tuple(
        after for before, after in pairwise([Change(-1, servers, THOUSAND), *found]) if before[1:] != after[1:]
    )


def _at(instant: int, servers: int, faults: tuple[Fault, ...]) -> Change:
    left = slower = 1.0
    for fault in faults:
        if fault.from_ns <= instant < fault.to_ns:
            left, slower = left * fault.left, slower * fault.slower
    return Change(instant, round(servers * left), round(THOUSAND * slower))
