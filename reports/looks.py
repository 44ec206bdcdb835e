"""Looks: when a run that is prolonged until its budgets are decided is judged, and at which error rate each time.

Who judges again and again at 5 % is wrong more often than 5 %: each look is another chance. So the rate is spent (Lan
and DeMets 1983, Pocock's form): of the rate α, the share α·ln(1 + (e − 1)·t) may have been spent when the share t of
the longest run has been seen. A look is judged at what it adds, so by Bonferroni's inequality the looks together are
wrong no more often than α, however they depend on each other.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

GROWTH = 1.3
"""Each look waits until there is so many times as much to see as at the one before; assumed: ten looks from one
minute to ten."""


@dataclass(frozen=True)
class Look:
    """One look: after `seen_s` seconds of measurement, at an error rate of its own."""

    seen_s: float
    error_rate: float


def looks(first_s: float, last_s: float, error_rate: float) -> tuple[Look, ...]:
    """Return the looks from the first to the last; one only, at the whole rate, when nothing is prolonged.

    >>> [round(look.error_rate, 4) for look in looks(60.0, 100.0, 0.05)]
    [0.0354, 0.0069, 0.0077]
    >>> looks(60.0, 60.0, 0.05)
    (Look(seen_s=60.0, error_rate=0.05),)
    """
    if last_s <= first_s:
        return (Look(first_s, error_rate),)
    count = math.ceil(math.log(last_s / first_s) / math.log(GROWTH))
    seen = [first_s * (last_s / first_s) ** (number / count) for number in range(count)] + [last_s]
    return tuple(Look(each, rate) for each, rate in zip(seen, _added(seen, error_rate), strict=True))


def _added(seen: Sequence[float], error_rate: float) -> list[float]:
    """Return what each look adds to the rate spent."""
    spent = [error_rate * math.log1p((math.e - 1) * each / seen[-1]) for each in seen]
    return [now - before for now, before in zip(spent, [0.0, *spent[:-1]], strict=True)]
