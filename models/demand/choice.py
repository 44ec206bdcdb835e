"""A choice in proportion to weights, at one uniform a pick: a guide table in front of the cumulative weights.

The table has an entry for each of as many equal slices of [0, 1) as there are weights; it says where the slice begins
in the cumulative weights, so that a pick takes about one step (Chen & Asau 1974).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.kernel import kernel


@dataclass(frozen=True)
class Choice:
    """Weights as `cumulative`, whose last is 1, and the `guide`; nothing of weight 0 is ever picked."""

    cumulative: NDArray[np.float64]
    guide: NDArray[np.int64]

    @classmethod
    def of(cls, weights: Sequence[float] | NDArray[np.float64]) -> "Choice":
        """Prepare a choice; raise ValueError when no weight is above 0 or one is below."""
        values = np.asarray(weights, np.float64)
        if not values.size or values.min() < 0 or not values.max() > 0:
            raise ValueError("weights must be 0 or more, and one above 0")
        sums = np.cumsum(values)  # cumsum adds in order; sum does not, and would differ between machines
        cumulative = sums / sums[-1]
        guide = np.searchsorted(cumulative, np.arange(values.size) / values.size, side="right")
        return cls(cumulative, guide.astype(np.int64))

    def pick(self, u: ArrayLike) -> NDArray[np.int64]:
        """Return the index picked by each u, 0 <= u < 1."""
        values = np.asarray(u, np.float64)
        out = np.empty(values.size, np.int64)
        _pick_all(self.cumulative, self.guide, values.ravel(), out)
        return out.reshape(values.shape)


@kernel
def pick(cumulative: NDArray[np.float64], guide: NDArray[np.int64], u: float) -> int:
    """Return the first index whose cumulative weight is above u."""
    i = int(guide[int(u * guide.size)])
    while cumulative[i] <= u:
        i += 1
    return i


@kernel
def _pick_all(
    cumulative: NDArray[np.float64], guide: NDArray[np.int64], u: NDArray[np.float64], out: NDArray[np.int64]
) -> None:
    for k in range(u.size):
        out[k] = pick(cumulative, guide, u[k])
