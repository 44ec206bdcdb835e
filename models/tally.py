"""Counting durations into the buckets of histograms, many at once."""

import numpy as np
from numpy.typing import NDArray

from models.kernel import inlined, lean_kernel


@inlined
def bucket(value_ns: int, half_bits: int, greatest_ns: int) -> int:
    """Return the bucket of a value as `reports.buckets` lays them out, with 2^half_bits buckets for each doubling."""
    value = 0 if value_ns < 0 else greatest_ns if value_ns > greatest_ns else value_ns
    length = int(np.float64(value).view(np.int64) >> 52) - 1022  # of its bits; far below 0 for 0
    exponent = max(0, length - (half_bits + 1))
    return (exponent << half_bits) + (value >> exponent)


@lean_kernel
def tally(
    values_ns: NDArray[np.int64],
    tags: NDArray[np.int64],
    rows: NDArray[np.int64],
    counts: NDArray[np.int64],
    half_bits: int,
    greatest_ns: int,
) -> None:
    """Add 1 to `counts[rows[tag], bucket of the value]` for each value and its tag."""
    for i in range(values_ns.size):
        counts[rows[tags[i]], bucket(values_ns[i], half_bits, greatest_ns)] += 1


@lean_kernel
def fill_codes(
    values_ns: NDArray[np.int64],
    tags: NDArray[np.int64],
    buckets: int,
    half_bits: int,
    greatest_ns: int,
    codes: NDArray[np.int64],
) -> None:
    """Write tag·buckets + bucket for each value and its tag."""
    for i in range(values_ns.size):
        codes[i] = tags[i] * buckets + bucket(values_ns[i], half_bits, greatest_ns)


@lean_kernel
def fill_intervals(instants_ns: NDArray[np.int64], length_ns: int, intervals: NDArray[np.int64]) -> None:
    """Write ⌊instant / length⌋ for each instant; neighbours mostly share one, which spares the division."""
    begins_ns, ends_ns, interval = 0, 0, 0
    for i in range(instants_ns.size):
        if not begins_ns <= instants_ns[i] < ends_ns:
            interval = instants_ns[i] // length_ns
            begins_ns = interval * length_ns
            ends_ns = begins_ns + length_ns
        intervals[i] = interval


@lean_kernel
def fill_tags(
    intervals: NDArray[np.int64],
    first: int,
    steps: NDArray[np.int32],
    of_steps: int,
    outcomes: NDArray[np.int8],
    of_outcomes: int,
    tags: NDArray[np.int64],
) -> None:
    """Pack each record's interval, counted from the first, its step and its outcome into a tag, from 0."""
    for i in range(intervals.size):
        tags[i] = ((intervals[i] - first) * of_steps + steps[i]) * of_outcomes + outcomes[i]
