import math
from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.buckets import HIGHEST_NS, MEDIAN_NS, index_of
from reports.histogram import Histogram, Packed

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


@given(Values, st.integers(1, 999))
@settings(derandomize=True)
def test_a_quantile_is_within_a_thousandth_or_a_microsecond_of_the_exact_one(values: list[int], per_mille: int) -> None:
    exact = sorted(values)[max(1, math.ceil(Fraction(per_mille, 1000) * len(values))) - 1]
    assert abs(histogram(values).quantile(per_mille / 1000) - exact) <= max(1000, exact / 1000)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(0, 3_600_000_000_000)), max_size=60))
@settings(derandomize=True)
def test_intervals_and_workers_add_up_to_what_one_recorder_would_have(samples: list[tuple[int, int, int]]) -> None:
    parts = {
        key: histogram([value for *own, value in samples if tuple(own) == key]) for key in {s[:2] for s in samples}
    }
    packed = [Packed.of(part.buckets, part.counts) for part in parts.values()]
    whole = histogram([value for *_, value in samples])
    assert Histogram.total(parts.values()) == Histogram.total(packed) == whole
    assert sum(part.count for part in packed) == len(samples)


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
