"""The empirical law: values as observed, equally likely or at cumulative fractions, and how a histogram becomes one."""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field

from models.law_base import Broken, LawBase, Seconds, few_mistake
from models.law_kernel import FRACTIONS, VALUES
from models.law_table import Part, with_guide

MOST_VALUES = 4096

Fraction = Annotated[float, Field(ge=0, le=1)]


class Empirical(LawBase):
    """Observed values: `values_s` alone, each as likely as any other, or its `fractions`: linear between the values.

    `fractions` ascend from 0 to 1; `fractions[i]` of all draws are at most `values_s[i]`. Equal neighbouring fractions
    leave a gap between their values, equal neighbouring values are drawn as such. There is no error of interpolation.
    """

    law: Literal["empirical"]
    values_s: tuple[Seconds, ...] = Field(max_length=MOST_VALUES)
    fractions: tuple[Fraction, ...] | None = None

    @property
    def mean_s(self) -> float:
        """Return the mean."""
        return self._moments[0]

    @property
    def scv(self) -> float:
        """Return variance over squared mean; 0 where every value is 0."""
        mean_s, variance = self._moments
        return variance / (mean_s * mean_s) if mean_s else 0.0

    @cached_property
    def _moments(self) -> tuple[float, float]:
        values = self.values_s
        if self.fractions is None:
            mean_s = math.fsum(values) / len(values)
            return mean_s, math.fsum((value - mean_s) ** 2 for value in values) / len(values)
        widths = [high - low for low, high in zip(self.fractions, self.fractions[1:], strict=False)]
        spans = list(zip(widths, values, values[1:], strict=False))
        mean_s = math.fsum(width * (low + high) / 2.0 for width, low, high in spans)
        around = [(width, low - mean_s, high - mean_s) for width, low, high in spans]
        return mean_s, math.fsum(width * (a * a + a * b + b * b) / 3.0 for width, a, b in around)

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        values = np.array(self.values_s, np.float64)
        if self.fractions is None:
            return ((1.0, Part(VALUES, table=np.sort(values), size=values.size)),)
        guided = with_guide(np.array(self.fractions, np.float64))
        return ((1.0, Part(FRACTIONS, table=np.concatenate([guided, values]), size=values.size - 1)),)

    def _broken(self) -> Broken:
        yield from few_mistake("values_s", len(self.values_s), 1)
        if self.fractions is None:
            return
        fractions, values = self.fractions, self.values_s
        if len(fractions) != len(values):
            rule = f"must be as many as `values_s`: {len(fractions)} against {len(values)}"
            yield ("fractions",), None, f"{rule}; give one for each"
        if len(fractions) < 2 or fractions[0] != 0.0 or fractions[-1] != 1.0:
            yield ("fractions",), None, "must begin with 0 and end with 1; give the least and the greatest value too"
        for key, numbers in (("fractions", fractions), ("values_s", values)):
            for index in _descents(numbers):
                yield (key, index), numbers[index], "must not be below the one before; put them in order"


def _descents(numbers: Sequence[float]) -> list[int]:
    return [index for index in range(1, len(numbers)) if numbers[index] < numbers[index - 1]]


def empirical(lows_s: ArrayLike, highs_s: ArrayLike, counts: ArrayLike) -> Empirical:
    """Return the law of a histogram, uniform within each bucket: ascending bounds in seconds and counts, arrays [n].

    Buckets without samples may be left out. While more than half of `MOST_VALUES` have samples, neighbours are merged
    in pairs; that moves the mean by at most half the widest merged bucket.
    Raises ValueError for arrays of unequal length, buckets out of order, a count below 0, or no sample.
    """
    low, high, count = (np.asarray(values, np.float64) for values in (lows_s, highs_s, counts))
    if not low.shape == high.shape == count.shape or low.ndim != 1:
        raise ValueError("lows, highs and counts must be arrays of one length")
    if np.any(low > high) or np.any(high[:-1] > low[1:]):
        raise ValueError("buckets must be in ascending order and not overlap")
    if np.any(count < 0) or not count.sum() > 0:
        raise ValueError("counts must be 0 or more, and one above 0")
    low, high, count = (values[count > 0] for values in (low, high, count))
    while count.size > MOST_VALUES // 2:
        low, high, count = low[::2], np.append(high[1::2], high[-1:][: high.size % 2]), _pairs(count)
    return _of_buckets(low, high, count)


def _pairs(count: NDArray[np.float64]) -> NDArray[np.float64]:
    sums: NDArray[np.float64] = np.append(count, np.zeros(count.size % 2)).reshape(-1, 2).sum(axis=1)
    return sums


def _of_buckets(low: NDArray[np.float64], high: NDArray[np.float64], count: NDArray[np.float64]) -> Empirical:
    """Put a value at each end of each bucket, and only one where a bucket begins at the end of the one before."""
    sums = np.cumsum(count)
    before = np.concatenate([[0.0], sums[:-1]]) / sums[-1]
    after = sums / sums[-1]
    fractions = np.stack([before, after], axis=1).ravel()
    values = np.stack([low, high], axis=1).ravel()
    twice = np.concatenate([[False], (fractions[1:] == fractions[:-1]) & (values[1:] == values[:-1])])
    return Empirical(
        law="empirical", values_s=tuple(values[~twice].tolist()), fractions=tuple(fractions[~twice].tolist())
    )
