import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.buckets import HIGHEST_NS, MEDIAN_NS, index_of
from reports.histogram import Histogram

Values = st.lists(st.integers(0, 3_600_000_000_000), min_size=1, max_size=60)


def histogram(values: list[int]) -> Histogram:
    return Histogram.of(Counter(map(index_of, values)))


@given(Values, st.integers(0, 1000))
@settings(derandomize=True)
def test_a_quantile_is_the_top_of_the_bucket_that_holds_its_rank(values: list[int], per_mille: int) -> None:
    wanted = max(1, math.ceil(Fraction(per_mille, 1000) * len(values)))
    exact = sorted(values)[wanted - 1]
    assert histogram(values).quantile(per_mille / 1000) == HIGHEST_NS[index_of(exact)]


@given(Values, Values)
@settings(derandomize=True)
def test_adding_histograms_is_recording_all_their_values(left: list[int], right: list[int]) -> None:
    assert histogram(left) + histogram(right) == histogram(left + right)
    assert Histogram.total([histogram(left), histogram(right), Histogram.of({})]) == histogram(right + left)


@given(Values)
@settings(derandomize=True)
def test_count_mean_least_and_greatest(values: list[int]) -> None:
    made = histogram(values)
    assert made.count == len(values)
    assert made.max_ns == HIGHEST_NS[index_of(max(values))]
    exact = Fraction(sum(int(MEDIAN_NS[index_of(value)]) for value in values), len(values))
    assert made.mean_ns == pytest.approx(float(exact), rel=1e-12)


def test_missing_samples_rank_above_all_others() -> None:
    made = histogram([10, 20, 30, 40])
    assert made.quantile(0.5, samples=8) == 40
    assert made.quantile(0.51, samples=8) == math.inf
    assert Histogram.of({}).quantile(0.5, samples=1) == math.inf


def test_an_empty_histogram_has_no_figures() -> None:
    empty = Histogram.total([])
    assert empty.count == 0
    assert empty == Histogram.of({})
    for figure, words in (("max_ns", "greatest value"), ("mean_ns", "mean")):
        with pytest.raises(ValueError, match=f"an empty histogram has no {words}"):
            getattr(empty, figure)


def test_a_histogram_equals_nothing_else_and_has_no_hash() -> None:
    assert histogram([1]) != {1: 1}
    with pytest.raises(TypeError, match="unhashable"):
        hash(histogram([1]))


def test_a_billion_samples_are_counted_exactly() -> None:
    made = Histogram.total([Histogram.of({5: 1_000_000_000, 9: 1})] * 3)
    assert made.count == 3_000_000_003
    assert made.quantile(0.5) == 5
    assert made.quantile(1) == 9
