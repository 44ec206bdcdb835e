"""A ratio of two sums over a series, such as errors of all steps, or seconds of all answers: its series and mean."""

from dataclasses import dataclass

import numpy as np

from models.statistics.interval import Floats


@dataclass(frozen=True)
class Ratio:
    """Parts and wholes, each float64[n], of neighbouring stretches of time; the wholes add up to more than 0."""

    parts: Floats
    wholes: Floats

    @property
    def value(self) -> float:
        """Σ parts / Σ wholes."""
        return float(self.parts.sum() / self.wholes.sum())

    def after(self, cut: int) -> "Ratio":
        """Leave out the first stretches."""
        return Ratio(self.parts[cut:], self.wholes[cut:])

    def series(self) -> Floats:
        """Return the ratio's linear approximation, float64[n], which has a value where a stretch has no whole.

            z_i = R + (x_i − R·w_i) / w̄

        Its mean is the ratio R, and varies as R does (Cochran, "Sampling Techniques", 3rd edition, 6.4; Asmussen &
        Glynn 2007, "Stochastic Simulation", III.4).
        """
        ratio = self.value
        series: Floats = ratio + (self.parts - ratio * self.wholes) / np.mean(self.wholes)
        return series
