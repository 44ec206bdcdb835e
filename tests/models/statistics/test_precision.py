import math

import numpy as np
import pytest

from models.statistics.precision import Precision, replications_needed
from models.statistics.student import student

PILOT = [10.0, 12, 9, 11, 8, 12, 10, 9, 11, 8]


def relative(deviation: float, count: int, mean: float) -> float:
    """Return the relative half-width of so many samples with this deviation, computed apart."""
    low, high = student(np.resize([mean - 1.0, mean + 1.0], count), 0.95)
    return (high - low) / 2 / mean * deviation / float(np.resize([-1.0, 1.0], count).std(ddof=1))


@pytest.mark.parametrize("precision", [0.2, 0.05, 0.02, 0.004])
def test_the_number_needed_is_the_least_that_is_enough(precision: float) -> None:
    needed, deviation = replications_needed(PILOT, precision), float(np.std(PILOT, ddof=1))
    assert needed is not None
    bound = precision / (1 + precision)
    assert relative(deviation, needed, 10.0) <= bound
    assert needed == len(PILOT) or relative(deviation, needed - 1, 10.0) > bound


def test_no_number_is_enough_for_a_mean_of_zero() -> None:
    assert replications_needed([-1.0, 1.0], 0.1) is None
    with pytest.raises(ValueError, match="a pilot needs two finite values"):
        replications_needed([1.0, math.inf], 0.1)


def test_the_least_number_comes_first() -> None:
    rule = Precision(0.1, at_least=10)
    early = rule.look([1.0, 1.001, 1.0])
    assert (early.reached, early.more, early.why) == (False, 7, None)
    assert rule.look([1.0, 1.001] * 5).reached


def test_more_are_asked_for_as_the_pilot_says_but_at_most_as_many_again() -> None:
    rule = Precision(0.08, at_least=10, at_most=1000)
    needed = replications_needed(PILOT, 0.08)
    assert rule.look(PILOT).more == needed - 10
    assert Precision(0.01, at_most=1000).look(PILOT).more == 10
    assert Precision(0.01, at_most=12).look(PILOT).more == 2


def test_the_relative_error_is_of_the_true_mean() -> None:
    values = [0.92, 1.08] * 5
    half = (student(np.array(values), 0.95)[1] - 1.0) / 1.0
    assert not Precision(half, at_most=10).look(values).reached
    assert Precision(half / (1 - half) + 1e-9, at_most=10).look(values).reached


def test_what_cannot_be_had_ends_with_a_reason() -> None:
    ended = Precision(0.01, at_most=10).look(PILOT)
    assert (ended.reached, ended.more) == (False, 0)
    assert ended.why == "10 replications, the most allowed, did not reach ± 0.01."
    same = Precision(0.1, at_least=2, at_most=4)
    assert same.look([0.0, 0.0]).more == 2
    assert str(same.look([0.0] * 4).why).startswith("All 4 replications gave the same value")
    never = same.look([1.0, math.inf])
    assert (never.more, never.why) == (0, "A value is infinite, so that the mean is not finite.")


def test_without_a_precision_the_least_number_is_enough() -> None:
    rule = Precision(None, at_least=3)
    assert rule.look([1.0, 9.0]).more == 1
    assert rule.look([1.0, 9.0, 5.0]).reached
    assert rule.look([1.0, 9.0, math.inf]).reached


@pytest.mark.parametrize("rule", [{"relative": 0}, {"relative": 1}, {"level": 1}, {"at_least": 1}, {"at_most": 9}])
def test_a_rule_that_cannot_be_is_refused(rule: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"between 0 and 1|it takes 2"):
        Precision(**{"relative": 0.1, **rule})
