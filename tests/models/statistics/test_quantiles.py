import math

import numpy as np
import pytest
from scipy import special

from models.statistics.quantiles import batch_quantile, least_samples, quantile_ranks, replication_quantile
from models.statistics.rank import rank


def test_quantiles_are_read_as_decimals() -> None:
    assert 0.07 * 100 > 7
    assert rank(0.07, 100) == 7
    assert rank(0.999, 1000) == 999
    assert rank(0, 5) == 1
    assert rank(1, 5) == 5


@pytest.mark.parametrize(("q", "samples"), [(-0.1, 5), (1.1, 5), (math.nan, 5), (0.5, 0)])
def test_a_quantile_that_cannot_be_is_refused(q: float, samples: int) -> None:
    with pytest.raises(ValueError, match=f"no {q}-quantile of {samples} samples"):
        rank(q, samples)


@pytest.mark.parametrize("samples", [1, 7, 72, 500, 3000])
@pytest.mark.parametrize("quantile", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("level", [0.9, 0.99])
def test_ranks_are_the_tightest_that_keep_the_level(samples: int, quantile: float, level: float) -> None:
    tail = (1 - level) / 2
    low, high = quantile_ranks(quantile, samples, level)

    def below(count: int) -> float:
        """P(B < count) for B ~ Binomial(samples, quantile)."""
        return float(special.bdtr(count - 1, samples, quantile)) if count > 0 else 0.0

    assert below(low) <= tail < below(low + 1)
    assert 1 - below(high) <= tail < 1 - below(high - 1)


def test_order_statistics_bound_a_quantile_from_72_samples_on() -> None:
    assert least_samples(0.95, 0.95) == 72
    few = replication_quantile(range(1, 72), 0.95)
    assert (few.value, few.high) == (68, math.inf)
    assert math.isfinite(few.low)
    assert few.why == "71 samples do not bound the quantile on both sides; it takes 72."
    enough = replication_quantile(range(72, 0, -1), 0.95)
    assert (enough.low, enough.value, enough.high, enough.samples, enough.why) == (64, 69, 72, 72, None)
    single = replication_quantile([3.0], 0.5)
    assert (single.value, single.low, single.high) == (3.0, -math.inf, math.inf)


def test_infinite_samples_leave_an_end_open() -> None:
    found = replication_quantile([*range(95), *[math.inf] * 5], 0.95)
    assert (found.value, found.high) == (94.0, math.inf)
    assert found.why == "Samples at an end of the interval are infinite."


def test_sectioning_is_its_formula() -> None:
    series = np.array([(177 * n) % 401 for n in range(400)], float)  # neighbours are far apart
    found = batch_quantile(series, 0.5)
    whole = np.sort(series)[199]
    each = [np.sort(batch)[9] for batch in series.reshape(20, 20)]
    deviation = math.sqrt(sum((one - whole) ** 2 for one in each) / 19)
    half = 2.093024 * deviation / math.sqrt(20)
    assert (found.value, found.samples, found.why) == (whole, 400, None)
    assert (found.low, found.high) == pytest.approx((whole - half, whole + half), rel=1e-6)


def test_a_quantile_of_a_series_that_says_too_little_has_no_interval() -> None:
    short = batch_quantile(np.arange(399) % 7, 0.95)
    assert short.why == "399 values are too few for batches with this quantile; they need 4000."
    assert batch_quantile(np.arange(4000) % 7.0, 0.95).why == (
        "All 20 batches have the same quantile, so that nothing is known of their spread."
    )
    assert "correlate with" in str(batch_quantile(np.sin(np.arange(4000) / 400), 0.5).why)
    late = np.where(np.arange(4000) < 400, np.inf, 1.0)
    assert batch_quantile(late, 0.5).why == "The quantile of a batch is infinite."


@pytest.mark.parametrize("quantile", [0.0, 1.0])
def test_a_quantile_that_nothing_can_bound_is_refused(quantile: float) -> None:
    for estimate in (replication_quantile, batch_quantile):
        with pytest.raises(ValueError, match=f"a quantile of {quantile} is not between 0 and 1"):
            estimate(np.arange(500.0), quantile)
