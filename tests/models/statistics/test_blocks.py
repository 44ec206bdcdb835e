import math

import numpy as np
import pytest

from models.statistics.blocks import block_correlation, block_freedom, block_length, block_variance


@pytest.mark.parametrize(("rows", "length"), [(1, 1), (8, 2), (27, 3), (60, 4), (64, 4), (300, 7), (1000, 10)])
def test_blocks_are_as_long_as_the_cube_root(rows: int, length: int) -> None:
    assert block_length(rows) == length


def test_the_variance_is_that_of_the_bootstrap_it_needs_no_draws_for() -> None:
    rng = np.random.default_rng(1)
    influence = rng.normal(size=64)
    influence -= influence.mean()
    starts = rng.integers(0, 64, (200_000, 16))
    drawn = influence[(starts[:, :, None] + np.arange(4)) % 64].sum(axis=(1, 2))
    freedom = block_freedom(64)
    assert freedom == 15
    assert block_variance(influence) == pytest.approx(drawn.var() * 16 / 15, rel=0.02)


def test_the_variance_of_neighbours_that_are_alike_is_not_that_of_independent_rows() -> None:
    rng = np.random.default_rng(2)
    found, independent = [], []
    for _ in range(300):
        noise = rng.normal(size=303)
        series = (noise[:-3] + noise[1:-2] + noise[2:-1] + noise[3:]) / 4
        influence = (series - series.mean()) / len(series)
        found.append(block_variance(influence))
        independent.append(float(influence @ influence))
    truth = 1 / 300  # of the mean of a moving average of weights that add up to 1
    assert np.mean(found) == pytest.approx(truth, rel=0.25)
    assert np.mean(independent) < 0.35 * truth


def test_one_block_tells_nothing() -> None:
    assert block_variance(np.zeros(1)) == math.inf
    assert block_freedom(0) == 0


def test_sums_over_the_same_rows_correlate_by_their_blocks() -> None:
    rng = np.random.default_rng(3)
    shared, first, second = rng.normal(size=(3, 3000))
    assert block_correlation(shared, shared) == pytest.approx(1)
    assert block_correlation(shared, -shared) == pytest.approx(-1)
    assert block_correlation(shared + first, shared + second) == pytest.approx(0.5, abs=0.1)
    assert block_correlation(first, np.zeros(3000)) == 0
