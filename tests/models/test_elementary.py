"""Logarithm, exponential and quantile against the C library and SciPy, and golden bits."""

import math

import numpy as np
import pytest
from scipy import special

from models.elementary import exp, log, normal_quantile

ULP = 2.0**-52


def test_log_within_an_ulp() -> None:
    exponents = np.linspace(-300, 300, 4001)
    for x in [*(10.0**exponents).tolist(), *np.linspace(0.5, 2, 4001).tolist(), 1 - ULP / 2, 1 + ULP]:
        assert log(x) == pytest.approx(math.log(x), rel=ULP, abs=1e-300), x


def test_exp_within_an_ulp() -> None:
    for x in np.linspace(-700, 700, 8001).tolist():
        assert exp(x) == pytest.approx(math.exp(x), rel=ULP), x


def test_normal_quantile() -> None:
    tails = (10.0 ** -np.arange(1.0, 17.0)).tolist()
    for p in [*tails, *np.linspace(0.001, 0.999, 1999).tolist(), 1 - ULP / 2]:
        assert normal_quantile(p) == pytest.approx(float(special.ndtri(p)), rel=4e-15, abs=1e-15), p


def test_normal_quantile_is_odd() -> None:
    for p in (0.25, 0.0625, 2.0**-20):
        assert normal_quantile(1 - p) == -normal_quantile(p)


def test_golden_bits() -> None:
    assert [log(0.3).hex(), log(7e9).hex()] == ["-0x1.34378fcbda721p+0", "0x1.6ab4f1e0f255ep+4"]
    assert [exp(-0.7).hex(), exp(33.3).hex()] == ["0x1.fc80db9dd5542p-2", "0x1.078401f5a3ec8p+48"]
    assert [normal_quantile(0.4).hex(), normal_quantile(0.01).hex(), normal_quantile(1e-13).hex()] == [
        "-0x1.036d6c4a04b59p-2",
        "-0x1.29c5c4630ff0ep+1",
        "-0x1.d652ace3a0130p+2",
    ]
