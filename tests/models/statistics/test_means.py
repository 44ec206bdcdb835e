import math

import numpy as np
import pytest

from models.draws import stream, uniforms
from models.statistics.batches import batched, correlation
from models.statistics.means import batch_means, replication_mean
from models.statistics.student import student


def independent(count: int) -> np.ndarray:
    return uniforms(stream(3, 0, "test/batches"), np.arange(count), 0)


def test_a_mean_of_replications_is_students() -> None:
    found = replication_mean([1.0, 2, 3, 4, 5])
    assert (found.value, found.samples, found.level) == (3.0, 5, 0.95)
    assert (found.low, found.high) == student(np.arange(1.0, 6), 0.95)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ([4.0], "One replication says nothing of the spread between several."),
        ([0.0, 0, 0], "All 3 replications gave the same value, so that nothing is known of their spread."),
        ([1.0, math.inf], "A value is infinite, so that the mean is not finite."),
    ],
)
def test_what_says_nothing_of_the_spread_has_no_interval(values: list[float], why: str) -> None:
    found = replication_mean(values)
    assert (found.low, found.high, found.why) == (-math.inf, math.inf, why)


def test_batch_means_are_students_over_twenty_batches() -> None:
    series = independent(470)
    found = batch_means(series)
    means = series[70:].reshape(20, 20).mean(axis=1)  # what does not fill the batches is left out at the start
    assert found.samples == 400
    assert found.value == pytest.approx(means.mean(), rel=1e-12)
    assert (found.low, found.high) == pytest.approx(student(means, 0.95), rel=1e-12)


def test_batches_that_are_alike_give_no_interval() -> None:
    found = batch_means(np.repeat(independent(40), 10))  # each value lasts for 10: a fortieth, two of 400
    assert found.why is not None
    assert found.why.startswith("Neighbouring parts of the series correlate with 0.")
    assert found.why.endswith("which must be below 0.4: simulate longer.")
    assert batch_means(np.repeat(independent(4000), 10)).why is None


def test_a_series_too_short_or_constant_gives_no_interval() -> None:
    assert batch_means(independent(199)).why == "199 values are too few for batches; they need 200."
    constant = batch_means(np.full(400, 0.1))
    assert constant.why == "All 20 batches gave the same value, so that nothing is known of their spread."


def test_the_correlation_is_that_of_neighbours() -> None:
    rising = batched(np.arange(200.0))
    assert correlation(rising) == pytest.approx(0.985, abs=0.001)
    assert correlation(batched(np.tile([1.0, -1.0], 100))) == pytest.approx(-0.995)
    assert correlation(batched(np.ones(200))) == 0.0
    assert abs(correlation(batched(independent(20_000)))) < 3.29 / math.sqrt(200)
