import math

import numpy as np
import pytest
from scipy import special

from models.statistics.quantiles import rank
from reports import statistics
from reports.histogram import Histogram


def test_a_resample_is_made_of_whole_blocks() -> None:
    weights = statistics.block_weights(27, resamples=50)
    assert weights.shape == (50, 27)
    assert (weights.sum(axis=1) == 27).all()
    again = statistics.block_weights(27, resamples=50)
    assert (weights == again).all()
    assert (statistics.block_weights(27, resamples=50, seed=2) != weights).any()
    # Nine blocks of three neighbours, on a circle: neighbours are drawn together far more often than chance
    # would.
    together = (weights * np.roll(weights, 1, axis=1)).sum()
    apart = (weights * np.roll(weights, 9, axis=1)).sum()
    assert together > apart + 50 * 9


def test_quantiles_agree_with_the_histogram() -> None:
    rng = np.random.default_rng(5)
    counts = rng.integers(0, 4, (40, 30))
    values = np.sort(rng.uniform(0, 1, 30))
    total = counts.sum(axis=0)
    ordered = np.repeat(values, total)
    quantiles = (0.07, 0.5, 0.95, 0.999)
    found = statistics.quantile_estimates(counts, values, quantiles)
    assert [one.value for one in found] == [ordered[rank(q, len(ordered)) - 1] for q in quantiles]
    assert {one.samples for one in found} == {len(ordered)}


def test_what_went_wrong_ranks_above_every_answer() -> None:
    counts = np.array([[90, 4], [0, 6]])
    found = statistics.quantile_estimates(counts, np.array([0.1, math.inf]), (0.9, 0.91))
    assert [one.value for one in found] == [0.1, math.inf]


def test_too_few_samples_leave_a_quantile_without_upper_bound() -> None:
    values = np.linspace(0.1, 1, 71)
    (few,) = statistics.quantile_estimates(np.ones((1, 71), np.int64), values, (0.95,))
    assert few.interval(0.95)[1] == math.inf
    enough = np.linspace(0.1, 1, 72)
    (more,) = statistics.quantile_estimates(np.ones((1, 72), np.int64), enough, (0.95,))
    assert more.interval(0.95) == (enough[63], 1.0)


def test_exact_intervals_equal_published_values() -> None:
    # Clopper & Pearson: 10 of 100 at 95 %; the rule of three's exact form for 0 of n; Garwood: 10 events at
    # 95 %.
    assert statistics.clopper_pearson(10, 100, 0.95) == pytest.approx((0.049005, 0.176223), abs=1e-6)
    assert statistics.clopper_pearson(0, 50, 0.95) == (0.0, pytest.approx(1 - 0.025 ** (1 / 50)))
    assert statistics.clopper_pearson(50, 50, 0.95) == (pytest.approx(0.025 ** (1 / 50)), 1.0)
    assert statistics.garwood(10, 0.95) == pytest.approx((4.795389, 18.390356), abs=1e-6)
    assert statistics.garwood(0, 0.95) == (0.0, pytest.approx(-math.log(0.025)))


def test_estimates_have_the_plain_value() -> None:
    parts, wholes = np.array([1, 0, 3]), np.array([10, 0, 10])
    assert statistics.share_estimate(parts, wholes).value == 0.2
    assert statistics.share_estimate(parts, wholes).samples == 20
    assert statistics.rate_estimate(wholes, 6.0).value == pytest.approx(20 / 6)
    assert statistics.mean_estimate(np.array([0.2, 0.4])).value == pytest.approx(0.3)
    assert statistics.ratio_estimate(np.array([5.0, 0, 6.0]), wholes).value == 0.55
    assert statistics.exact_count(3, 10).interval(0.95) == (3.0, 3.0)


def test_no_error_seen_does_not_prove_that_there_is_none() -> None:
    low, high = statistics.share_estimate(np.zeros(20, np.int64), np.full(20, 10)).interval(0.95)
    assert low == 0
    assert high == pytest.approx(1 - 0.025 ** (1 / 200))


def test_a_steady_stretch_of_bad_time_widens_the_interval() -> None:
    spread = np.tile([0, 2, 0, 2, 0], 24)
    lumped = np.sort(spread)
    wholes = np.full(120, 20)
    width = [np.ptp(statistics.share_estimate(parts, wholes).interval(0.95)) for parts in (spread, lumped)]
    assert width[1] > 1.5 * width[0]


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # 400 runs of 60 intervals with Poisson counts of a 10 % share: the 90 % interval misses at most 10 % in
    # truth. The number of misses is then at most Binomial(400, 0.1): over 62 has probability below 0.001.
    rng = np.random.default_rng(11)
    misses = 0
    for _ in range(400):
        wholes = rng.poisson(20, 60)
        low, high = statistics.share_estimate(rng.binomial(wholes, 0.1), wholes).interval(0.90)
        misses += not low <= 0.1 <= high
    assert misses <= 62
    assert float(special.bdtrc(62, 400, 0.1)) < 0.001


def test_an_interval_holds_its_value_and_widens_with_the_level() -> None:
    rng = np.random.default_rng(3)
    counts = rng.poisson(3, (60, 50))
    (estimate,) = statistics.quantile_estimates(counts, np.linspace(0.1, 5, 50), (0.95,))
    narrow, wide = estimate.interval(0.9), estimate.interval(0.999)
    assert wide[0] <= narrow[0] <= estimate.value <= narrow[1] <= wide[1]


def test_the_histogram_and_the_estimate_use_one_rank() -> None:
    histogram = Histogram.of({7: 3, 9: 4})
    (estimate,) = statistics.quantile_estimates(histogram.counts[None, :], np.array([7.0, 9.0]), (0.43,))
    assert estimate.value == histogram.quantile(0.43)
