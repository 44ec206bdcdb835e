"""Nominal 95 % intervals of 200 short simulations cover the known value in 90 to 98 % of them; narrow ones do not."""

from collections.abc import Callable, Iterable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from models.statistics.interval import Interval
from models.statistics.means import batch_means, replication_mean
from models.statistics.pairs import paired_difference
from models.statistics.precision import Precision
from models.statistics.quantiles import batch_quantile, replication_quantile
from models.statistics.warm_up import mser_5

Waits = Callable[..., NDArray[np.float64]]

RUNS = 200
ARRIVAL_RPS = 0.5  # and a service of 1 s: half the time busy
MEAN_S = ARRIVAL_RPS / (1.0 - ARRIVAL_RPS)  # ρ·S/(1 − ρ)
P95_S = 4.605170185988091  # 0.5·exp(−0.5·t) = 0.05
FIRST_S = 100.0  # a run that begins with a backlog, as a portal after an outage
CUSTOMERS = 20_000


def mean_wait_from_empty_s(customers: int) -> float:
    """Return the expected mean wait of the first customers of an M/M/1 station that begins empty.

    Spitzer (1956): E[W_n] = Σ_{k <= n} E[max(0, U_k)]/k, where U_k is k services less k gaps. While k gaps pass, N
    services are done, negative binomial; if N < k, then k − N services are still to do.
    """
    expected_s = [0.0]
    for k in range(1, customers):
        done = np.arange(k)
        left_s = float(np.dot(stats.nbinom.pmf(done, k, ARRIVAL_RPS / (ARRIVAL_RPS + 1.0)), k - done))
        expected_s.append(expected_s[-1] + left_s / k)
    return float(np.mean(expected_s))


def keeps_its_level(intervals: Iterable[Interval], truth: float) -> bool:
    """Tell whether 90 to 98 % of the intervals hold the truth; each must have two ends."""
    held = [one.low <= truth <= one.high for one in intervals if one.why is None]
    assert len(held) >= 0.99 * RUNS, "too many estimates have no interval"
    return 0.90 <= np.mean(held) <= 0.98


@pytest.fixture(scope="module")
def steady(mm1_waits: Waits) -> list[NDArray[np.float64]]:
    """Return the waits of 200 long runs that begin with a backlog."""
    return [mm1_waits(ARRIVAL_RPS, CUSTOMERS, run, FIRST_S) for run in range(RUNS)]


@pytest.fixture(scope="module")
def settled(steady: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return the waits after their warm-up."""
    cuts = [mser_5(waits_s) for waits_s in steady]
    left = [waits_s[cut.cut :] for waits_s, cut in zip(steady, cuts, strict=True) if cut.why is None]
    assert len(left) >= 0.99 * RUNS
    return left


@pytest.fixture(scope="module")
def terminating(mm1_waits: Waits) -> NDArray[np.float64]:
    """Return the mean waits of the first 300 customers, as (runs, replications)."""
    means = [mm1_waits(ARRIVAL_RPS, 300, 1000 + number).mean() for number in range(RUNS * 240)]
    return np.array(means).reshape(RUNS, 240)


def test_the_mean_from_empty_tends_to_the_steady_one() -> None:
    # The second customer comes before the first has gone in a third of all cases, and then waits for 1 s on average.
    assert mean_wait_from_empty_s(2) == pytest.approx((0 + 1 / 3) / 2)
    assert mean_wait_from_empty_s(100) < 0.97 * MEAN_S
    assert mean_wait_from_empty_s(1000) == pytest.approx(MEAN_S, rel=0.01)


def test_means_over_replications(terminating: NDArray[np.float64]) -> None:
    truth_s = mean_wait_from_empty_s(300)
    rows = terminating[:, :120]
    assert keeps_its_level(map(replication_mean, rows), truth_s)
    assert not keeps_its_level(map(replication_mean, rows), 1.1 * truth_s)
    assert not keeps_its_level((replication_mean(row, 0.8) for row in rows), truth_s)


def test_quantiles_over_replications(mm1_waits: Waits) -> None:
    waits_s = np.array([mm1_waits(ARRIVAL_RPS, 60, 20_000 + number)[-1] for number in range(RUNS * 120)])
    rows = waits_s.reshape(RUNS, 120)
    assert keeps_its_level((replication_quantile(row, 0.95) for row in rows), P95_S)
    assert not keeps_its_level((replication_quantile(row, 0.95, 0.8) for row in rows), P95_S)


def test_steady_means_in_batches_after_the_warm_up(settled: list[NDArray[np.float64]]) -> None:
    assert keeps_its_level(map(batch_means, settled), MEAN_S)
    assert not keeps_its_level(map(batch_means, settled), 1.1 * MEAN_S)


def test_neighbouring_waits_taken_as_independent_give_intervals_that_are_too_narrow(
    settled: list[NDArray[np.float64]],
) -> None:
    assert not keeps_its_level(map(replication_mean, settled), MEAN_S)


def test_a_warm_up_left_in_biases(steady: list[NDArray[np.float64]], settled: list[NDArray[np.float64]]) -> None:
    before, after = (
        replication_mean([batch_means(waits_s).value for waits_s in runs], 0.999) for runs in (steady, settled)
    )
    assert before.low > 1.1 * MEAN_S
    assert after.low <= MEAN_S <= after.high
    assert after.relative_half_width < 0.05


def test_steady_quantiles_in_batches(settled: list[NDArray[np.float64]]) -> None:
    assert keeps_its_level((batch_quantile(waits_s, 0.95) for waits_s in settled), P95_S)
    assert not keeps_its_level((replication_quantile(waits_s, 0.95) for waits_s in settled), P95_S)


def test_paired_differences(mm1_waits: Waits) -> None:
    runs = [
        [[mm1_waits(rate, 1000, 10 * run + one).mean() for one in range(10)] for rate in (0.5, 0.55)]
        for run in range(RUNS)
    ]
    pairs = [paired_difference(*run) for run in runs]
    truth_s = float(np.mean([np.subtract(*run[::-1]).mean() for run in runs]))  # of 2,000 pairs, far better known
    assert keeps_its_level((pair.difference for pair in pairs), truth_s)
    assert np.median([pair.variance_reduction for pair in pairs]) > 0.8


def test_a_sequence_that_stops_when_it_is_precise_keeps_its_level(terminating: NDArray[np.float64]) -> None:
    rule, stopped, truth_s = Precision(0.1, at_least=20, at_most=240), [], mean_wait_from_empty_s(300)
    for row in terminating:
        count, more = 0, rule.at_least
        while more:
            count += more
            progress = rule.look(row[:count])
            more = progress.more
        stopped.append(progress.interval)
    assert keeps_its_level(stopped, truth_s)
    counts = [one.samples for one in stopped]
    assert min(counts) < max(counts)
