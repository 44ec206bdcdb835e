"""Counting steps by interval, and their durations into the buckets of histograms, many at once."""

import numpy as np
from numpy.typing import NDArray

from models.kernel import inlined, lean_kernel

Integers = NDArray[np.int64]

COLUMNS = 16
OFFERED, STARTED, CLIPPED, ENDED = range(4)
"""Columns of `count_steps`; from `ENDED` on there is one for each outcome. Indices are unsigned: numba looks up those
that may be negative in more time."""


@inlined
def bucket(value_ns: int, half_bits: int, greatest_ns: int) -> int:
    """Return the bucket of a value as `reports.buckets` lays them out, with 2^half_bits buckets for each doubling."""
    value = min(max(value_ns, 0), greatest_ns)
    length = int(np.float64(value).view(np.int64) >> 52) - 1022  # of its bits; far below 0 for 0
    exponent = max(0, length - (half_bits + 1))
    return (exponent << half_bits) + (value >> exponent)


@lean_kernel
def fill_buckets(
    begins_ns: Integers, ends_ns: Integers, half_bits: int, greatest_ns: int, buckets: NDArray[np.int64]
) -> None:
    """Write the bucket of each duration, from begin to end: a loop of its own, which goes into vectors."""
    for i in range(buckets.size):
        buckets[i] = bucket(ends_ns[i] - begins_ns[i], half_bits, greatest_ns)


@lean_kernel
def tally(buckets: Integers, tags: Integers, rows: Integers, counts: Integers, row_size: int) -> None:
    """Add 1 to each bucket of the row of its tag; rows of equal size stand in `counts` one after the other."""
    for i in range(buckets.size):
        counts[np.uint64(rows[np.uint64(tags[i])] * row_size + buckets[i])] += 1


@lean_kernel
def count_steps(
    steps: NDArray[np.int32],
    of_steps: int,
    outcomes: NDArray[np.int8],
    of_outcomes: int,
    ordinals: Integers,
    intended_ns: Integers,
    end_ns: Integers,
    greatest_ns: int,
    length_ns: int,
    first: int,
    counts: Integers,
    tags: Integers,
    found: Integers,
) -> None:
    """Count records in rows of `COLUMNS`: one for each interval of a length, from the first on, and step.

    Offered steps, and sessions that start with them, belong to the interval of the intended start; outcomes, and
    durations above the greatest, to that of the end. Each record's tag is its interval of the intended start, its step
    and its outcome, packed; `found` is 1 for those that there are.
    """
    intended, intended_from_ns = 0, first * length_ns
    ended, ended_from_ns = 0, first * length_ns
    for i in range(tags.size):
        if (
            not 0 <= intended_ns[i] - intended_from_ns < length_ns
        ):  # neighbours mostly share one: it spares the division
            intended = intended_ns[i] // length_ns - first
            intended_from_ns = (first + intended) * length_ns
        if not 0 <= end_ns[i] - ended_from_ns < length_ns:
            ended = end_ns[i] // length_ns - first
            ended_from_ns = (first + ended) * length_ns
        offered_row = intended * of_steps + steps[i]
        ended_row = ended * of_steps + steps[i]
        tags[i] = offered_row * of_outcomes + outcomes[i]
        found[np.uint64(tags[i])] = 1
        counts[np.uint64(offered_row * COLUMNS + OFFERED)] += 1
        if ordinals[i] == 0:
            counts[np.uint64(offered_row * COLUMNS + STARTED)] += 1
        if end_ns[i] - intended_ns[i] > greatest_ns:
            counts[np.uint64(ended_row * COLUMNS + CLIPPED)] += 1
        counts[np.uint64(ended_row * COLUMNS + ENDED + outcomes[i])] += 1
