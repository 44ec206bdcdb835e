"""Laws: moments within derived bounds, the right distribution, one uniform a variate, golden values."""

from typing import Any

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from models.draws import stream, uniform
from models.laws import Constant, Exponential, Law, Lognormal

LAW: TypeAdapter[Any] = TypeAdapter(Law)
COUNT = 20_000
KEY = stream(5, 0, "laws")


def draws_s(law: Any) -> np.ndarray:
    return np.array([law.sample_ns(KEY, entity, 3) for entity in range(COUNT)]) / 1e9


EXPONENTIAL = Exponential(law="exponential", mean_s=0.25)
LOGNORMAL = Lognormal(law="lognormal", mean_s=8.0, cv=1.2)


@pytest.mark.parametrize("law", [EXPONENTIAL, LOGNORMAL])
def test_mean_and_variance(law: Any) -> None:
    drawn = draws_s(law)
    half = 3.29 * law.mean_s * np.sqrt(law.scv / COUNT)  # 99.9 %
    assert abs(drawn.mean() - law.mean_s) <= half
    assert abs(drawn.mean() - 1.05 * law.mean_s) > half  # a planted mean 5 % off
    assert half <= 0.03 * law.mean_s


def test_distributions() -> None:
    sigma = np.sqrt(np.log(1 + 1.2**2))
    lognormal = stats.lognorm(sigma, scale=8.0 * np.exp(-(sigma**2) / 2))
    assert stats.kstest(draws_s(LOGNORMAL), lognormal.cdf).pvalue > 0.001
    assert stats.kstest(draws_s(EXPONENTIAL), stats.expon(scale=0.25).cdf).pvalue > 0.001
    assert stats.kstest(draws_s(EXPONENTIAL), stats.expon(scale=0.2625).cdf).pvalue < 0.001


def test_squared_coefficients_of_variation() -> None:
    assert Constant(law="constant", mean_s=3).scv == 0
    assert EXPONENTIAL.scv == 1
    assert LOGNORMAL.scv == pytest.approx(1.44)
    assert np.var(draws_s(EXPONENTIAL)) / EXPONENTIAL.mean_s**2 == pytest.approx(1, abs=3.29 * np.sqrt(8 / COUNT))


def test_one_uniform_a_variate_rounded_to_nanoseconds() -> None:
    expected = -0.25e9 * np.log(uniform(KEY, 4, 9))
    assert EXPONENTIAL.sample_ns(KEY, 4, 9) == round(expected)
    assert Constant(law="constant", mean_s=1.5e-9).sample_ns(KEY, 4, 9) == 2
    assert type(LOGNORMAL.sample_ns(KEY, 4, 9)) is int


def test_lognormal_without_variation_is_its_mean() -> None:
    assert Lognormal(law="lognormal", mean_s=2.0, cv=0.0).sample_ns(KEY, 1, 1) == 2_000_000_000


def test_the_longest_draw_still_fits_an_instant() -> None:
    widest = Lognormal(law="lognormal", mean_s=1e6, cv=20.0)
    longest = max(widest.sample_ns(KEY, entity, 0) for entity in range(1000))
    assert 1e15 < longest <= 4e18


def test_golden_values() -> None:
    assert [LOGNORMAL.sample_ns(KEY, entity, 0) for entity in (0, 1, 2)] == [
        4118953558,
        1621074814,
        2435192155,
    ]
    assert [EXPONENTIAL.sample_ns(KEY, entity, 0) for entity in (0, 1, 2)] == [
        223637501,
        548184022,
        383581718,
    ]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"law": "gamma", "mean_s": 1}, "'constant', 'exponential', 'lognormal'"),
        ({"law": "exponential", "mean_s": 0}, "greater than 0"),
        ({"law": "exponential", "mean_s": float("inf")}, "finite number"),
        ({"law": "lognormal", "mean_s": 1, "cv": -1}, "greater than or equal to 0"),
        ({"law": "lognormal", "mean_s": 1}, "Field required"),
        ({"law": "constant", "mean_s": -1}, "greater than or equal to 0"),
        ({"law": "constant", "mean_s": 1, "cv": 1}, "Extra inputs"),
    ],
)
def test_bad_laws(data: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        LAW.validate_python(data)
