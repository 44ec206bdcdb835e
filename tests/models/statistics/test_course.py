import math

import numpy as np
import pytest

from models.statistics.course import Course


def course_of(values: np.ndarray, rows: np.ndarray, rows_in_all: int) -> Course:
    return Course.of(values, rows, np.ones(len(values), np.int64), rows_in_all)


def test_a_quantile_is_the_value_of_its_rank() -> None:
    rng = np.random.default_rng(1)
    values = rng.lognormal(size=999)
    course = course_of(values, rng.integers(0, 30, 999), 30)
    found = course.quantile(0.95)
    assert math.exp(found.value) == pytest.approx(np.sort(values)[math.ceil(0.95 * 999) - 1])
    assert found.samples == 999


def test_counts_are_the_same_as_so_many_samples() -> None:
    values, rows = np.array([3.0, 1.0, 2.0, 2.0]), np.array([0, 1, 1, 2])
    counted = Course.of(values, rows, np.array([1, 3, 2, 2]), 3)
    each = course_of(np.repeat(values, [1, 3, 2, 2]), np.repeat(rows, [1, 3, 2, 2]), 3)
    assert counted.quantile(0.5).value == each.quantile(0.5).value
    assert counted.quantile(0.5).error == each.quantile(0.5).error
    assert counted.by_row.tolist() == [1, 5, 2]


@pytest.mark.parametrize("quantile", [0.5, 0.95])
def test_its_errors_are_those_of_independent_samples(quantile: float) -> None:
    rng = np.random.default_rng(2)
    found = [
        course_of(rng.exponential(size=3000), np.sort(rng.integers(0, 100, 3000)), 100).quantile(quantile)
        for _ in range(400)
    ]
    spread = np.std([one.value for one in found])
    truth = math.log(-math.log(1 - quantile))
    covered = np.mean([one.ends(1.96)[0] <= truth <= one.ends(1.96)[1] for one in found])
    assert np.mean([one.error for one in found]) == pytest.approx(spread, rel=0.12)
    assert 0.92 <= covered <= 0.985


def test_its_errors_know_that_neighbours_are_alike() -> None:
    rng = np.random.default_rng(3)
    values, errors = [], []
    for _ in range(300):
        slow = np.repeat(rng.normal(0, 0.3, 100), 3)  # three seconds are alike
        rows = np.repeat(np.arange(300), 20)
        found = course_of(np.exp(slow[rows] + rng.normal(0, 0.3, 6000)), rows, 300).quantile(0.5)
        values.append(found.value)
        errors.append(found.error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.2)
    assert np.mean(errors) > 2 * 0.42 * math.sqrt(math.pi / 2 / 6000)  # twice those of independent samples


def test_influences_add_up_to_nothing_and_tell_which_rows_are_slow() -> None:
    rows = np.repeat(np.arange(50), 40)
    values = np.random.default_rng(4).lognormal(0, 0.2, 2000) * np.where(rows == 7, 3.0, 1.0)
    found = course_of(values, rows, 50).quantile(0.9)
    assert found.influence is not None
    assert found.influence.sum() == pytest.approx(0, abs=1e-12)
    assert int(np.argmax(found.influence)) == 7


def test_what_may_be_as_long_as_one_likes_has_no_bound() -> None:
    values = np.concatenate([np.linspace(1, 2, 90), np.full(10, math.inf)])
    course = course_of(values, np.arange(100), 100)
    assert course.quantile(0.5).ends(2)[1] < math.inf
    assert course.quantile(0.89).ends(3)[1] == math.inf
    assert course.quantile(0.95).value == math.inf


def test_a_run_of_one_row_tells_nothing_of_its_error() -> None:
    found = course_of(np.array([1.0, 2.0]), np.array([0, 0]), 1).quantile(0.5)
    assert found.error == math.inf
    assert found.ends(1) == (-math.inf, math.inf)
