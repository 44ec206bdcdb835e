"""The empirical law: made of a histogram, its moments and quantiles, and every mistake at once."""

import numpy as np
import pytest
from pydantic import ValidationError

from models.empirical import MOST_VALUES, Empirical, empirical
from models.law_kernel import quantile_ns
from models.law_table import flat


def quantile_s(law: Empirical, u: float) -> float:
    return quantile_ns(flat([law]), 0, u) / 1e9


def test_a_histogram_is_uniform_within_its_buckets() -> None:
    law = empirical([0.0, 1.0, 2.0, 8.0], [1.0, 2.0, 4.0, 8.5], [10, 30, 0, 60])
    assert law.values_s == (0.0, 1.0, 2.0, 8.0, 8.5)
    assert law.fractions == (0.0, 0.1, 0.4, 0.4, 1.0)
    assert [quantile_s(law, u) for u in (0.05, 0.25, 0.39, 0.41, 0.7)] == pytest.approx(
        [0.5, 1.5, 1 + 29 / 30, 8 + 0.5 / 60, 8.25]
    )
    mean_s = 0.1 * 0.5 + 0.3 * 1.5 + 0.6 * 8.25
    square = 0.1 * (1 / 3) + 0.3 * (7 / 3) + 0.6 * (8.5**3 - 8**3) / 1.5
    assert law.mean_s == pytest.approx(mean_s, rel=1e-12)
    assert law.scv == pytest.approx(square / mean_s**2 - 1, rel=1e-9)


def test_a_bucket_may_be_a_single_value() -> None:
    law = empirical([2.0, 3.0], [2.0, 3.0], [1, 3])
    assert {quantile_s(law, u) for u in (0.1, 0.2)} == {2.0}
    assert {quantile_s(law, u) for u in (0.3, 0.9)} == {3.0}
    assert (law.mean_s, law.least_s) == (2.75, 2.0)


def test_quantiles_between_fractions_are_numpys() -> None:
    rng = np.random.default_rng(4)
    fractions = np.concatenate([[0.0], np.sort(rng.random(500)), [1.0]])
    values = np.sort(rng.random(502))
    law = Empirical(law="empirical", values_s=tuple(values), fractions=tuple(fractions))
    u = rng.random(5000)
    assert [quantile_s(law, x) for x in u] == pytest.approx(np.interp(u, fractions, values), abs=1e-9)


def test_values_alone_are_equally_likely_in_any_order() -> None:
    law = Empirical(law="empirical", values_s=(4.0, 1.0, 1.0))
    assert [quantile_s(law, u) for u in (2.0**-53, 0.33, 0.34, 0.66, 0.67, 1 - 2.0**-53)] == [1, 1, 1, 1, 4, 4]
    assert law.mean_s == 2.0
    assert law.scv == pytest.approx(0.5)
    assert Empirical(law="empirical", values_s=(0.0,)).scv == 0.0


@pytest.mark.parametrize("buckets", [MOST_VALUES, 5 * MOST_VALUES + 3])
def test_too_many_buckets_are_merged(buckets: int) -> None:
    edges = np.linspace(1.0, 5.0, buckets + 1)
    counts = np.random.default_rng(2).integers(1, 100, buckets)
    law = empirical(edges[:-1], edges[1:], counts)
    assert len(law.values_s) <= MOST_VALUES
    assert (law.values_s[0], law.values_s[-1]) == (1.0, 5.0)
    widest = max(np.diff(law.values_s))
    mean_s = ((edges[:-1] + edges[1:]) / 2) @ counts / counts.sum()
    assert abs(law.mean_s - mean_s) <= widest / 2 <= 0.01


@pytest.mark.parametrize(
    ("lows", "highs", "counts", "message"),
    [
        ([0, 1], [1, 2], [1], "arrays of one length"),
        ([1, 0], [2, 1], [1, 1], "ascending order and not overlap"),
        ([0, 0.5], [1, 2], [1, 1], "ascending order and not overlap"),
        ([2], [1], [1], "ascending order and not overlap"),
        ([0, 1], [1, 2], [0, 0], "one above 0"),
        ([0, 1], [1, 2], [2, -1], "0 or more"),
        ([], [], [], "one above 0"),
        ([-1], [1], [1], "greater than or equal to 0"),
    ],
)
def test_bad_histograms(lows: list[float], highs: list[float], counts: list[int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        empirical(lows, highs, counts)


def test_every_mistake_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        Empirical(law="empirical", values_s=(1.0, 3.0, 2.0), fractions=(0.1, 0.5, 0.4, 1.0))
    assert [(error["loc"], error["msg"].split(";")[0]) for error in caught.value.errors()] == [
        (("fractions",), "must be as many as `values_s`: 4 against 3"),
        (("fractions",), "must begin with 0 and end with 1"),
        (("fractions", 2), "must not be below the one before"),
        (("values_s", 2), "must not be below the one before"),
    ]
