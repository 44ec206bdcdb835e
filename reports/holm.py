"""How budgets share an error rate: Holm's procedure (1979), "A simple sequentially rejective multiple test procedure".

With k budgets undecided each is judged at the level 1 − rate/k; those whose interval lies wholly on one side of the
limit step out, and the rest is judged again. A comparison that passes by its resolution alone has an interval on both
sides: it does not step out, or the others would share the rate among fewer than they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from reports.budgets import Budget
from reports.decision import Word, word
from reports.statistics import Bounds, Estimate
from reports.windowed import Windowed


@dataclass(frozen=True)
class Decided:
    """What a budget's estimate comes to at the level at which it was decided, or stays undecided."""

    level: float
    bounds: Bounds
    word: Word


def shared(subjects: Mapping[int, tuple[Budget, Estimate | Windowed]], error_rate: float) -> dict[int, Decided]:
    """Decide each budget at the level at which Holm's procedure leaves it; counts are exact, and share nothing."""
    results = {
        number: _decided(budget, estimate, 1.0)
        for number, (budget, estimate) in subjects.items()
        if budget.unit == "count"
    }
    undecided = set(subjects) - set(results)
    while undecided:
        level = 1 - error_rate / len(undecided)
        results |= {number: _decided(*subjects[number], level) for number in undecided}
        left = {number for number in undecided if _straddles(subjects[number][0], results[number].bounds)}
        if left == undecided:
            break
        undecided = left
    return results


def _decided(budget: Budget, estimate: Estimate | Windowed, level: float) -> Decided:
    found = word(budget, estimate, level)
    if found == "pass" and estimate.doubt:
        found = "inconclusive"
    return Decided(level, estimate.interval(level), found)


def _straddles(budget: Budget, bounds: Bounds) -> bool:
    """Tell whether an interval reaches over the limit."""
    return len({budget.holds(bound) for bound in bounds}) == 2
