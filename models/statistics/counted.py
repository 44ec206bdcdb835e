"""Quantiles of a long series in steady state of which counts are kept: how many samples of each value, by time."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.statistics.batches import BATCHES, LEAST_SERIES, batched, too_alike
from models.statistics.interval import Floats, Interval
from models.statistics.quantiles import LEAST_BEYOND, SECTIONING
from models.statistics.rank import rank
from models.statistics.ratio import Ratio
from models.statistics.student import half_width

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Counted:
    """Samples by stretch of time: `counts` int64[n, values], `values` float64[values] ascending, the last maybe ∞."""

    counts: Ints
    values: Floats

    def after(self, cut: int) -> "Counted":
        """Leave out the first stretches."""
        return Counted(self.counts[cut:], self.values)

    def quantile(self, quantile: float) -> float:
        """Return the value that holds rank ⌈q·n⌉ of all samples; raise ValueError when there is none."""
        return _quantile(self.counts.sum(axis=0), self.values, quantile)

    def sectioned(self, quantile: float, level: float = 0.95) -> Interval:
        """Estimate the steady-state quantile, as `quantiles.batch_quantile` does from single samples.

        Sections are 20 batches of stretches. Whether they are long enough is asked of the share of samples beyond the
        quantile in their tenth parts. There is no interval of a series that is too short, too alike, or not finite.
        """
        samples, stretches = int(self.counts.sum()), len(self.counts)
        need = BATCHES * math.ceil(round(LEAST_BEYOND / min(quantile, 1 - quantile), 6))
        if stretches < LEAST_SERIES:
            why = f"{stretches} values are too few for batches; they need {LEAST_SERIES}."
        elif samples < need:
            why = f"{samples} samples are too few for batches with this quantile; they need {need}."
        else:
            return self._batched(quantile, level)
        return Interval.unknown(self.quantile(quantile), level, samples, SECTIONING, why)

    def _batched(self, quantile: float, level: float) -> Interval:
        used = len(self.counts) // LEAST_SERIES * LEAST_SERIES
        kept = self.after(len(self.counts) - used)
        samples, value = int(kept.counts.sum()), kept.quantile(quantile)
        sections = kept.counts.reshape(BATCHES, -1, len(self.values)).sum(axis=1)
        if not sections.any(axis=1).all():
            why = "A batch has no sample at all."
            return Interval.unknown(value, level, samples, SECTIONING, why)
        found = np.array([_quantile(section, self.values, quantile) for section in sections])
        if not (math.isfinite(value) and np.isfinite(found).all()):
            return Interval.unknown(value, level, samples, SECTIONING, "The quantile of a batch is infinite.")
        off = found - value
        why_not = _why_none(kept, value, off)
        if why_not:
            return Interval.unknown(value, level, samples, SECTIONING, why_not)
        half = half_width(math.sqrt(float(np.dot(off, off)) / (BATCHES - 1)), BATCHES, level)
        return Interval(value, value - half, value + half, level, samples, SECTIONING)


def _why_none(kept: Counted, value: float, off: Floats) -> str | None:
    """Say why batches whose quantiles lie `off` the whole series' one give no interval; None where they do."""
    if not off.any():
        return f"All {BATCHES} batches have the same quantile, so that nothing is known of their spread."
    beyond = kept.counts[:, kept.values > value].sum(axis=1)
    return too_alike(batched(Ratio(beyond.astype(np.float64), kept.counts.sum(axis=1).astype(np.float64)).series()))


def _quantile(counts: Ints, values: Floats, quantile: float) -> float:
    ends = np.cumsum(counts)
    return float(values[np.searchsorted(ends, rank(quantile, int(ends[-1])))])
