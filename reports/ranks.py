"""Where a rank falls among counts by row and value, for many resamples of the rows at once."""

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

NEAR = 16
"""So many values on either side of the quantile are looked at first: nearly all resamples' lie there."""

Floats = NDArray[np.float64]


def ranks(quantile: float, samples: Floats) -> Floats:
    """Return ceil(q·n), at least 1, for many n, with q exact in decimal as in `models.statistics.quantiles.rank`."""
    exact = Fraction(repr(quantile))
    return np.maximum(1.0, np.ceil(samples * exact.numerator / exact.denominator))


def reached(weights: Floats, ends: Floats, wanted: Floats, near: int) -> NDArray[np.intp]:
    """Return the first value at which each resample reaches its rank; one past the last where it never does.

    `weights` (resamples, rows) tell how often a resample draws a row, `ends` (rows, values) are counts added up along
    the values, `wanted` (resamples) the ranks. Only the values around `near` are added up, and more only for the
    resamples whose rank lies farther off.
    """
    columns = ends.shape[1]
    found = np.zeros(len(weights), np.intp)
    left, width = np.arange(len(weights)), NEAR
    while left.size:
        first, end = max(0, near - width), min(columns, near + width)
        sums = weights[left] @ ends[:, first:end]
        is_there = sums >= wanted[left, None]
        any_there = is_there.any(axis=1)
        at = np.where(any_there, first + is_there.argmax(axis=1), columns)
        known = (any_there | (end == columns)) & ((at > first) | (first == 0))
        found[left[known]] = at[known]
        left, width = left[~known], width * 8
    return found
