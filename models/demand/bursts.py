"""Bursts: staff at a counter key the morning's papers one after the other, so sessions come in trains.

The schedule draws when bursts begin; a burst of geometric size k (mean `size`, P(k) = (1 − q)·q^(k−1), q = 1 − 1/size)
has a session every `gap_s`. Sizes end at `LONGEST`, so a window need only look back that far.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.demand.rates import Points, added, between, scaled
from models.draws import stream, uniform
from models.elementary import log
from models.kernel import kernel
from models.schedule import Schedule

LONGEST = 64
"""The greatest burst; a session's number is that of its burst · LONGEST + its place in it."""

GREATEST_MEAN = 16.0
_RANK_BITS = 20


def mean_size(size: float) -> float:
    """Return the mean of a geometric size that ends at LONGEST: size·(1 − q^LONGEST)."""
    q, power = 1.0 - 1.0 / size, 1.0
    for _ in range(LONGEST):
        power *= q
    return size * (1.0 - power)


def arriving(rate: Points, size: float, gap_s: float) -> Points:
    """Return the rate of sessions over time, each at its own: r is that of all sessions of the bursts that begin.

    A burst has a session j = 0, 1, … with probability q^j, a time j·gap after it began; those after the end never come:

        a(t) = Σ_{j < LONGEST} q^j · r(t − j·gap) / mean size
    """
    duration_s, power, parts = rate[-1][0], 1.0, []
    for j in range(LONGEST):
        after_s = j * gap_s
        if after_s >= duration_s or power == 0:
            break
        later = ((0.0, 0.0), *((t + after_s, value * power) for t, value in rate))
        parts.append(between(later, 0.0, duration_s))
        power *= 1.0 - 1.0 / size
    return scaled(added(parts), 1.0 / mean_size(size))


@dataclass(frozen=True)
class Bursts:
    """Sessions in bursts; `starts` expects bursts, not sessions. `size` is from 1 to 16, `gap_s` at least 0."""

    starts: Schedule
    size: float
    gap_s: float

    @property
    def expected(self) -> float:
        """Return the mean number of sessions that come before the schedule's end, T.

        A burst has a session j = 0, 1, … with probability q^j, and it comes if the burst began before T − j·gap:

            E = Σ_{j < LONGEST} q^j · N(max(0, T − j·gap))
        """
        profile, q, power, found = self.starts.profile, 1.0 - 1.0 / self.size, 1.0, 0.0
        for begun in profile.expected(profile.duration_s - self.gap_s * np.arange(LONGEST)).tolist():
            found += power * begun
            power *= q
        return self.starts.scale * found

    @property
    def duration_s(self) -> float:
        """Return how long the schedule takes, as played."""
        return self.starts.duration_s

    def window(self, from_s: float, to_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the sessions with from_s <= instant < to_s: numbers, and instants in ns, which ascend."""
        to_s = min(to_s, self.duration_s)
        gap_ns = round(self.gap_s / self.starts.warp * 1e9)
        bursts, begins = self.starts.window(max(0.0, from_s - LONGEST * gap_ns / 1e9 - 1e-6), to_s)
        key = stream(self.starts.seed, self.starts.replication, f"{self.starts.name}/size")
        sizes = _sizes(key, bursts, self.size)
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        instants = np.repeat(begins, sizes) + place * gap_ns
        numbers = np.repeat(_spread(bursts), sizes) + place
        inside = (instants >= round(from_s * 1e9)) & (instants < round(to_s * 1e9))
        instants, numbers = instants[inside], numbers[inside]
        order = np.lexsort((numbers, instants))
        return numbers[order], instants[order]


def _spread(bursts: NDArray[np.int64]) -> NDArray[np.int64]:
    rank_mask = (1 << _RANK_BITS) - 1
    return (bursts & ~rank_mask) | ((bursts & rank_mask) * LONGEST)


@kernel
def _sizes(key: int, bursts: NDArray[np.int64], size: float) -> NDArray[np.int64]:
    out = np.ones(bursts.size, np.int64)
    if size > 1.0:
        log_q = log(1.0 - 1.0 / size)
        for i in range(bursts.size):
            out[i] = min(LONGEST, 1 + math.floor(log(uniform(key, bursts[i], 0)) / log_q))
    return out
