"""The factor by which days differ: against SciPy, and its moments."""

import numpy as np
import pytest
from scipy import stats

from models.demand.gamma import gamma_quantile


@pytest.mark.parametrize("cv", [0.01, 0.08, 0.3, 1.0])
@pytest.mark.parametrize("u", [1e-9, 0.003, 0.5, 0.9, 0.9999])
def test_quantiles_are_scipys(cv, u):
    assert gamma_quantile(cv, u) == pytest.approx(stats.gamma.ppf(u, 1 / cv**2, scale=cv**2), rel=1e-9)


def test_quantiles_have_mean_1_and_the_coefficient_asked_for():
    factors = [gamma_quantile(0.3, (i + 0.5) / 2000) for i in range(2000)]
    assert np.mean(factors) == pytest.approx(1, abs=1e-3)
    assert np.std(factors) == pytest.approx(0.3, rel=1e-2)


def test_the_outermost_draws_are_finite():
    assert 0 < gamma_quantile(0.01, 2.0**-53) < 1 < gamma_quantile(0.01, 1 - 2.0**-53) < 1.1


def test_golden_bits():
    assert gamma_quantile(0.08, 0.3).hex() == "0x1.e9c13451abdeep-1"


@pytest.mark.parametrize("cv", [0.0, 0.005, 1.5, float("nan")])
def test_other_coefficients_are_refused(cv):
    with pytest.raises(ValueError, match=r"is not from 0\.01 to 1\.0"):
        gamma_quantile(cv, 0.5)
