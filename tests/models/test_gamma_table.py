"""The Gamma table: its stated errors, measured against SciPy; both ends, order, golden bits."""

import numpy as np
import pytest
from scipy import stats

from models.gamma_table import gamma_from_table, gamma_table
from models.kernel import lean_kernel
from models.law_kernel import GREATEST_U, LEAST_U

CVS = [0.01, 0.1, 0.37, 1.0, 1.5, 2.0, 2.6, 3.0]
STATED = {cv: 1e-7 if cv <= 2 else 1e-5 for cv in CVS}


@lean_kernel
def fill(table, u, out):
    for i in range(u.size):
        out[i] = gamma_from_table(table, 0, u[i])


def quantiles(cv, u):
    out = np.empty(u.size)
    fill(gamma_table(1 / cv**2), u, out)
    return out


def fractions():
    """Places everywhere in (1e-9, 1 − 1e-9), as many near the ends as in the middle."""
    near = np.exp(np.random.default_rng(1).uniform(np.log(1e-9), np.log(0.5), 20_000))
    return np.concatenate([near, 1 - near])


def greatest_error(cv, shape):
    u = fractions()
    law = stats.gamma(shape, scale=1 / shape)
    true = np.where(u < 0.5, law.ppf(u), law.isf(1 - u))
    return float(np.abs(quantiles(cv, u) / true - 1).max())


@pytest.mark.parametrize("cv", CVS)
def test_no_quantile_is_off_by_more_than_stated(cv):
    assert greatest_error(cv, 1 / cv**2) <= STATED[cv]
    assert greatest_error(cv, 1.05 / cv**2) > 100 * STATED[cv]  # a planted shape 5 % off


@pytest.mark.parametrize("cv", CVS)
def test_mean_and_variance_are_as_stated(cv):
    """Integrate the table's cubics exactly."""
    cells = gamma_table(1 / cv**2).reshape(2, -1, 4)[:, :-1]
    number = np.arange(cells.shape[1])
    widths = 2.0 ** (number // 32 - 53.0) / 32
    mean = sum((widths * cells[..., i]).sum() / (i + 1) for i in range(4))
    square = sum((widths * cells[..., i] * cells[..., j]).sum() / (i + j + 1) for i in range(4) for j in range(4))
    assert mean == pytest.approx(1, abs=1e-8)
    assert (square - mean**2) / cv**2 == pytest.approx(1, abs=1e-8)


@pytest.mark.parametrize("cv", CVS)
def test_quantiles_ascend_to_both_ends(cv):
    u = np.unique(np.concatenate([[LEAST_U, 0.5, GREATEST_U], fractions(), 2.0 ** -np.arange(1, 53.0)]))
    found = quantiles(cv, u)
    assert np.all(np.diff(found) >= 0)
    assert 0 < found[0] < found[-1] < np.inf
    assert found[-1] == pytest.approx(stats.gamma.isf(2.0**-53, 1 / cv**2, scale=cv**2), rel=1e-9)


def test_the_table_is_small_made_once_and_not_to_be_written():
    table = gamma_table(4.0)
    assert table.size / 4 <= 4096
    assert gamma_table(4.0) is table
    assert not table.flags.writeable


def test_golden_bits():
    assert [float(x).hex() for x in quantiles(0.5, np.array([1e-6, 0.3, 0.9999]))] == [
        "0x1.22c8eafb47ff1p-6",
        "0x1.61c14893ea1c7p-1",
        "0x1.fd3df6daa95cbp+1",
    ]


@pytest.mark.parametrize("cv", [0.0099, 3.01])
def test_other_shapes_are_refused(cv):
    with pytest.raises(ValueError, match=r"is not 1/cv² of a cv from 0\.01 to 3\.0"):
        gamma_table(1 / cv**2)
