"""Which levels of load a portal is measured at: which of them are fitted on, which held out, and which repeated.

Loads are sessions a second. A *course* is a load in words with n levels at the Chebyshev points between a low and a
high multiple of the knee, in random order, each between two probes at the low load (`scenarios.load`). In the order of
their loads every other level, from the second on, is held out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from reports.measured_levels import MOST_DRIFT, MeasuredLevel
from reports.quantities import rate
from reports.validation import Asked
from scenarios.load import CALIBRATION, read_load

CALM = 0.6
"""A knee is read at levels at which no place is busier than that: what waits holds others' tokens too. Assumed."""

_NEAR, _FAR = 0.14644660940672624, 0.8535533905932737
"""The shares of the other end in the two Chebyshev points of an interval, (1 ∓ 1/√2)/2."""


@dataclass(frozen=True)
class Course:
    """So many levels of `hold_s` seconds from `low` to `high` times the knee."""

    count: int
    hold_s: int
    low: float
    high: float

    def words(self, knee_per_s: float) -> str:
        """Return the load in words, for a knee in sessions a second."""
        low, high = (f"{times * knee_per_s:.3f}/s" for times in (self.low, self.high))
        return f"{CALIBRATION} {low} to {high} in {self.count} levels of {self.hold_s}s"


def played(words: str) -> tuple[float, ...]:
    """Return the loads of the levels of a course, ascending; probes are none."""
    return tuple(sorted(read_load(words).per_s[1::2]))


def held_out(words: str) -> tuple[str, ...]:
    """Return the names of the levels that are held out: in the order of loads every other one from the second on."""
    return tuple(rate(per_s) for per_s in played(words)[1::2])


def once_more(words: str, per_s: float) -> str:
    """Return the course in which a level is repeated, between probes as before.

    A course has two levels at least: the other one lies near the probes, and nobody asks for it.
    """
    load = read_load(words)
    probe = load.per_s[0]
    top = (per_s - _NEAR * probe) / _FAR
    return f"{CALIBRATION} {probe:.3f}/s to {top:.6f}/s in 2 levels of {load.hold_s:g}s"


def drifted(levels: Sequence[MeasuredLevel], words: str) -> tuple[float, ...]:
    """Return the loads of a course's levels that were never measured at a steady speed of the target, ascending."""
    best = {rate_of(level): level for level in steadiest(levels, words)}
    return tuple(per_s for per_s in played(words) if drift_of(best.get(rate(per_s))) > MOST_DRIFT)


def steadiest(levels: Sequence[MeasuredLevel], words: str) -> tuple[MeasuredLevel, ...]:
    """Return of each level of a course the one whose probes differ least, the first of equal ones, in order of play.

    `levels` are those of all runs; the others that repetitions bring along are left out.
    """
    found: dict[str, MeasuredLevel] = {}
    for name in map(rate, played(words)):
        own = [level for level in levels if rate_of(level) == name]
        if own:
            found[name] = min(own, key=drift_of)
    return tuple(level for level in levels if found.get(rate_of(level)) is level)


def rate_of(level: MeasuredLevel) -> str:
    """Return a level's load as its name has it."""
    return level.level.name.partition(" ")[0]


def drift_of(level: MeasuredLevel | None) -> float:
    """Return by how much a level's probes differ beyond chance, as a share; 1 of a level that is not there or told."""
    return 1.0 if level is None or level.level.drift is None else abs(level.level.drift)


def knee_per_s(levels: Sequence[MeasuredLevel]) -> float:
    """Return the sessions a second at which the first place is full, by the utilisation law.

    It is read at the busiest level at which no place is busier than 60 %; at the calmest where all are. Levels must
    have metrics.
    """
    ordered = sorted(levels, key=busiest)
    level = [ordered[0], *(each for each in ordered if busiest(each) <= CALM)][-1]
    return Asked.of(level).sessions_per_s / busiest(level)


def busiest(level: MeasuredLevel) -> float:
    """Return the utilisation of the busiest place of a level that metrics tell of."""
    own = level.level
    return max(busy / own.servers[place] for place, busy in own.busy.items() if place in own.servers)
