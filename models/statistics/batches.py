"""Batches of a series in steady state: neighbours are alike, means of long batches nearly independent.

A series is cut into 20 batches: between 10 and 30 lose little (Schmeiser 1982, "Batch size effects in the analysis of
simulation output"). Whether they are long enough is asked of their tenth parts, since 20 numbers tell little of a
correlation and 200 do: where neighbouring parts correlate with less than 0.4, batches ten times as long are nearly
uncorrelated (Law & Carson 1979, "A sequential procedure for determining the length of a steady-state simulation";
Law & Kelton, "Simulation Modeling and Analysis", 3rd edition, 9.5.3).
"""

import numpy as np

from models.statistics.interval import Floats

BATCHES = 20
PARTS = 10
CORRELATED = 0.4
LEAST_SERIES = BATCHES * PARTS


def batched(series: Floats) -> Floats:
    """Return the series as (BATCHES, size); what does not fill the batches is left out at the start.

    `series` holds at least LEAST_SERIES values; size is a multiple of PARTS.
    """
    used = len(series) // LEAST_SERIES * LEAST_SERIES
    return series[len(series) - used :].reshape(BATCHES, -1)


def correlation(batches: Floats) -> float:
    """Return the lag-1 correlation of the means of the batches' tenth parts; 0 where they are all the same.

    r = Σ (y_i − ȳ)(y_{i+1} − ȳ) / Σ (y_i − ȳ)²
    """
    means = batches.reshape(LEAST_SERIES, -1).mean(axis=1)
    off = means - means.mean()
    spread = float(np.dot(off, off))
    return float(np.dot(off[:-1], off[1:])) / spread if spread else 0.0


def too_alike(batches: Floats) -> str | None:
    """Say why the batches cannot be taken as independent; None where they can."""
    found = correlation(batches)
    if found < CORRELATED:
        return None
    return (
        f"Neighbouring parts of the series correlate with {found:.2f}, which must be below {CORRELATED}: "
        "simulate longer."
    )
