"""Choices in proportion to weights."""

import numpy as np
import pytest

from models.demand.choice import Choice


def test_each_index_gets_its_stretch_exactly():
    choice = Choice.of([1, 0, 2, 0, 1])
    assert choice.pick([0.0, 0.2499, 0.25, 0.7499, 0.75, 1 - 2.0**-53]).tolist() == [0, 0, 2, 2, 4, 4]


def test_a_choice_is_a_search_in_the_cumulative_weights():
    rng = np.random.default_rng(1)
    weights = rng.pareto(1.0, 3321) * (rng.random(3321) < 0.7)
    u = rng.random(50_000)
    cumulative = np.cumsum(weights) / np.cumsum(weights)[-1]
    assert (Choice.of(weights).pick(u) == np.searchsorted(cumulative, u, side="right")).all()


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_what_is_no_choice_is_refused(weights):
    with pytest.raises(ValueError, match="weights must be 0 or more"):
        Choice.of(weights)
