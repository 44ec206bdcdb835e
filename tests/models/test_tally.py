"""Counting into buckets agrees with the buckets themselves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tally import bucket, fill_buckets, tally
from reports.buckets import HALF_BITS, HIGHEST_TRACKABLE_NS, index_of

EDGES = [0, 1, 2047, 2048, 2049, 4095, 4096, HIGHEST_TRACKABLE_NS - 1, HIGHEST_TRACKABLE_NS, HIGHEST_TRACKABLE_NS + 1]


@settings(derandomize=True, max_examples=300)
@given(st.one_of(st.sampled_from(EDGES), st.integers(-5, 2**62), st.integers(0, 41).map(lambda bits: 2**bits - 1)))
def test_a_bucket_is_that_of_the_report(value_ns: int) -> None:
    assert bucket(value_ns, HALF_BITS, HIGHEST_TRACKABLE_NS) == index_of(value_ns)


@settings(derandomize=True, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 2**60), st.integers(0, 2**60)), max_size=70))
def test_buckets_of_many_durations_are_those_of_each(spans: list[tuple[int, int]]) -> None:
    begins, ends = (np.array(column, np.int64) for column in (zip(*spans, strict=True) if spans else ([], [])))
    buckets = np.empty(len(spans), np.int64)
    fill_buckets(begins, ends, HALF_BITS, HIGHEST_TRACKABLE_NS, buckets)
    assert buckets.tolist() == [index_of(end - begin) for begin, end in spans]


def test_each_tag_counts_in_its_row() -> None:
    counts = np.zeros((3, 10), np.int64)
    buckets, tags = np.array([5, 5, 7, 5]), np.array([0, 2, 2, 0])
    tally(buckets, tags, np.array([1, 9, 0]), counts.reshape(-1), 10)
    assert {(row, place): counts[row, place] for row, place in np.argwhere(counts)} == {(1, 5): 2, (0, 5): 1, (0, 7): 1}
