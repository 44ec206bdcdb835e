"""The Gamma functions: against SciPy, far into both tails."""

import math

import pytest
from scipy import special

from models.gamma_function import excess_of_log_gamma, log_gamma_of_one_plus, lower_sum, upper_fraction


@pytest.mark.parametrize("k", [0.01, 0.1, 0.5, 1.0, 2.5, 11.9, 12.0, 300.0, 10_000.0])
def test_log_gamma(k):
    assert log_gamma_of_one_plus(k) == pytest.approx(math.lgamma(1 + k), rel=1e-13, abs=1e-13)


def front(k, y):
    return math.exp(k * (math.log(y / k) - y / k + 1) - excess_of_log_gamma(k))


@pytest.mark.parametrize(("k", "y"), [(0.11, 1e-9), (0.5, 0.2), (1.0, 0.5), (25.0, 8.0), (10_000.0, 9_700.0)])
def test_lower_tail(k, y):
    assert front(k, y) * lower_sum(k, y) == pytest.approx(special.gammainc(k, y), rel=1e-11)


@pytest.mark.parametrize(("k", "y"), [(0.11, 20.0), (0.5, 1.6), (1.0, 35.0), (25.0, 90.0), (10_000.0, 10_300.0)])
def test_upper_tail(k, y):
    assert front(k, y) * k * upper_fraction(k, y) == pytest.approx(special.gammaincc(k, y), rel=1e-11)
