"""The search for the cheapest point that holds: a point says how many servers or tokens each place has.

Whoever asks gives `look`, which tells of points whether they hold and how far they are from it. Nothing is taken to be
monotonous: in networks more servers at one place may make another's queue longer. What is told of a point was seen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Point = tuple[int, ...]
"""Servers or tokens, in the order of the axes."""


@dataclass(frozen=True)
class Axis:
    """A place whose number is searched: what one more costs, and between which numbers, both ends included.

    `copies` are the members of a family, which all have as many.
    """

    name: str
    price: float
    least: int
    most: int
    copies: int = 1

    def clipped(self, number: int) -> int:
        """Return the nearest number that is allowed."""
        return min(max(number, self.least), self.most)


@dataclass(frozen=True)
class Looked:
    """Whether a point holds, and its excess: the worst budget's value over its limit, which is about 1 at the edge."""

    holds: bool
    excess: float


Look = Callable[[Sequence[Point]], list[Looked]]


def cost(axes: Sequence[Axis], point: Point) -> float:
    """Return what a point costs: Σ price · copies · number."""
    return sum(axis.price * axis.copies * number for axis, number in zip(axes, point, strict=True))


def line(low: Point, high: Point, look: Look, at_once: int = 3) -> Point | None:
    """Return the lowest point found to hold on the line between two points; None where the high end does not.

    Each round looks at `at_once` points between the last that does not hold and the first that does.
    """
    apart = max(end - begin for begin, end in zip(low, high, strict=True))
    first, last = look([low, high])
    if first.holds:
        return low
    if not last.holds:
        return None
    below, above = 0, apart
    while above - below > 1:
        between = _between(below, above, at_once)
        found = look([_on(low, high, at / apart) for at in between])
        held = [at for at, each in zip(between, found, strict=True) if each.holds]
        above = held[0] if held else above
        below = max([at for at in between if at < above], default=below)
    return _on(low, high, above / apart)


def descend(axes: Sequence[Axis], start: Point, look: Look) -> Point:
    """Return a point that holds, below one that does, from which no single place can be lowered; dear ones first.

    Steps are halved as they fail. Of those that hold, the ones that save most for what they lose of the distance to the
    edge are taken together, as many as hold together. Places that cost nothing are lowered when the others are done.
    """
    point = start
    for paid in (True, False):
        point = _lowered(axes, point, look, [at for at, axis in enumerate(axes) if (axis.price > 0) == paid])
    return point


def climb(axes: Sequence[Axis], start: Point, look: Look) -> Point | None:
    """Return a point that holds, reached by the steps up that gain most for their price; None at the limits' end.

    Where no step alone gains anything all places are raised together, by ever more.
    """
    point, size = start, 1
    here = look([start])[0]
    while not here.holds:
        tries = [(at, _moved(axes, point, at, 1)) for at in range(len(axes))]
        tries = [(at, each) for at, each in tries if each != point]
        if not tries:
            return None
        found = look([each for _, each in tries])
        gains = [
            ((here.excess - seen.excess) / max(axes[at].price * axes[at].copies, _LITTLE), number)
            for number, ((at, _), seen) in enumerate(zip(tries, found, strict=True))
        ]
        gain, best = max(gains)
        held = [
            (cost(axes, each), number)
            for number, ((_, each), seen) in enumerate(zip(tries, found, strict=True))
            if seen.holds
        ]
        best = min(held)[1] if held else best
        if not held and gain <= 0.0:
            point = tuple(axis.clipped(number + size) for axis, number in zip(axes, point, strict=True))
            here, size = look([point])[0], 2 * size
        else:
            point, here, size = tries[best][1], found[best], 1
    return point


def steps_down(axes: Sequence[Axis], point: Point) -> Iterator[tuple[int, Point]]:
    """Yield each axis with the point that has one less there, where the limits allow it."""
    for at in range(len(axes)):
        lower = _moved(axes, point, at, -1)
        if lower != point:
            yield at, lower


_LITTLE = 1e-6
"""What a place that costs nothing is taken to cost, where gains are set against prices."""


def _lowered(axes: Sequence[Axis], point: Point, look: Look, own: Sequence[int]) -> Point:
    sizes = {at: (point[at] - axes[at].least + 1) // 2 for at in own}
    here = look([point])[0]
    while any(sizes.values()):
        tries = {at: _moved(axes, point, at, -size) for at, size in sizes.items() if size}
        found = dict(zip(tries, look(list(tries.values())), strict=True))
        for at, seen in found.items():
            if not seen.holds or tries[at][at] == axes[at].least:
                sizes[at] = 0 if seen.holds else sizes[at] // 2
        saved = {at: (point[at] - tries[at][at]) * axes[at].price * axes[at].copies for at in tries}
        best = sorted(
            (at for at, seen in found.items() if seen.holds),
            key=lambda at: -(saved[at] + _LITTLE) / max(found[at].excess - here.excess, _LITTLE),
        )
        if best:
            lower, seen = _together(point, tries, found, best, look)
            for at in best:  # what was left out is tried again from there, in steps half as long
                left = lower[at] != tries[at][at]
                sizes[at] = max(1, (point[at] - tries[at][at]) // 2) if left else sizes[at]
            point, here = lower, seen
        sizes = {at: min(size, point[at] - axes[at].least) for at, size in sizes.items()}
    return point


def _together(
    point: Point, tries: dict[int, Point], found: dict[int, Looked], best: Sequence[int], look: Look
) -> tuple[Point, Looked]:
    """Return the point with as many of the steps taken together as hold so: all, half of them, …, the best alone."""
    counts, count = [], len(best)
    while count > 1:
        counts.append(count)
        count //= 2
    points = [tuple(tries[at][at] if at in best[:n] else number for at, number in enumerate(point)) for n in counts]
    looked = look(points) if points else []
    for each, seen in zip(points, looked, strict=True):
        if seen.holds:
            return each, seen
    return tries[best[0]], found[best[0]]


def _moved(axes: Sequence[Axis], point: Point, at: int, by: int) -> Point:
    return (*point[:at], axes[at].clipped(point[at] + by), *point[at + 1 :])


def _between(low: int, high: int, count: int) -> list[int]:
    """Return up to so many whole numbers between two, evenly spread, without the ends."""
    return sorted({low + (high - low) * (n + 1) // (count + 1) for n in range(count)} - {low, high})


def _on(low: Point, high: Point, share: float) -> Point:
    return tuple(begin + round((end - begin) * share) for begin, end in zip(low, high, strict=True))
