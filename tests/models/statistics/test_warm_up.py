import math

import numpy as np
import pytest

from models.draws import stream, uniforms
from models.statistics.warm_up import mser_5


def noise(count: int) -> np.ndarray:
    return uniforms(stream(4, 0, "test/warm-up"), np.arange(count), 0) - 0.5


def test_a_step_is_cut_off_where_it_ends() -> None:
    series = np.concatenate([np.full(100, 9.0), np.tile([1.0, 2, 3, 4, 5, 5, 4, 3, 2, 2], 50)])
    assert mser_5(series).cut == 100


def test_the_cut_is_the_least_squared_error_as_published() -> None:
    series = noise(1000) + 3 * np.exp(-np.arange(1000) / 60)
    means = series.reshape(-1, 5).mean(axis=1)
    errors = [means[d:].var() / (len(means) - d) for d in range(len(means) - 4)]
    assert mser_5(series).cut == 5 * int(np.argmin(errors))
    assert 60 < mser_5(series).cut < 400
    assert mser_5(series + 1e9).cut == mser_5(series).cut


def test_a_steady_series_keeps_nearly_all() -> None:
    assert mser_5(np.full(1003, 0.1)).cut == 0
    assert mser_5(noise(10_000)).cut < 1000


def test_a_series_that_never_settles_is_all_warm_up() -> None:
    found = mser_5(np.arange(1000.0))
    assert (found.cut, found.samples) == (1000, 1000)
    assert found.why == "The series has not settled in its first half: simulate longer."


def test_a_few_samples_tell_nothing() -> None:
    found = mser_5(noise(49))
    assert (found.cut, found.why) == (49, "49 samples are too few to find a warm-up; it takes 50.")
    with pytest.raises(ValueError, match="a series must be finite"):
        mser_5([1.0, math.inf])
