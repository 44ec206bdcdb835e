"""A birth–death chain with finitely many states, in steady state."""

import numpy as np
from numpy.typing import NDArray


def stationary(births: NDArray[np.float64], deaths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return p_0 … p_N of the chain with `births[n]`: n → n+1 and `deaths[n]`: n+1 → n, both of shape (N,) and above 0.

    p_n = p_0 · Π_{i<n} births_i/deaths_i, by logarithms, so that nothing overflows. Source: Kleinrock (1975),
    "Queueing Systems", volume 1, equation 3.11.
    """
    logs = np.concatenate(([0.0], np.cumsum(np.log(births) - np.log(deaths))))
    weights = np.exp(logs - logs.max())
    return np.asarray(weights / weights.sum(), np.float64)
