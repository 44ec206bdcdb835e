"""How an estimate becomes a word: fail beyond the limit, pass inside, else inconclusive."""

from typing import Literal

from reports.budgets import Budget
from reports.statistics import Bounds, Estimate
from reports.windowed import Windowed

Word = Literal["pass", "fail", "inconclusive", "invalid"]

COMPARISON_ERROR_RATE = 0.006
"""The error rate that the comparisons with a baseline of one verdict share: half of it each for worse and for better.

Of 3,000 verdicts over the same code at most 20 may fail (issue 7): 9 are to be expected at this rate, 75 at that of the
other budgets.
"""

PASS_LEVEL = 0.90
"""A change as large as the resolution passes at most once in twenty times.

A run passes only if all of its comparisons do, so that each may use the whole level (the intersection-union test:
Berger 1982, "Multiparameter hypothesis testing and acceptance sampling"); a failure is shared, since any one fails it.
"""


def word(budget: Budget, estimate: Estimate | Windowed, level: float) -> Word:
    """Judge an estimate by a budget, its interval taken at a level.

    An estimate with a resolution is of a difference. Of the same code it lies on both sides of `<= baseline`, however
    long the run: it passes when nothing worse was found, and what is worse by the resolution is ruled out.
    """
    kept = [budget.holds(bound) for bound in estimate.interval(level)]
    if not any(kept):
        return "fail"
    return "pass" if all(kept) or _rules_out(budget, estimate) else "inconclusive"


def _rules_out(budget: Budget, estimate: Estimate | Windowed) -> bool:
    if not estimate.resolution:
        return False
    low, high = estimate.interval(PASS_LEVEL)
    beyond = budget.limit + estimate.resolution if budget.caps else budget.limit - estimate.resolution
    return high < beyond if budget.caps else low > beyond


def between(budget: Budget, estimate: Estimate | Windowed, bounds: Bounds) -> bool:
    """Tell whether an estimate passes although its interval reaches over the limit, by its resolution."""
    return not all(budget.holds(bound) for bound in bounds) and _rules_out(budget, estimate)
