import math
from collections.abc import Sequence

import numpy as np
import pytest

from models.statistics.reading import Reading
from models.statistics.run_effects import Difference, Effect, pooled

ROWS = 125


def read(rng: np.random.Generator, effect: float, shared: np.ndarray | float = 0.0, error: float = 0.01) -> Reading:
    """Make a reading of a run with an effect, whose rows vary by so much, and by what aligned runs share."""
    rows = rng.normal(0, error * math.sqrt(ROWS), ROWS) + shared
    return Reading.of_ratio(rows + effect, np.ones(ROWS), ROWS, is_log=False)


def even(value: float, error: float, freedom: float = 50) -> Reading:
    return Reading.even(value, error, freedom, None, 100)


def covered(others: int, effect: float, prior: Effect, pairs: int = 1500, *, aligned: bool = False) -> float:
    """Return how often the 95 % interval of a difference that is 0 holds it."""
    rng = np.random.default_rng(others)
    inside = 0
    for _ in range(pairs):
        shared = rng.normal(0, 0.3, ROWS) if aligned else 0.0
        head, *rest = [read(rng, rng.normal(0, effect), shared) for _ in range(1 + others)]
        low, high = Difference.of(head, rest, prior, aligned=aligned).interval(0.95)
        inside += low <= 0 <= high
    return inside / pairs


@pytest.mark.parametrize("others", [1, 2, 5])
def test_intervals_hold_what_runs_of_the_same_code_differ_by(others: int) -> None:
    assert 0.93 <= covered(others, 0.02, Effect(0.02, 39)) <= 0.972


def test_without_run_effects_they_would_hold_it_far_less_often() -> None:
    assert covered(1, 0.04, Effect(0.0, 39), 400) < 0.5


def test_several_baselines_correct_a_prior_that_is_wrong() -> None:
    one, several = (covered(others, 0.04, Effect(0.01, 2), 800) for others in (1, 5))
    assert several > 0.85 > one + 0.1


def test_what_aligned_runs_share_falls_out() -> None:
    assert 0.93 <= covered(1, 0.0, Effect(0.0, 39), aligned=True) <= 0.975
    rng = np.random.default_rng(5)
    shared = rng.normal(0, 1.0, ROWS)
    head, base = (read(rng, 0.0, shared) for _ in range(2))
    aligned, apart = (Difference.of(head, [base], Effect(0.0, 39), aligned=each) for each in (True, False))
    assert aligned.value == apart.value
    assert aligned.within_error < 0.5 * apart.within_error


def test_the_effect_is_pooled_by_degrees_of_freedom() -> None:
    found = pooled(Effect(0.1, 4), [even(0.0, 0.0), even(0.2, 0.0), even(0.4, 0.0)], aligned=False)
    assert found == Effect(pytest.approx(math.sqrt((4 * 0.01 + 2 * 0.04) / 6)), 6)
    assert pooled(Effect(0.1, 4), [even(0.0, 1.0), even(0.2, 1.0)], aligned=False).deviation < 0.1
    assert pooled(Effect(0.1, 4), [even(0.0, 0.0)], aligned=False) == Effect(0.1, 4)


def test_its_error_and_freedom_are_those_of_its_parts() -> None:
    found = Difference.of(even(0.5, 0.03), [even(0.1, 0.04), even(0.3, 0.04)], Effect(0.0, 1e9), aligned=False)
    assert found.value == pytest.approx(0.3)
    assert found.within_error == pytest.approx(math.hypot(0.03, math.hypot(0.04, 0.04) / 2))
    alone = Difference.of(even(0.0, 1e-9, 10), [even(0.0, 1e-9, 10)], Effect(0.02, 7), aligned=False)
    assert alone.effects_error == pytest.approx(0.02 * math.sqrt(2))
    assert alone.freedom == pytest.approx(7, rel=1e-6)


def test_ends_that_lie_unevenly_stay_so() -> None:
    skewed = Reading(0.0, 0.1, 50, lambda z: (-0.05 * z, 0.2 * z), None, 100)
    low, high = Difference.of(skewed, [even(0.0, 1e-9)], Effect(0.0, 1.0), aligned=False).interval(0.95)
    assert high == pytest.approx(-4 * low)


def test_few_degrees_of_freedom_do_not_ask_for_the_ends_of_a_tail() -> None:
    tail = Reading(0.0, 0.1, 50, lambda z: (-0.1 * z, 0.1 * z if z <= 3 else 100.0), None, 100)
    assert tail.reach(2) == pytest.approx(0.2)
    assert tail.reach(9) == pytest.approx(0.9)
    assert tail.reach(-9) == pytest.approx(0.9)


@pytest.mark.parametrize("others", [[Reading.unknown(0.0, 3)], [even(0.0, 0.1), Reading.unknown(0.0, 3)]])
def test_nothing_bounds_what_a_run_cannot_tell(others: Sequence[Reading]) -> None:
    found = Difference.of(even(0.0, 0.1), others, Effect(0.01, 9), aligned=False)
    assert not found.is_known
    assert found.interval(0.95) == (-math.inf, math.inf)
