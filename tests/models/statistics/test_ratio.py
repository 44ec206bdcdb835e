import numpy as np
import pytest

from models.statistics.ratio import Ratio


def test_the_series_has_the_ratio_as_its_mean_and_a_value_without_a_whole() -> None:
    found = Ratio(np.array([1.0, 0.0, 5.0, 2.0]), np.array([2.0, 0.0, 4.0, 4.0]))
    assert found.value == 0.8
    assert found.series().mean() == pytest.approx(0.8)
    assert found.series()[1] == 0.8
    assert found.after(2).value == 7 / 8


def test_the_series_varies_as_the_ratio_does() -> None:
    rng = np.random.default_rng(1)
    wholes = rng.poisson(4, (2000, 200)).astype(float)
    parts = rng.binomial(wholes.astype(int), 0.3).astype(float)
    seen = (parts.sum(axis=1) / wholes.sum(axis=1)).std()
    told = np.mean([Ratio(*pair).series().std(ddof=1) for pair in zip(parts, wholes, strict=True)]) / np.sqrt(200)
    assert told == pytest.approx(seen, rel=0.05)
    of_means = np.mean([(x / np.maximum(w, 1)).std(ddof=1) for x, w in zip(parts, wholes, strict=True)]) / np.sqrt(200)
    assert of_means > 1.1 * seen
