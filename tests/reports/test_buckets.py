import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given, settings
from hypothesis import strategies as st

from reports.buckets import COUNT, HIGHEST_NS, HIGHEST_TRACKABLE_NS, LOWEST_NS, MEDIAN_NS, index_of

PEER = HdrHistogram(1, HIGHEST_TRACKABLE_NS, 3)
EDGES = sorted({max(0, (1 << bits) + off) for bits in range(42) for off in (-1, 0, 1)} | {HIGHEST_TRACKABLE_NS})


def peers(value_ns: int) -> tuple[int, int, int, int]:
    return (
        PEER.get_counts_array_index(value_ns),
        PEER.get_lowest_equivalent_value(value_ns),
        PEER.get_highest_equivalent_value(value_ns),
        PEER._hdr_median_equiv_value(value_ns),
    )


def ours(value_ns: int) -> tuple[int, int, int, int]:
    index = index_of(value_ns)
    return index, int(LOWEST_NS[index]), int(HIGHEST_NS[index]), int(MEDIAN_NS[index])


@given(st.integers(0, HIGHEST_TRACKABLE_NS))
@settings(derandomize=True, max_examples=500)
def test_buckets_are_those_of_the_public_library(value_ns: int) -> None:
    assert ours(value_ns) == peers(value_ns)


@pytest.mark.parametrize("value_ns", [edge for edge in EDGES if edge <= HIGHEST_TRACKABLE_NS])
def test_edges_are_those_of_the_public_library(value_ns: int) -> None:
    assert ours(value_ns) == peers(value_ns)


def test_there_are_as_many_buckets_as_in_the_public_library() -> None:
    assert PEER.counts_len == COUNT == len(LOWEST_NS)


def test_buckets_leave_no_gap() -> None:
    assert LOWEST_NS[0] == 0
    assert (LOWEST_NS[1:] == HIGHEST_NS[:-1] + 1).all()


def test_a_bucket_is_at_most_a_thousandth_of_its_values_wide() -> None:
    assert ((HIGHEST_NS - LOWEST_NS) * 1000 <= LOWEST_NS).all()


def test_values_outside_the_range_are_taken_at_its_bounds() -> None:
    assert index_of(HIGHEST_TRACKABLE_NS + 1) == index_of(10**18) == index_of(HIGHEST_TRACKABLE_NS)
    assert index_of(-1) == index_of(-(10**18)) == 0


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="read-only"):
        LOWEST_NS[0] = 1
