"""What a search for capacity answers beside the plan: the room that is left, what more costs, what was left out."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from models.capacity.bracket import enough
from models.capacity.search import Point, descend, line
from scenarios.capacity_load import erlangs
from scenarios.capacity_search import DECIDING, Found, Search, median
from scenarios.capacity_setting import Setting
from scenarios.capacity_trial import Outcome
from scenarios.span import Span

TIMES = (0.75, 1.25, 1.5, 2.0, 3.0)
"""The loads of the frontier beside the scenario's own, in times of it."""

KNEE_STEP = 1.25
LEAST_KNEE, MOST_KNEE = 0.1, 20.0
CLOSE = 1.01
"""A knee is bracketed until its ends are 1 % apart."""

SHIFTS = (-0.7, 1.5)
"""How far from the answer, in square roots of the load, a frontier's point is looked for."""


@dataclass(frozen=True)
class Knee:
    """So many times the scenario's sessions, at its estimates, with which the budgets still hold, and first do not.

    `breaks` is None where they hold up to twenty times.
    """

    holds: float
    breaks: float | None

    @property
    def headroom(self) -> float:
        """1 − λ/capacity: the part of what the plan can do that the scenario's estimate leaves free."""
        return 1.0 - 1.0 / self.holds


@dataclass(frozen=True)
class Sized:
    """The cheapest point found for so many times the sessions, or a probability; None where the limits leave none."""

    times: float
    probability: float
    point: Point | None


@dataclass(frozen=True)
class Elsewhere:
    """What the answer comes to in a window that was left out, and in those that were searched: a median outcome."""

    span: Span
    outcome: Outcome
    searched: Outcome


@dataclass(frozen=True)
class Lifted:
    """A limit, and the excess that remains where it alone is lifted to what theory calls enough."""

    name: str
    limit: int
    lifted: int
    excess: float


def knee(search: Search, point: Point) -> Knee:
    """Bracket the load at which a plan's budgets break, with every figure at its estimate, to 1 %."""
    setting = Setting(point, draws="nothing")
    numbers = range(min(DECIDING, search.asked.replications))

    def holds(times: float) -> bool:
        return median(search.plays.outcomes([(replace(setting, times=times), each) for each in numbers])).holds

    low = high = 1.0
    if holds(1.0):
        while high < MOST_KNEE and holds(high):
            low, high = high, high * KNEE_STEP
        if high >= MOST_KNEE:
            return Knee(low, None)
    else:
        while low > LEAST_KNEE and not holds(low):
            low, high = low / KNEE_STEP, low
    while high / low > CLOSE:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return Knee(low, high)


def one_nine_more(probability: float) -> float:
    """Return the probability with a tenth of the failures.

    >>> one_nine_more(0.95), one_nine_more(0.99)
    (0.995, 0.999)
    """
    return round(1.0 - (1.0 - probability) / 10.0, 12)


def with_one_nine_more(search: Search, point: Point, probability: float) -> Sized:
    """Return the cheapest point above an answer that holds on the replications about which one nine more decides.

    More replications are drawn where they differ by what is uncertain; where they do not, the hardest that were seen.
    """
    wanted = one_nine_more(probability)
    more = search.of_replications(math.ceil(1.0 / (1.0 - wanted)))
    look = more.look(more.deciding(point, wanted))
    loads = _loads(more, more.deciding(point, wanted)[0], 1.0)
    high = more.asked.bracket(more.asked.offered(more.asked.forecast.of(more.deciding(point, wanted)[0])))[1]
    top = tuple(
        axis.clipped(max(number, end) + math.ceil(SHIFTS[1] * math.sqrt(load)))
        for axis, number, end, load in zip(more.axes, point, high, loads, strict=True)
    )
    found = line(point, top, look)
    if found is not None:
        axes = tuple(replace(axis, least=number) for axis, number in zip(more.axes, point, strict=True))
        found = descend(axes, found, look)
    return Sized(1.0, wanted, found)


def frontier(
    search: Search, point: Point, probability: float, on_point: Callable[[Sized], None] = lambda _: None
) -> tuple[Sized, ...]:
    """Return what holds for less and for more sessions: the answer scaled by square roots, shifted until it holds."""
    found = [Sized(1.0, probability, point)]
    for times in TIMES:
        found.append(Sized(times, probability, _scaled(search, point, probability, times)))
        on_point(found[-1])
    return tuple(sorted(found, key=lambda each: each.times))


def elsewhere(search: Search, point: Point, probability: float) -> tuple[Elsewhere, ...]:
    """Try an answer in the windows that the search left out."""
    setting, numbers = search.plays.of(point), search.deciding(point, probability)
    wanted = [(setting, number) for number in numbers]
    if not search.asked.left_out:
        return ()
    searched = _middle(search.plays.outcomes(wanted))
    return tuple(
        Elsewhere(span, _middle(search.plays.outcomes(wanted, [span])), searched) for span in search.asked.left_out
    )


def lifted(search: Search, found: Found, probability: float) -> tuple[Lifted, ...]:
    """Lift each limit alone of the best within limits that does not hold; what helps most comes first."""
    numbers = search.deciding(found.point, probability)
    offered = search.asked.offered(search.asked.forecast.of(numbers[0]))
    told = []
    for at, axis in enumerate(search.axes):
        load = offered[axis.name]
        number = enough(load, search.asked.wait_s(load))
        if number > axis.most:
            point = (*found.point[:at], number, *found.point[at + 1 :])
            (seen,) = search.look(numbers)([point])
            told.append(Lifted(axis.name, axis.most, number, seen.excess))
    return tuple(sorted(told, key=lambda each: each.excess))


def _scaled(search: Search, point: Point, probability: float, times: float) -> Point | None:
    """Return the lowest point found to hold on a line: a·t + (z + shift)·√(a·t), z = (n − a)/√a as the answer has."""
    numbers = search.deciding(point, probability)
    was, now = _loads(search, numbers[0], 1.0), _loads(search, numbers[0], times)

    def at(shift: float) -> Point:
        scaled = (
            load + ((number - before) / math.sqrt(before) + shift) * math.sqrt(load) if before else float(number)
            for number, before, load in zip(point, was, now, strict=True)
        )
        return tuple(axis.clipped(math.ceil(each)) for axis, each in zip(search.axes, scaled, strict=True))

    low, high = (at(shift) for shift in SHIFTS)
    return line(low, high, search.look(numbers, search.plays.of((), times)))


def _loads(search: Search, number: int, times: float) -> list[float]:
    """Return the load of each place in a replication, erlangs."""
    asked = search.asked
    forecast = search.plays.of((1,) * len(search.axes), times).of(asked.forecast, asked.axes).of(number)
    return erlangs(forecast, [span.window for span in asked.spans], [axis.name for axis in search.axes])


def _middle(outcomes: list[Outcome]) -> Outcome:
    ordered = sorted(outcomes, key=lambda each: (not each.holds, each.excess))
    return ordered[len(ordered) // 2]
