"""Rates over time as points `(t_s, value)`, linear between them, and what can be done with them.

Equal times make a jump. Hours of the day, a weekday's weight, a surge, an opening hour and a day's chance factor are
all such functions on the same span; demand is their product.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Points = tuple[tuple[float, float], ...]
Floats = NDArray[np.float64]

DAY_S = 86_400.0
HOUR_S = 3_600.0
GRAIN_S = 60.0
"""Where two factors change at once their product is curved; it is taken as linear over at most this long."""


def product(first: Points, second: Points) -> Points:
    """Multiply two functions that cover the same span; exact at every point, and between them where one is constant."""
    times = _union(first, second)
    (f0, f1), (g0, g1) = _limits(first, times), _limits(second, times)
    pieces = np.where((f0 != f1) & (g0 != g1), np.ceil(np.diff(times) / GRAIN_S), 1).astype(np.int64)
    inner = [np.linspace(a, b, n + 1)[:-1] for a, b, n in zip(times, times[1:], np.maximum(pieces, 1), strict=False)]
    finer = np.append(np.concatenate(inner), times[-1])
    (f0, f1), (g0, g1) = _limits(first, finer), _limits(second, finer)
    return _plain(finer, f0 * g0, f1 * g1)


def added(functions: Sequence[Points]) -> Points:
    """Add functions; each counts as 0 outside its span."""
    times = _union(*functions)
    limits = [_limits(points, times) for points in functions]
    left, right = np.zeros(times.size - 1), np.zeros(times.size - 1)
    for at_a, at_b in limits:  # one after the other: a sum over an axis may add in another order elsewhere
        left, right = left + at_a, right + at_b
    return _plain(times, left, right)


def between(points: Points, from_s: float, to_s: float) -> Points:
    """Return the part of a function on [from_s, to_s], with its own clock kept."""
    inner = [t for t, _ in points if from_s < t < to_s]
    times = np.unique(np.array([from_s, *inner, to_s]))
    return _plain(times, *_limits(points, times))


def scaled(points: Points, times: float) -> Points:
    """Multiply a function by a number."""
    return tuple((t, value * times) for t, value in points)


def steps(edges: Sequence[float], values: Sequence[float]) -> Points:
    """Return the function that is `values[i]` from `edges[i]` to `edges[i + 1]`."""
    return tuple((t, value) for (a, b), value in zip(pairwise(edges), values, strict=True) for t in (a, b))


def during(from_s: float, to_s: float, duration_s: float) -> Points:
    """Return 1 from `from_s` to `to_s` and 0 elsewhere, on [0, duration_s]."""
    a, b = (min(max(t, 0.0), duration_s) for t in (from_s, to_s))
    edges, values = [0.0], []
    for upper, value in ((a, 0.0), (b, 1.0), (duration_s, 0.0)):
        if upper > edges[-1]:
            edges.append(upper)
            values.append(value)
    return steps(edges, values)


def total(points: Points) -> float:
    """Return the integral of a function over its span."""
    return sum((b - a) * (f + g) / 2.0 for (a, f), (b, g) in pairwise(points))


def week(cells: Sequence[Sequence[float]], daily: float, weekday: int, into_day_s: float, duration_s: float) -> Points:
    """Return sessions per second from the cells of a week: 7 days from Monday, 24 parts of a day each.

    The span begins `into_day_s` seconds into day `weekday` (0 is Monday). Within a day the rate is linear between the
    middles of the hours and periodic over that day's midnight, scaled so that the day has Σ cells · `daily` sessions.
    """
    out: list[tuple[float, float]] = []
    begins, day = -into_day_s, weekday
    while begins < duration_s:
        out += [(begins + t, rate) for t, rate in _day(cells[day % 7], daily)]
        begins, day = begins + DAY_S, day + 1
    return between(tuple(out), 0.0, duration_s)


def _day(cells: Sequence[float], daily: float) -> Points:
    midnight = (cells[0] + cells[-1]) / 2
    middles = [((hour + 0.5) * HOUR_S, cell) for hour, cell in enumerate(cells)]
    shape = ((0.0, midnight), *middles, (DAY_S, midnight))
    area = total(shape)
    # Multiplied by the day's sum last, so that a day whose cells add up to 1 is not touched by their rounding.
    factor = daily * sum(cells) / area if area > 0 else 0.0
    return tuple((t, value * factor) for t, value in shape)


def _union(*functions: Points) -> Floats:
    return np.unique(np.array([t for points in functions for t, _ in points], np.float64))


def _limits(points: Points, times: Floats) -> tuple[Floats, Floats]:
    """Return a function's limits at the begin and at the end of each stretch between times; 0 outside its span."""
    t, f = np.array(points, np.float64).T
    middle = (times[:-1] + times[1:]) / 2
    i = np.clip(np.searchsorted(t, middle, side="right") - 1, 0, t.size - 2)
    length = np.where(t[i + 1] > t[i], t[i + 1] - t[i], 1.0)
    slope = (f[i + 1] - f[i]) / length
    begins = np.where(times[:-1] == t[i], f[i], f[i] + slope * (times[:-1] - t[i]))
    ends = np.where(times[1:] == t[i + 1], f[i + 1], f[i] + slope * (times[1:] - t[i]))
    inside = (middle >= t[0]) & (middle < t[-1])
    return np.where(inside, begins, 0.0), np.where(inside, ends, 0.0)


def _plain(times: Floats, begins: Floats, ends: Floats) -> Points:
    """Make points of stretches, without one that repeats the point before it."""
    rows = np.column_stack([times[:-1], begins, times[1:], ends]).reshape(-1, 2)
    keep = np.append(True, (rows[1:] != rows[:-1]).any(axis=1))
    return tuple((float(t), float(value)) for t, value in rows[keep])
