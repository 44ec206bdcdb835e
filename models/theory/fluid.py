"""Fluid: arrivals and capacity as flows that change over time, and the backlog when more flows in than out.

Q' = λ(t) − c(t) while Q > 0 or λ > c, else Q = 0; Q counts those in service too. A good picture of loads well above
capacity, where chance matters little; it sees no waiting at all below it. Source: Newell (1982), "Applications of
Queueing Theory", chapter 2.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from models.theory.infinite import check_points
from models.theory.ranges import not_negative

Points = Sequence[tuple[float, float]]


@dataclass(frozen=True)
class Spell:
    """A span of time with a backlog: from where it begins to where it has drained (infinite: never), and its peak."""

    begins_s: float
    drained_s: float
    peak_s: float
    peak: float


@dataclass(frozen=True)
class _Segment:
    """From `start_s` on for `length_s` the backlog is q + n·x + a·x²/2, above 0 inside; a = 0 where it never ends."""

    start_s: float
    length_s: float
    q: float
    n: float
    a: float

    def at(self, x: float) -> float:
        if math.isinf(x):
            return math.inf if self.n > 0.0 else self.q
        return max(self.q + x * (self.n + self.a * x / 2.0), 0.0)

    def peak_x(self) -> float:
        """Return where in the segment the backlog is greatest."""
        turn = -self.n / self.a if self.a < 0.0 else 0.0
        return max((0.0, self.length_s, min(max(turn, 0.0), self.length_s)), key=self.at)


@dataclass(frozen=True)
class Fluid:
    """The backlog of a flow of arrivals against a capacity, both linear between points (t_s, per second), exactly.

    Equal times make a jump; before the first and behind the last point a rate stays as it is there. `start` is the
    backlog at the earliest point of both. Raises ValueError when there are no points, times go back, or a rate or
    `start` is negative.
    """

    arrivals: tuple[tuple[float, float], ...]
    capacity: tuple[tuple[float, float], ...]
    start: float = 0.0

    def __post_init__(self) -> None:
        check_points(self.arrivals)
        check_points(self.capacity)
        not_negative(start=self.start)

    def backlog(self, t_s: float) -> float:
        """Return Q(t); `start` before the earliest point."""
        if t_s < min(self.arrivals[0][0], self.capacity[0][0]):
            return self.start
        index = bisect_right(self._segments, t_s, key=lambda segment: segment.start_s) - 1
        if index < 0:
            return 0.0
        segment = self._segments[index]
        x = t_s - segment.start_s
        return segment.at(x) if x < segment.length_s else 0.0

    @cached_property
    def spells(self) -> tuple[Spell, ...]:
        """Return every span of time with a backlog, in order."""
        spans: list[list[_Segment]] = []
        for segment in self._segments:
            if spans and segment.q > 0.0:
                spans[-1].append(segment)
            else:
                spans.append([segment])
        return tuple(_spell(span) for span in spans)

    @cached_property
    def _segments(self) -> tuple[_Segment, ...]:
        """Return the segments with a backlog, in order of time; the rates of the last points go on for ever."""
        segments: list[_Segment] = []
        backlog = self.start
        times = sorted({t for t, _ in (*self.arrivals, *self.capacity)})
        for t0, t1 in pairwise([*times, math.inf]):
            (r0, r1), (c0, c1) = _ends(self.arrivals, t0, t1), _ends(self.capacity, t0, t1)
            slope = ((r1 - c1) - (r0 - c0)) / (t1 - t0)
            inside, backlog = _piece(t0, t1 - t0, backlog, r0 - c0, slope)
            segments.extend(inside)
        return tuple(segments)


def _ends(points: Points, t0: float, t1: float) -> tuple[float, float]:
    """Return the value just after t0 and just before t1, between which no point lies."""
    i = bisect_right(points, t0, key=lambda point: point[0]) - 1
    if i < 0 or i == len(points) - 1:
        return (points[max(i, 0)][1],) * 2
    (left, low), (right, high) = points[i : i + 2]
    slope = (high - low) / (right - left)
    return low + slope * (t0 - left), high - slope * (right - t1)


def _piece(start_s: float, length_s: float, q: float, n: float, a: float) -> tuple[list[_Segment], float]:
    """Return the segments with a backlog within a piece, and the backlog at its end.

    q is the backlog at its start, n + a·x the net flow.
    """
    segments: list[_Segment] = []
    x = 0.0
    while x < length_s:
        if q == 0.0 and (n < 0.0 or (n == 0.0 and a <= 0.0)):
            x, n = x - n / a if a > 0.0 else math.inf, 0.0
            continue
        left_s, drains_s = length_s - x, _drains_s(q, n, a)
        segments.append(_Segment(start_s + x, min(drains_s, left_s), q, n, a))
        if drains_s > left_s or math.isinf(left_s):
            return segments, segments[-1].at(left_s) if math.isfinite(left_s) else 0.0
        q, n, x = 0.0, n + a * drains_s, x + drains_s
    return segments, q


def _drains_s(q: float, n: float, a: float) -> float:
    """Return the least x above 0 with q + n·x + a·x²/2 = 0, in the form that does not cancel; infinite if none."""
    square = n * n - 2.0 * a * q
    if n > 0.0:
        return (n + math.sqrt(square)) / -a if a < 0.0 else math.inf
    if square < 0.0 or math.sqrt(square) <= n or q == 0.0:
        return math.inf
    return 2.0 * q / (math.sqrt(square) - n)


def _spell(span: list[_Segment]) -> Spell:
    highest = max(span, key=lambda segment: segment.at(segment.peak_x()))
    x = highest.peak_x()
    return Spell(span[0].start_s, span[-1].start_s + span[-1].length_s, highest.start_s + x, highest.at(x))
