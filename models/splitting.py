"""An exact total split over equal blocks, any block reached directly.

The blocks are the leaves of a binary tree; at each node the sessions split binomially in proportion to the expected
ones, by one keyed uniform. The counts of the leaves are then multinomial, as they are for a Poisson process given its
total.
"""

import math

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.elementary import exp, log
from models.kernel import kernel

_HALF_LOG_2PI = 0.91893853320467274178


@kernel
def _log_factorial(n: int) -> float:
    if n < 16:
        value = 0.0
        for i in range(2, n + 1):
            value += log(float(i))
        return value
    x = float(n)
    inverse = 1.0 / (x * x)
    series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x
    return (x + 0.5) * log(x) - x + _HALF_LOG_2PI + series


@kernel
def binomial(n: int, p: float, u: float) -> int:
    """Return a binomial number from one uniform: probability is used up outwards from the mode, up before down."""
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    mode = min(n, math.floor((n + 1) * p))
    logs = _log_factorial(n) - _log_factorial(mode) - _log_factorial(n - mode)
    at_mode = exp(max(-700.0, logs + mode * log(p) + (n - mode) * log(1.0 - p)))
    odds = p / (1.0 - p)
    left = u - at_mode
    up = down = mode
    p_up = p_down = at_mode
    while left > 0.0 and (p_up > 0.0 or p_down > 0.0):
        p_up = p_up * odds * (n - up) / (up + 1.0) if up < n else 0.0
        up += 1
        left -= p_up
        if left <= 0.0:
            return up
        p_down = p_down * down / ((n - down + 1.0) * odds) if down > 0 else 0.0
        down -= 1
        left -= p_down
        if left <= 0.0:
            return down
    return mode


@kernel
def _split(key: int, total: int, expected: float, first: int, out: NDArray[np.int64]) -> None:
    blocks = math.ceil(expected)
    last = first + out.size - 1
    nodes = np.zeros((64, 4), np.int64)  # name of the node, its blocks [low, high), its sessions
    nodes[0] = (1, 0, blocks, total)
    size = 1
    while size:
        size -= 1
        name, low, high, count = nodes[size]
        if high <= first or low > last:
            continue
        if high - low == 1:
            out[low - first] = count
            continue
        middle = (low + high) // 2
        p = (middle - low) / (min(float(high), expected) - low)
        left = binomial(count, p, uniform(key, name, 0))
        nodes[size] = (2 * name, low, middle, left)
        nodes[size + 1] = (2 * name + 1, middle, high, count - left)
        size += 2


def split(key: int, total: int, expected_blocks: float, first: int, last: int) -> NDArray[np.int64]:
    """Return how many of `total` sessions fall into each block from `first` to `last`.

    `expected_blocks` is the length of the axis in blocks; its last one may be a part of one.
    """
    out = np.zeros(max(0, last - first + 1), np.int64)
    if out.size:
        _split(key, total, float(expected_blocks), first, out)
    return out
