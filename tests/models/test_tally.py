"""Counting into buckets agrees with the buckets themselves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.tally import bucket, tally
from reports.buckets import COUNT, HALF_BITS, HIGHEST_TRACKABLE_NS, index_of

EDGES = [0, 1, 2047, 2048, 2049, 4095, 4096, HIGHEST_TRACKABLE_NS - 1, HIGHEST_TRACKABLE_NS, HIGHEST_TRACKABLE_NS + 1]


@settings(derandomize=True, max_examples=300)
@given(st.one_of(st.sampled_from(EDGES), st.integers(-5, 2**62), st.integers(0, 41).map(lambda bits: 2**bits - 1)))
def test_a_bucket_is_that_of_the_report(value_ns: int) -> None:
    assert bucket(value_ns, HALF_BITS, HIGHEST_TRACKABLE_NS) == index_of(value_ns)


def test_each_tag_counts_in_its_row() -> None:
    counts = np.zeros((3, COUNT), np.int64)
    values, tags = np.array([5, 5, 7, 5]), np.array([0, 2, 2, 0])
    tally(values, tags, np.array([1, 9, 0]), counts, HALF_BITS, HIGHEST_TRACKABLE_NS)
    assert {(row, place): counts[row, place] for row, place in np.argwhere(counts)} == {(1, 5): 2, (0, 5): 1, (0, 7): 1}
