"""When sessions arrive: a rate profile, its integral in closed form, and the Poisson stream drawn from it.

A session's place in the stream is a *mass*: the number of sessions expected before it. On the axis of mass
the stream is a Poisson process of rate 1 that knows neither profile, scale nor warp; those only map mass to
an instant,

    instant = N⁻¹(mass / scale) / warp

so a session keeps its number and its citizen whatever the volume and the pace. The axis is cut into blocks of
`BLOCK` expected sessions, each with its own count and uniform masses: any window is reached directly. Counts are
Poisson; where the total is exact, it is split over the blocks binomially, and the stream is a Poisson process given
its total.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cutover.base.errors import BadInput, Mistake
from models.draws import stream, uniform, uniforms
from models.kernel import kernel
from models.splitting import split

BLOCK = 1024
"""Expected sessions of a block; a window costs at most two blocks more than it holds."""

NUMBER_BITS = 20
"""A session's number is (block << NUMBER_BITS) | rank in the block."""

_TINY = float(np.finfo(np.float64).tiny)


@dataclass(frozen=True)
class Profile:
    """A rate over time, linear between points `(t_s, sessions per second)`; equal times make a jump.

    Between points i and i + 1, with x = t − t_i and slope a = (r_{i+1} − r_i)/(t_{i+1} − t_i),

        N(t) = M_i + r_i·x + a·x²/2            N⁻¹(m) = t_i + 2·d/(r_i + √(r_i² + 2·a·d)),  d = m − M_i

    Raises BadInput with all mistakes: fewer than two points, a first time other than 0, times that go back, a
    rate that is negative or not finite, no session expected at all.
    """

    points: tuple[tuple[float, float], ...]
    _pieces: "_Pieces" = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        mistakes = [Mistake("profile", key, value, rule, do) for key, value, rule, do in _mistakes(self.points)]
        if mistakes:
            raise BadInput(mistakes)
        object.__setattr__(self, "_pieces", _Pieces.between(self.points))

    @property
    def duration_s(self) -> float:
        """Return the time of the last point."""
        return self.points[-1][0]

    @property
    def total(self) -> float:
        """Return N(duration): the sessions expected in all."""
        return self._pieces.total

    def expected(self, t_s: ArrayLike) -> NDArray[np.float64]:
        """Return N(t), the sessions expected before each time; times beyond the profile count as its ends."""
        p = self._pieces
        t = np.clip(np.asarray(t_s, np.float64), 0.0, self.duration_s)
        i = np.clip(np.searchsorted(p.start_s, t, side="right") - 1, 0, p.start_s.size - 1)
        x = t - p.start_s[i]
        return p.mass[i] + x * (p.rate[i] + p.slope[i] * x / 2.0)

    def inverse(self, mass: ArrayLike) -> NDArray[np.float64]:
        """Return N⁻¹(mass) in seconds, for 0 <= mass <= total; a pause in the profile is never hit."""
        p = self._pieces
        m = np.asarray(mass, np.float64)
        i = np.clip(np.searchsorted(p.mass, m, side="right") - 1, 0, p.last_busy)
        d = m - p.mass[i]
        root = np.sqrt(np.maximum(p.rate[i] * p.rate[i] + 2.0 * p.slope[i] * d, 0.0))
        return np.minimum(p.start_s[i] + 2.0 * d / np.maximum(p.rate[i] + root, _TINY), p.start_s[i] + p.length_s[i])


@dataclass(frozen=True)
class _Pieces:
    """The pieces of a profile that have a length, as columns; nobody arrives after `last_busy`."""

    start_s: NDArray[np.float64]
    length_s: NDArray[np.float64]
    rate: NDArray[np.float64]
    slope: NDArray[np.float64]
    mass: NDArray[np.float64]
    total: float
    last_busy: int

    @classmethod
    def between(cls, points: tuple[tuple[float, float], ...]) -> "_Pieces":
        """Integrate piece by piece, in plain float64 additions (in order, so equal on every machine)."""
        rows, total, last_busy = [], 0.0, 0
        for (t0, r0), (t1, r1) in pairwise(points):
            if t1 > t0:
                rows.append((t0, t1 - t0, r0, (r1 - r0) / (t1 - t0), total))
                total += (t1 - t0) * (r0 + r1) / 2.0
                last_busy = len(rows) - 1 if max(r0, r1) > 0 else last_busy
        start, length, rate, slope, mass = np.array(rows, np.float64).T.copy()
        return cls(start, length, rate, slope, mass, total, last_busy)


