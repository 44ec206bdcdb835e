"""An exact total over blocks: binomial draws, and counts that add up in every split."""

import numpy as np
import pytest
from scipy import stats

from models.splitting import binomial, split


@pytest.mark.parametrize(("n", "p"), [(1, 0.5), (7, 0.2), (1000, 0.5), (1000, 0.003), (70_000_000, 0.5)])
def test_binomial_draws_have_their_law(n, p):
    draws = np.array([binomial(n, p, (i + 0.5) / 4000) for i in range(4000)])
    assert draws.mean() == pytest.approx(n * p, abs=4 * np.sqrt(n * p * (1 - p) / 4000) + 1e-9)
    assert draws.var() == pytest.approx(n * p * (1 - p), rel=0.02, abs=1e-3)
    if n <= 1000:
        values, counts = np.unique(draws, return_counts=True)
        assert np.abs(counts / 4000 - stats.binom.pmf(values, n, p)).max() < 1 / 1000


def test_binomial_at_the_ends():
    assert binomial(0, 0.5, 0.3) == 0
    assert binomial(9, 0.0, 0.3) == 0
    assert binomial(9, 1.0, 0.3) == 9
    assert {binomial(3, 0.5, u) for u in (2.0**-53, 0.5, 1 - 2.0**-53)} <= {0, 1, 2, 3}


def test_blocks_add_up_to_the_total_and_any_of_them_is_reached_alone():
    whole = split(5, 1_000_003, 977.3, 0, 977)
    assert whole.sum() == 1_000_003
    assert split(5, 1_000_003, 977.3, 500, 500).tolist() == whole[500:501].tolist()
    assert split(5, 1_000_003, 977.3, 10, 40).tolist() == whole[10:41].tolist()
    assert split(5, 1_000_003, 977.3, 3, 2).size == 0


def test_counts_are_multinomial_and_a_rate_5_percent_off_is_seen():
    counts = split(5, 1_000_000, 976.5625, 0, 976)
    expected = np.append(np.full(976, 1024.0), 0.5625 * 1024)
    assert stats.chisquare(counts, expected).pvalue > 0.001
    planted = expected * np.where(np.arange(977) % 2, 1.05, 0.95)
    assert stats.chisquare(counts, planted * expected.sum() / planted.sum()).pvalue < 0.001
