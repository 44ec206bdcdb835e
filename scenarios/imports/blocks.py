"""Where a rate changed: the piecewise constant rate that counts speak for, and no more pieces than that.

Bayesian blocks (Scargle, Norris, Jackson & Chiang 2013, "Studies in astronomical time series analysis VI"): of all ways
to cut N intervals into blocks, the one with the greatest sum, found exactly by dynamic programming in N² steps, of

    Σ n_b·ln(n_b/T_b) − c      c = 4 − ln(73.53·p₀·N^−0.478), p₀ = the chance of a change where there is none
"""

from collections.abc import Sequence

import numpy as np

FALSE_ALARM = 0.01


def blocks(counts: Sequence[int]) -> list[tuple[int, int]]:
    """Return the blocks [from, to) of intervals of equal length within which the rate did not change.

    >>> blocks([5, 4, 6, 5, 60, 58, 61])
    [(0, 4), (4, 7)]
    """
    size = len(counts)
    cost = 4 - np.log(73.53 * FALSE_ALARM * size**-0.478)
    before = np.concatenate([[0], np.cumsum(counts)])
    best = np.zeros(size + 1)
    begin = np.zeros(size + 1, np.int64)
    for end in range(1, size + 1):
        n = (before[end] - before[:end]).astype(np.float64)
        length = end - np.arange(end)
        fitness = n * np.log(np.maximum(n, 1.0) / length) - cost + best[:end]
        begin[end] = int(fitness.argmax())
        best[end] = fitness[begin[end]]
    found, end = [], size
    while end > 0:
        found.append((int(begin[end]), end))
        end = int(begin[end])
    return found[::-1]
