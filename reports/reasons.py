"""Why a budget has its verdict, in a sentence."""

from models.statistics.quantiles import least_samples
from reports.budgets import Budget
from reports.decision import PASS_LEVEL, Word, between
from reports.judgement import Standing, span_words
from reports.quantities import at_least, count, interval, quantity, share
from reports.spans import ScenarioClock
from reports.statistics import Bounds, Estimate
from reports.windowed import Windowed


def reason(
    budget: Budget,
    estimate: Estimate | Windowed,
    level: float,
    bounds: Bounds,
    word: Word,
    clock: ScenarioClock | None,
) -> str:
    """Say why a budget has its verdict."""
    if isinstance(estimate, Windowed):
        said = _of_windows(budget, estimate, level, word, clock)
    else:
        said = _of_one(budget, estimate, level, bounds, word)
    return said[:1].upper() + said[1:]


def with_standing(budget: Budget, standing: Standing, said: str, word: Word) -> str:
    """Say beside the reason what a breach does, where it is not to fail the run."""
    waiver = budget.waiver
    if waiver is not None and standing == "expired":
        return f"The waiver ended with {waiver.until} (it was given because {waiver.because}): remove it. {said}"
    if waiver is not None:
        return f"Waived until {waiver.until}, because {waiver.because}. {said}"
    return f"A warning, which fails nothing: {said}" if standing == "warns" and word == "fail" else said


def _of_one(budget: Budget, estimate: Estimate, level: float, bounds: Bounds, word: Word) -> str:
    unit = budget.unit
    limit, value = quantity(budget.limit, unit), at_least(estimate.value, unit, is_bound=estimate.is_at_least)
    span = interval(*bounds, unit)
    if unit == "count":
        return f"{value} of {count(estimate.samples)} dossiers; the limit is {budget.relation} {limit}."
    if word == "fail":
        return f"{value}, and the whole interval ({span}) lies beyond {limit}."
    if word == "pass" and between(budget, estimate, bounds):
        more = share(estimate.resolution).replace(" %", " points")
        sure = share((1 + PASS_LEVEL) / 2)
        return f"{value} ({span}): no change beyond {limit} was found, and one of {more} more is ruled out at {sure}."
    if word == "pass":
        return f"{value}, and the whole interval ({span}) keeps {budget.relation} {limit}."
    if estimate.doubt:
        return f"{value} ({span}), but it cannot pass: {estimate.doubt}"
    if budget.quantile is not None and unit == "s" and estimate.samples < least_samples(budget.quantile, level):
        need = count(least_samples(budget.quantile, level))
        return f"too few samples: {count(estimate.samples)} steps, and p{100 * budget.quantile:g} needs {need}."
    return f"{value}, but the interval ({span}) reaches over {limit}; {estimate.advice or 'a longer run would decide.'}"


def _of_windows(budget: Budget, estimate: Windowed, level: float, word: Word, clock: ScenarioClock | None) -> str:
    unit, limit = budget.unit, quantity(budget.limit, budget.unit)
    found = estimate.bounds(level)
    total = count(len(found) + estimate.empty)
    beyond = [each for each in found if not (budget.holds(each.low) or budget.holds(each.high))]
    ranked = sorted(beyond or found, key=lambda each: each.estimate.value, reverse=budget.caps)
    worst = ranked[0]
    value = at_least(worst.estimate.value, unit, is_bound=worst.estimate.is_at_least)
    at, span = span_words(worst.window, clock), interval(worst.low, worst.high, unit)
    if word == "fail":
        verb = "lies" if len(beyond) == 1 else "lie"
        return f"{count(len(beyond))} of {total} windows {verb} beyond {limit}; the worst, {at}, has {value} ({span})."
    if word == "pass":
        return f"all {total} windows keep {budget.relation} {limit}; the worst, {at}, has {value} ({span})."
    if estimate.doubt:
        return f"the worst of {total} windows, {at}, has {value} ({span}), but it cannot pass: {estimate.doubt}"
    if estimate.empty:
        return estimate.advice
    over = [each for each in found if not (budget.holds(each.low) and budget.holds(each.high))]
    return (
        f"the intervals of {count(len(over))} of {total} windows reach over {limit}; the worst, {at}, has {value} "
        f"({span}). Longer windows, or more load, would decide."
    )
