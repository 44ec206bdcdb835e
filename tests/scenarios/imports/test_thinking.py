"""The law of think times: fitted on the grid that stamps leave, with errors that tell the truth."""

import math
from collections import Counter

import numpy as np
import pytest
from scipy import stats

from models.laws import Constant, Exponential, Lognormal
from scenarios.imports.thinking import LEAST, fit


def tenths(mean_s, cv, size, seed, *, whole_seconds):
    """Draw pauses that begin anywhere on the grid, and cut both of their stamps down to it."""
    generator = np.random.default_rng(seed)
    sigma2 = math.log1p(cv * cv)
    pauses = generator.lognormal(math.log(mean_s) - sigma2 / 2, math.sqrt(sigma2), size)
    begin = generator.random(size) * 100
    grid = 1.0 if whole_seconds else 0.1
    cut = np.floor((begin + pauses) / grid) - np.floor(begin / grid)
    return Counter((cut * round(10 * grid)).astype(int).tolist())


@pytest.mark.parametrize(
    ("mean_s", "cv", "whole_seconds"),
    [(0.5, 0.8, False), (0.5, 0.8, True), (3.0, 1.0, True), (15.0, 1.0, True), (120.0, 0.8, True), (40.0, 2.5, False)],
)
def test_the_grid_biases_neither_mean_nor_cv(mean_s, cv, whole_seconds):
    found = [
        fit(tenths(mean_s, cv, 2000, seed, whole_seconds=whole_seconds), whole_seconds=whole_seconds)
        for seed in range(30)
    ]
    for errors in (
        [math.log(one.law.mean_s / mean_s) / one.mean_error for one in found],
        [math.log(one.law.cv / cv) / one.cv_error for one in found],
    ):
        # Errors in units of their standard error are normal: mean 0 and variance 1, within 99.9 % intervals.
        assert abs(np.mean(errors)) <= stats.norm.isf(0.0005) / math.sqrt(30)
        low, high = stats.chi2.interval(0.999, 30)
        assert low <= np.sum(np.square(errors)) <= high
    assert max(one.mean_error for one in found) < 0.06


def test_a_mean_wrong_by_a_tenth_would_be_seen():
    found = fit(tenths(15.0, 1.0, 10_000, 1, whole_seconds=True), whole_seconds=True)
    assert abs(math.log(found.law.mean_s / 15.0)) < stats.norm.isf(0.0005) * found.mean_error
    assert abs(math.log(found.law.mean_s / 16.5)) > stats.norm.isf(0.0005) * found.mean_error


def test_too_few_pauses_have_no_cv_of_their_own():
    found = fit({30: LEAST - 1}, whole_seconds=True)
    assert found.law == Exponential(law="exponential", mean_s=3.0)
    assert found.mean_error is None
    assert isinstance(fit({30: LEAST}, whole_seconds=False).law, Lognormal)


def test_no_pause_at_all_is_constant():
    assert fit({0: 500}, whole_seconds=True).law == Constant(law="constant", mean_s=0.0)


@pytest.mark.parametrize("counts", [{10: 1000}, {0: 999, 17_990: 1}, {1: 20}, {0: 19, 1: 1}, {17_990: 25}])
def test_strange_pauses_still_give_a_law(counts):
    for whole_seconds in (False, True):
        found = fit(counts, whole_seconds=whole_seconds)
        assert found.samples == sum(counts.values())
        assert 0 <= found.law.mean_s < 1e6
