import math

import pytest

from models.statistics.means import replication_mean
from models.statistics.pairs import paired_difference


def test_pairs_are_compared_one_by_one() -> None:
    first, second = [1.0, 5, 9, 13], [2.0, 6.5, 10, 14.5]
    found = paired_difference(first, second)
    assert found.difference == replication_mean([1.0, 1.5, 1.0, 1.5])
    # var(D) = 1/12; var(X) = 80/3; var(Y) is computed from 2, 6.5, 10, 14.5 with mean 8.25.
    independent = 80 / 3 + (6.25**2 + 1.75**2 + 1.75**2 + 6.25**2) / 3
    assert found.variance_reduction == pytest.approx(1 - (1 / 12) / independent)


def test_draws_that_pull_apart_do_harm() -> None:
    assert paired_difference([1.0, 2, 3], [3.0, 2, 1]).variance_reduction == pytest.approx(-1.0)


def test_what_does_not_vary_has_no_reduction() -> None:
    assert paired_difference([1.0], [2.0]).variance_reduction is None
    same = paired_difference([1.0, 1], [2.0, 2])
    assert same.variance_reduction is None
    assert same.difference.why is not None


def test_what_are_no_pairs_is_refused() -> None:
    with pytest.raises(ValueError, match="3 and 2 values are no pairs"):
        paired_difference([1.0, 2, 3], [1.0, 2])
    with pytest.raises(ValueError, match="a pair of infinite values has no difference"):
        paired_difference([1.0, math.inf], [1.0, math.inf])
    one = paired_difference([1.0, 1.0], [1.0, math.inf])
    assert (one.difference.value, one.variance_reduction) == (math.inf, None)
