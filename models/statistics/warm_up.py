"""The warm-up of a simulation: how much of a series to cut off before its steady state is estimated."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from models.statistics.interval import Floats, samples_of

SIZE = 5
LEFT_OUT = 5


@dataclass(frozen=True)
class WarmUp:
    """How many samples at the start of a series are warm-up: `cut`, so that `series[cut:]` is left.

    `samples` is the series' length. Where the end of the warm-up cannot be told, all of them are, and `why` says why,
    as a sentence.
    """

    cut: int
    samples: int
    why: str | None = None


def mser_5(series: ArrayLike) -> WarmUp:
    """Find the warm-up of a series, float64[n], by MSER-5.

    Of the means Z_1 … Z_k of every five samples, those up to d are cut off, where the squared standard error of the
    mean of the rest is least:

        d = argmin (1/(k − d)²)·Σ_{i > d} (Z_i − Z̄_{d+1…k})²

    over 0 <= d <= k − 5, since the last few may be alike by chance. A d beyond half of the series means that it is too
    short. The warm-up is 5·d samples.

    Sources: White (1997), "An effective truncation heuristic for bias reduction in simulation output", Simulation 69;
    White, Cobb & Spratt (2000), "A comparison of five steady-state truncation heuristics", WSC; Hoad, Robinson & Davies
    (2010), "Automating warm-up length estimation", JORS 61. Raises ValueError when there is no sample, or one is not
    finite.
    """
    samples = samples_of(series)
    if not np.isfinite(samples).all():
        raise ValueError("a series must be finite to have a warm-up")
    count = len(samples) // SIZE
    if count < 2 * LEFT_OUT:
        why = f"{len(samples)} samples are too few to find a warm-up; it takes {2 * LEFT_OUT * SIZE}."
        return WarmUp(len(samples), len(samples), why)
    errors = _squared_errors(samples[: count * SIZE].reshape(count, SIZE).mean(axis=1))
    cut = int(np.argmin(errors[: count - LEFT_OUT + 1]))
    if 2 * cut > count:
        why = "The series has not settled in its first half: simulate longer."
        return WarmUp(len(samples), len(samples), why)
    return WarmUp(cut * SIZE, len(samples))


def _squared_errors(means: Floats) -> Floats:
    """Return the squared standard error of the mean of means[d:], for each d: Σ(Z − Z̄)²/k² over the k that are left."""
    off = means - np.median(means)  # sums of squares keep their digits, and a constant series is exactly 0
    left = np.arange(len(off), 0, -1)
    sums = np.cumsum(off[::-1])[::-1]
    squares = np.cumsum((off * off)[::-1])[::-1]
    errors: Floats = np.maximum(squares - sums * sums / left, 0.0) / (left * left.astype(np.float64))
    return errors
