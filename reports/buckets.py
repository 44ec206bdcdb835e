"""The buckets of an HdrHistogram from 1 ns to 1 h with 3 digits, as the public library lays them out.

A value v < 2048 has a bucket of its own. Above, with e = bit length of v − 11, a bucket is 2^e wide and v
falls into bucket e·1024 + ⌊v / 2^e⌋: 1024 buckets for each doubling, so a bucket is never wider than 1/1024
of its values. Source: Tene, HdrHistogram, `countsArrayIndex`; the tests hold this file against the
`hdrhistogram` package.
"""

import numpy as np
import numpy.typing as npt

LOWEST_TRACKABLE_NS = 1
HIGHEST_TRACKABLE_NS = 3_600_000_000_000
DIGITS = 3

HALF_BITS = 10
"""Each doubling has 2^HALF_BITS buckets."""

_HALF = 1 << HALF_BITS
_DOUBLINGS = HIGHEST_TRACKABLE_NS.bit_length() - (HALF_BITS + 1)

COUNT = (_DOUBLINGS + 2) * _HALF
"""The number of buckets."""


def index_of(value_ns: int) -> int:
    """Return the bucket of a value in nanoseconds; below 0 counts as 0, and above 1 h as 1 h."""
    if not 0 <= value_ns <= HIGHEST_TRACKABLE_NS:
        value_ns = 0 if value_ns < 0 else HIGHEST_TRACKABLE_NS
    exponent = value_ns.bit_length() - (HALF_BITS + 1)
    return value_ns if exponent <= 0 else (exponent << HALF_BITS) + (value_ns >> exponent)


def _edges() -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the least value of each bucket, and each bucket's width, in nanoseconds."""
    index = np.arange(COUNT, dtype=np.int64)
    exponent = np.maximum((index >> HALF_BITS) - 1, 0)
    lowest = (index - (exponent << HALF_BITS)) << exponent
    return lowest, np.int64(1) << exponent


LOWEST_NS, _WIDTH_NS = _edges()
"""The least value of each bucket, int64[COUNT], nanoseconds."""

HIGHEST_NS = LOWEST_NS + _WIDTH_NS - 1
"""The greatest value of each bucket, int64[COUNT], nanoseconds."""

MEDIAN_NS = LOWEST_NS + (_WIDTH_NS >> 1)
"""The middle value of each bucket, int64[COUNT], nanoseconds."""

for _table in (LOWEST_NS, HIGHEST_NS, MEDIAN_NS):
    _table.setflags(write=False)
