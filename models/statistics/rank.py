"""The rank of a quantile, apart from what estimates quantiles: whoever only counts needs no SciPy."""

import math
from decimal import Decimal


def rank(q: float, samples: int) -> int:
    """Return the rank ⌈q·n⌉ of the q-quantile among n samples, counted from 1.

    q is taken as the decimal number it is written as, so that `rank(0.07, 100)` is 7 although 0.07 · 100 > 7
    in binary. Raises ValueError unless 0 <= q <= 1 and there is a sample.
    """
    if not 0 <= q <= 1 or samples < 1:
        raise ValueError(f"no {q}-quantile of {samples} samples")
    return max(1, math.ceil(Decimal(repr(q)) * samples))
