"""Whether a setting holds with a probability: replications where it matters, until it is decided.

Of N replications the share that holds is told with the interval of Clopper and Pearson. N is a part of all that are
allowed at first, and more as long as the interval holds the probability asked for; where all are known and it still
does, the share itself decides, and that is told. Replications differ by what they draw; where theory says that each
place is asked for a twentieth less than in three that held, one is taken to hold without being played, and likewise to
fail: so only those near the edge are played, nearest first.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.statistics import clopper_pearson
from scenarios.capacity_plays import Plays
from scenarios.capacity_setting import Setting

LEVEL = 0.95
LOOKS = (0.25, 0.5, 1.0)
"""The parts of all replications after which is looked; each look takes an equal part of the error."""

MARGIN = 0.95
"""Beyond this ratio of loads at every place chance does not turn an outcome; assumed, and checked by three of them."""

ENOUGH = 3
AT_ONCE = 4


@dataclass(frozen=True)
class Odds:
    """So many of `of` replications hold, of which so many were played; the interval is at 95 %."""

    held: int
    of: int
    low: float
    high: float
    played: int
    holds: bool
    decided: bool

    @property
    def share(self) -> float:
        """The share that holds."""
        return self.held / self.of


class Hardness:
    """How hard each replication is for a setting: the loads that theory tells, float64[N, K], and what was seen."""

    def __init__(self, erlangs: NDArray[np.float64]) -> None:
        self.erlangs = erlangs
        self.differs = bool(np.ptp(erlangs, axis=0).any())
        self._seen: dict[int, float] = {}

    def remember(self, excess: dict[int, float]) -> None:
        """Order by what was seen at a setting, where theory tells no difference."""
        self._seen = dict(excess)

    def order(self, setting: Setting) -> list[int]:
        """Return the replications' numbers, the hardest first."""
        load = (self.erlangs / np.array(setting.point)).max(axis=1)
        known = self._seen if not self.differs else {}
        return sorted(range(len(load)), key=lambda at: (-known.get(at, 0.0), -load[at], at))

    def taken(self, held: Sequence[int], failed: Sequence[int], numbers: Sequence[int]) -> dict[int, bool]:
        """Return what need not be played: far easier than some that held, or harder than some that failed."""
        found: dict[int, bool] = {}
        for number in numbers if self.differs else ():
            own = self.erlangs[number]
            easier = sum(bool((own <= MARGIN * self.erlangs[other]).all()) for other in held)
            harder = sum(bool((self.erlangs[other] <= MARGIN * own).all()) for other in failed)
            if max(easier, harder) >= ENOUGH and min(easier, harder) == 0:
                found[number] = easier > 0
        return found


def allowed(probability: float, replications: int) -> int:
    """Return how many of so many replications may fail."""
    return math.floor((1.0 - probability) * replications + 1e-9)


def critical(hardness: Hardness, setting: Setting, probability: float, count: int) -> tuple[int, ...]:
    """Return the replications about whose outcome decides: of the hardest so many may fail, and these come next."""
    order = hardness.order(setting)
    first = max(0, min(allowed(probability, len(order)) - count // 2, len(order) - count))
    return tuple(order[first : first + count])


def odds(plays: Plays, hardness: Hardness, setting: Setting, probability: float) -> Odds:
    """Decide whether a setting's budgets hold with a probability.

    Where more fail than of all replications may, the rest is not played: `held` is then what could hold at most.
    """
    most = len(hardness.erlangs)
    sizes = sorted({max(1, math.ceil(part * most)) for part in LOOKS})
    may_fail = allowed(probability, most)
    for size in sizes:
        known = _known(plays, hardness, setting, probability, size)
        failed = sum(not each for each in known.values())
        played = sum(plays.known(setting, number) is not None for number in range(most))
        if failed > may_fail or size == most:
            low, high = clopper_pearson(most - failed, most, LEVEL)
            decided = low >= probability or high < probability
            return Odds(most - failed, most, low, high, played, failed <= may_fail, decided)
        low, high = clopper_pearson(size - failed, size, 1.0 - (1.0 - LEVEL) / len(sizes))
        if low >= probability:
            return Odds(size - failed, size, low, high, played, holds=True, decided=True)
    raise AssertionError("the last look decides")


def _known(plays: Plays, hardness: Hardness, setting: Setting, probability: float, size: int) -> dict[int, bool]:
    """Return the outcome of the first replications, or of some that are enough to see that too many fail."""
    order = hardness.order(setting)
    may_fail = allowed(probability, len(order))
    edge = may_fail if hardness.differs else 0
    places = {number: abs(at - edge) for at, number in enumerate(order)}
    while True:
        seen = {number: plays.known(setting, number) for number in range(len(order))}
        known = {number: each.holds for number, each in seen.items() if each is not None}
        left = [number for number in range(len(order)) if number not in known]
        held, failed = ([n for n, holds in known.items() if holds is which] for which in (True, False))
        known |= hardness.taken(held, failed, left)
        inside = {number: holds for number, holds in known.items() if number < size}
        if sum(not holds for holds in known.values()) > may_fail:
            return known
        if len(inside) == size:
            return inside
        next_up = sorted((number for number in range(size) if number not in known), key=places.__getitem__)
        plays.outcomes([(setting, number) for number in next_up[:AT_ONCE]])
