"""How much a scenario's rate differs between days: the band of the chance factors of its flows."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.demand.gamma import LEAST_CV, gamma_quantile

DAYS = 0.95
"""The part of days whose rate lies in the band: from their 2.5 % to their 97.5 % quantile."""

GRAIN = 1000.0  # coefficients of variation are told apart to a thousandth: to 0.2 % of a rate

Floats = NDArray[np.float64]
Band = tuple[Floats, Floats]
"""The lower and the upper end of a rate, in each interval."""


def day_band(fixed: Floats, varied: Sequence[tuple[float, Floats]]) -> Band:
    """Return the quantiles (1 ∓ DAYS)/2 of a rate over days: `fixed`, and rates that each have a day's factor.

    `varied` holds a coefficient of variation c_f and a mean rate r_f for each flow f. A flow's factor is Gamma, of mean
    1; flows have factors of their own. Their sum is taken as Gamma too, of its own mean and variance,

        r = Σ r_f        c² = Σ (c_f·r_f)² / r²

    which is exact for a single flow, and where one flow alone is not silent.
    """
    rate = np.sum([own for _, own in varied], axis=0)
    variance = np.sum([(cv * own) ** 2 for cv, own in varied], axis=0)
    cv = np.sqrt(variance) / np.where(rate > 0, rate, 1.0)
    steps, place = np.unique(np.round(cv * GRAIN).astype(np.int64), return_inverse=True)
    ends = ((1 - DAYS) / 2, (1 + DAYS) / 2)
    factors = np.array([[gamma_quantile(max(LEAST_CV, step / GRAIN), u) for u in ends] for step in steps.tolist()])
    low, high = factors[place].T * rate + fixed
    return low, high
