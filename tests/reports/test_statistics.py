import math

import numpy as np
import pytest
from scipy import special

from models.statistics.rank import rank
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
    found = statistics.quantile_estimates(counts, np.zeros_like(counts), values, quantiles)
    assert [one.value for one in found] == [ordered[rank(q, len(ordered)) - 1] for q in quantiles]
    assert {one.samples for one in found} == {len(ordered)}


def test_what_had_no_answer_ranks_at_the_time_waited_and_above_every_answer() -> None:
    ok, at_least = np.array([[90, 0], [0, 4]]), np.array([[0, 0], [6, 0]])
    p90, p96, p97 = statistics.quantile_estimates(ok, at_least, np.array([0.1, 0.2]), (0.9, 0.96, 0.97))
    assert [one.value for one in (p90, p96, p97)] == [0.1, 0.1, 0.2]
    assert [one.is_at_least for one in (p90, p96, p97)] == [False, True, True]
    assert [one.interval(0.9)[1] for one in (p96, p97)] == [math.inf, math.inf]


def test_an_interval_s_ends_are_those_of_the_two_rankings() -> None:
    """Time-outs of 1 s among answers of 0.1 to 2 s: low as if answered then, high as if never."""
    rng = np.random.default_rng(8)
    values = np.linspace(0.1, 2, 100)
    ok, at_least = rng.poisson(2, (60, 100)), np.zeros((60, 100), np.int64)
    at_least[:, 47] = 3
    never = np.column_stack([ok, at_least.sum(axis=1)])
    (found,) = statistics.quantile_estimates(ok, at_least, values, (0.9,))
    (lower,) = statistics.quantile_estimates(ok + at_least, np.zeros_like(ok), values, (0.9,))
    (upper,) = statistics.quantile_estimates(never, np.zeros_like(never), np.append(values, 9.9), (0.9,))
    assert found.interval(0.95) == (lower.interval(0.95)[0], upper.interval(0.95)[1])
    assert lower.value < upper.value
    assert found.is_at_least


def test_resamples_quantiles_are_those_of_the_samples_drawn() -> None:
    """However far they lie from the quantile of all: some rows hold all the slow ones."""
    rng = np.random.default_rng(4)
    counts = np.zeros((30, 3000), np.int64)
    for row in range(30):
        counts[row, rng.integers(0, 300, 40) + (2600 if row % 3 == 0 else 0)] += 1
    weights = statistics.block_weights(30, 200)
    values = np.arange(3000.0)
    for q in (0.02, 0.5, 0.66, 0.67, 0.99):
        (found,) = statistics.quantile_estimates(
            counts, np.zeros_like(counts), values, (q,), statistics.Resampling(200)
        )
        drawn = (np.repeat(values, (row @ counts).astype(int)) for row in weights)
        assert found.replicates.tolist() == [each[rank(q, len(each)) - 1] for each in drawn]


def test_too_few_samples_leave_a_quantile_without_upper_bound() -> None:
    few = np.ones((1, 71), np.int64)
    (one,) = statistics.quantile_estimates(few, 0 * few, np.linspace(0.1, 1, 71), (0.95,))
    assert one.interval(0.95)[1] == math.inf
    enough, values = np.ones((1, 72), np.int64), np.linspace(0.1, 1, 72)
    (more,) = statistics.quantile_estimates(enough, 0 * enough, values, (0.95,))
    assert more.interval(0.95) == (values[63], 1.0)


def test_a_mean_with_time_outs_has_no_upper_bound() -> None:
    ok, none = np.array([[5, 1], [4, 2]]), np.zeros((2, 2), np.int64)
    values = np.array([1.0, 4.0])
    found = statistics.mean_of_counts(ok, none, values)
    assert (found.value, found.samples, found.is_at_least) == (1.75, 12, False)
    low, high = found.interval(0.95)
    half = 1.959964 * math.sqrt((9 * 0.75**2 + 3 * 2.25**2) / 12 / 12)
    assert (low, high) == (pytest.approx(1.75 - half), pytest.approx(1.75 + half))
    one = np.array([[0, 1], [0, 0]])
    late = statistics.mean_of_counts(ok - one, one, values)
    assert (late.value, late.is_at_least, late.interval(0.95)[1]) == (1.75, True, math.inf)


def test_a_greatest_value_is_what_was_seen() -> None:
    ok, none = np.array([[5, 1, 0]]), np.zeros((1, 3), np.int64)
    values = np.array([1.0, 4.0, 9.0])
    assert statistics.greatest_of_counts(ok, none, values).interval(0.999) == (4.0, 4.0)
    late = statistics.greatest_of_counts(ok, np.array([[0, 1, 0]]), values)
    assert (late.value, late.is_at_least, late.interval(0.9)) == (4.0, True, (4.0, math.inf))


def test_replications_are_drawn_one_by_one_and_widen_by_their_own_spread() -> None:
    wholes = np.full(5, 1000)
    parts = np.array([10, 30, 10, 30, 20])
    how = statistics.Resampling(are_replications=True)
    assert (how.weights(5).sum(axis=1) == 5).all()
    found = statistics.share_estimate(parts, wholes, how)
    half = 2.776445 * (parts / wholes).std(ddof=1) / math.sqrt(5)  # Student's t with 4 degrees of freedom
    assert found.interval(0.95) == (pytest.approx(0.02 - half), pytest.approx(0.02 + half))
    assert found.method == "bootstrap over replications"


def test_a_level_beyond_the_resamples_widens_by_the_normal_tail() -> None:
    rng = np.random.default_rng(6)
    wholes = np.full(100, 1000)
    found = statistics.share_estimate(rng.binomial(wholes, 0.1) + np.where(np.arange(100) % 20 < 4, 100, 0), wholes)
    spread = found.replicates.std()
    assert found.interval(1 - 1e-6)[1] > found.value + 4.8 * spread
    assert found.interval(0.9)[1] < found.value + 2.2 * spread


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
    assert statistics.rate_estimate(wholes, np.full(3, 2.0)).value == pytest.approx(20 / 6)
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
    (estimate,) = statistics.quantile_estimates(counts, 0 * counts, np.linspace(0.1, 5, 50), (0.95,))
    narrow, wide = estimate.interval(0.9), estimate.interval(0.999)
    assert wide[0] <= narrow[0] <= estimate.value <= narrow[1] <= wide[1]


def test_the_histogram_and_the_estimate_use_one_rank() -> None:
    histogram = Histogram.of({7: 3, 9: 4})
    counts = histogram.counts[None, :]
    (estimate,) = statistics.quantile_estimates(counts, 0 * counts, np.array([7.0, 9.0]), (0.43,))
    assert estimate.value == histogram.quantile(0.43)