def _mistakes(points: tuple[tuple[float, float], ...]) -> Iterator[tuple[str, object, str, str]]:
    """Yield (key, value, rule, remedy) of everything wrong with a profile's points."""
    if len(points) < 2:
        yield "points", len(points), "must be at least two points", "add the end of the profile"
        return
    if points[0][0] != 0:
        yield "points[0]", points[0][0], "must be at time 0", "begin the profile at 0 seconds"
    for i, (t, rate) in enumerate(points):
        if not math.isfinite(t) or (i and t < points[i - 1][0]):
            yield (
                f"points[{i}]",
                t,
                "must be a time not before the point before it",
                "sort the points by time",
            )
        if not math.isfinite(rate) or rate < 0:
            yield (
                f"points[{i}]",
                rate,
                "must be a rate of 0 or more",
                "correct the rate (sessions per second)",
            )
    if not any(t1 > t0 and max(r0, r1) > 0 for (t0, r0), (t1, r1) in pairwise(points)):
        yield "points", None, "must expect at least some session", "give a span of time a rate above 0"


@dataclass(frozen=True)
class Schedule:
    """The stream of sessions of one profile, seed and replication.

    `scale` multiplies the volume; `warp` plays the profile that many times faster. `name` names the draws: streams
    that are played together need different ones. An `exact` stream has exactly the expected number, rounded.
    """

    profile: Profile
    seed: int
    replication: int = 0
    scale: float = 1.0
    warp: float = 1.0
    name: str = "schedule"
    exact: bool = False

    @property
    def expected(self) -> float:
        """Return the mean number of sessions."""
        return self.scale * self.profile.total

    @property
    def duration_s(self) -> float:
        """Return how long the schedule takes, as played."""
        return self.profile.duration_s / self.warp

    def window(self, from_s: float, to_s: float) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the sessions with from_s <= instant < to_s: numbers, and instants in ns; both ascend.

        Windows that meet hold each session exactly once.
        """
        first, last = self._blocks(from_s, to_s)
        if last < first:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        counts = self._counts(first, last)
        numbers, mass = np.empty(counts.sum(), np.int64), np.empty(counts.sum())
        width = self.expected / BLOCK - first if self.exact else math.inf
        _fill(self._key("mass"), first, counts, width, numbers, mass)
        instants = self._instants_ns(mass)
        low, high = np.searchsorted(instants, [round(from_s * 1e9), round(to_s * 1e9)], side="left")
        if not self.exact:
            high = min(high, int(np.searchsorted(mass, self.expected, side="left")))
        return numbers[low:high], instants[low:high]

    def _key(self, purpose: str) -> int:
        return stream(self.seed, self.replication, f"{self.name}/{purpose}")

    def _blocks(self, from_s: float, to_s: float) -> tuple[int, int]:
        """Return the first and last block that may reach into a window (a millionth of one to spare)."""
        mass = self.scale * self.profile.expected(np.array([from_s, to_s]) * self.warp) / BLOCK
        last_of_all = math.ceil(self.expected / BLOCK) - 1
        return max(int(mass[0] - 1e-6), 0), min(int(mass[1] + 1e-6), last_of_all)

    def _counts(self, first: int, last: int) -> NDArray[np.int64]:
        """Return the sessions of each block from first to last."""
        if self.exact:
            return split(self._key("split"), round(self.expected), self.expected / BLOCK, first, last)
        draws = uniforms(self._key("count"), np.arange(first, last + 1), 0)
        return np.searchsorted(_COUNTS, draws, side="left").astype(np.int64)

    def _instants_ns(self, mass: NDArray[np.float64]) -> NDArray[np.int64]:
        """Map masses to instants; those past the end land on the last nanosecond."""
        t_s = self.profile.inverse(np.minimum(mass / self.scale, self.profile.total)) / self.warp
        return np.minimum(np.floor(t_s * 1e9).astype(np.int64), math.ceil(self.duration_s * 1e9) - 1)


@kernel
def _fill(
    key: int,
    first: int,
    counts: NDArray[np.int64],
    width: float,
    numbers: NDArray[np.int64],
    mass: NDArray[np.float64],
) -> None:
    """Fill in the numbers and ascending masses of whole blocks; the axis ends `width` blocks after the first."""
    at = 0
    for i in range(counts.size):
        block, count = first + i, counts[i]
        part = mass[at : at + count]
        reach = min(1.0, width - i)
        for j in range(count):
            numbers[at + j] = (block << NUMBER_BITS) + j
            part[j] = uniform(key, block, j) * reach
        part.sort()
        for j in range(count):
            part[j] = (block + part[j]) * BLOCK
        at += count


def _poisson_distribution(mean: int) -> NDArray[np.float64]:
    """Return P(count <= k) for k = 0, 1, …, by the ratios p_{k+1}/p_k = mean/(k+1) out from the mode."""
    ratios_up = mean / np.arange(mean + 1, 3 * mean + 1, dtype=np.float64)
    ratios_down = np.arange(mean, 0, -1, dtype=np.float64) / mean
    weights = np.concatenate([np.cumprod(ratios_down)[::-1], [1.0], np.cumprod(ratios_up)])
    sums = np.cumsum(weights)  # cumsum adds in order; sum does not, and would differ between machines
    distribution: NDArray[np.float64] = sums / sums[-1]
    return distribution


_COUNTS = _poisson_distribution(BLOCK)
