"""How much a sum over time may vary, when neighbouring stretches of time are alike: blocks of them are nearly not.

The circular block bootstrap (Politis & Romano 1992, "A circular block-resampling procedure for stationary data")
draws n/l blocks of l neighbouring rows with replacement. The variance that it gives to a sum needs no draws:

    Var*(Σ d) = (n/l) · (1/n) Σ_s B_s²  with  B_s = d_s + … + d_{s+l−1}  (rows in a circle)

for rows d that add up to 0, as influences do. With few blocks it is too small by the factor (b − 1)/b, b = n/l.
"""

import math

import numpy as np

from models.statistics.interval import Floats


def block_length(rows: int) -> int:
    """Return how many neighbouring rows make a block: ⌈n^(1/3)⌉."""
    return math.ceil(round(math.pow(rows, 1 / 3), 9))


def block_freedom(rows: int) -> float:
    """Return the degrees of freedom of the blocks' variance, b − 1; 0 where there is one block only."""
    return max(0.0, rows / block_length(rows) - 1) if rows else 0.0


def block_sums(influence: Floats) -> Floats:
    """Return the sum of the block that begins at each row, the rows in a circle; float64[n] of float64[n]."""
    length = block_length(len(influence))
    ends = np.concatenate([[0.0], np.cumsum(np.concatenate([influence, influence[: length - 1]]))])
    sums: Floats = ends[length:] - ends[:-length]
    return sums


def block_variance(influence: Floats) -> float:
    """Return the variance of the sum of rows that add up to 0; infinite where there is one block only."""
    freedom = block_freedom(len(influence))
    if not freedom:
        return math.inf
    sums = block_sums(influence)
    return float(np.dot(sums, sums)) / block_length(len(influence)) * (freedom + 1) / freedom


def block_correlation(first: Floats, second: Floats) -> float:
    """Return how two sums over the same rows correlate, by their blocks; 0 where one does not vary."""
    left, right = block_sums(first), block_sums(second)
    size = math.sqrt(float(np.dot(left, left)) * float(np.dot(right, right)))
    return float(np.dot(left, right)) / size if size else 0.0
