"""Draws from laws, compiled: one kernel for every engine, so that all of them draw the same bits.

`LawTable` holds laws as arrays. A draw takes one uniform u: h = shift_s + X(u) seconds, rounded to whole nanoseconds.

| kind | numbers a, b, c | X(u) |
|---|---|---|
| constant | nanoseconds | none is drawn |
| exponential | mean | −a·ln u |
| lognormal | μ, σ | exp(a + b·Φ⁻¹(u)) |
| weibull | scale, 1/shape | a·(−ln u)^b |
| bounded Pareto | least L, 1/α, (L/H)^α | a·(c + (1 − c)·u)^−b |
| gamma | mean | a·(table of the shape) |
| values | | the ⌊u·n⌋-th of n |
| fractions | | linear between values at cumulative fractions |
| mixture | | the part in whose share of (0, 1) u lies; u's place in that share is the part's own uniform |
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.elementary import exp, log, normal_quantile
from models.gamma_table import gamma_from_table
from models.kernel import inlined, kernel, lean_kernel

CONSTANT, EXPONENTIAL, LOGNORMAL, WEIBULL, BOUNDED_PARETO, GAMMA, VALUES, FRACTIONS, MIXTURE = range(9)

LEAST_U, GREATEST_U = 2.0**-53, 1.0 - 2.0**-53
"""The outermost values of a uniform, and those of a part's own."""

# 126 years; beyond it an instant could overflow. A lognormal of cv 20 and mean 11 days gets there past six
# sigma.
_LONGEST_S = 4e9


class LawTable(NamedTuple):
    """Laws as arrays, for `sample_ns`; made by `models.law_table.flat`.

    `rows[i]` is (kind, place of its table in `tables`, number of values or parts there, row of its first part);
    `numbers[i]` is (shift_s, a, b, c); `tables` holds Gamma tables, values, and guided cumulative fractions.
    """

    rows: NDArray[np.int64]
    numbers: NDArray[np.float64]
    tables: NDArray[np.float64]


@inlined
def _nanoseconds(seconds: float) -> int:
    return math.floor(min(seconds, _LONGEST_S) * 1e9 + 0.5)


@inlined
def sample_ns(table: LawTable, law: int, key: int, entity: int, index: int) -> int:
    """Return one draw in nanoseconds of the law in row `law`; costs what one written out by hand would."""
    kind = table.rows[law, 0]
    if kind == CONSTANT:
        return int(table.numbers[law, 1])
    u = uniform(key, entity, index)
    if kind == EXPONENTIAL:
        return _nanoseconds(table.numbers[law, 0] + -table.numbers[law, 1] * log(u))
    return quantile_ns(table, law, u)


@lean_kernel
def sample_all_ns(
    table: LawTable, law: int, key: int, entities: NDArray[np.int64], index: int, out: NDArray[np.int64]
) -> None:
    """Draw for many entities at once, into `out`; exponentials go into vectors, four times as fast."""
    shift_s, mean_s = table.numbers[law, 0], table.numbers[law, 1]
    if table.rows[law, 0] == EXPONENTIAL:
        for i in range(entities.size):
            out[i] = _nanoseconds(shift_s + -mean_s * log(uniform(key, entities[i], index)))
    else:
        for i in range(entities.size):
            out[i] = sample_ns(table, law, key, entities[i], index)


@lean_kernel
def quantile_ns(table: LawTable, law: int, u: float) -> int:
    """Return the draw in nanoseconds that the uniform u gives, `LEAST_U` <= u <= `GREATEST_U`."""
    rows, numbers, tables = table
    row = law
    if rows[row, 0] == MIXTURE:
        first = rows[row, 1]
        part = _place(tables, first, rows[row, 2], u)
        low, high = tables[first + part], tables[first + part + 1]
        u = max(LEAST_U, min(GREATEST_U, (u - low) / (high - low)))
        row = rows[row, 3] + part
    kind, shift_s, a, b, c = rows[row, 0], numbers[row, 0], numbers[row, 1], numbers[row, 2], numbers[row, 3]
    if kind == CONSTANT:
        return int(a)
    if kind < GAMMA:
        return _nanoseconds(shift_s + _closed(kind, a, b, c, u))
    first, count = rows[row, 1], rows[row, 2]
    if kind == GAMMA:
        return _nanoseconds(shift_s + a * gamma_from_table(tables, first, u))
    if kind == VALUES:
        return _nanoseconds(tables[first + int(u * count)])
    return _nanoseconds(_between(tables, first, count, u))


@inlined
def _closed(kind: int, a: float, b: float, c: float, u: float) -> float:
    """Return X(u) of a kind whose quantile has a closed form."""
    if kind == EXPONENTIAL:
        return -a * log(u)
    if kind == LOGNORMAL:
        return exp(a + b * normal_quantile(u))
    if kind == WEIBULL:
        return a * exp(b * log(-log(u)))
    return a * max(1.0, exp(-b * log(c + (1.0 - c) * u)))


@inlined
def _place(tables: NDArray[np.float64], first: int, count: int, u: float) -> int:
    """Return i with f_i <= u < f_(i+1): `count` + 1 cumulative fractions, then a guide for as many equal slices."""
    i = int(tables[first + count + 1 + int(u * count)])
    while tables[first + i + 1] <= u:
        i += 1
    return i


@inlined
def _between(tables: NDArray[np.float64], first: int, count: int, u: float) -> float:
    """Return the value at u, linear between `count` + 1 values, which stand behind their fractions and the guide."""
    i = _place(tables, first, count, u)
    low, high = tables[first + i], tables[first + i + 1]
    at = first + 2 * count + 1 + i
    return float(tables[at] + (tables[at + 1] - tables[at]) * ((u - low) / (high - low)))


@kernel
def first_ns(
    rows: NDArray[np.int64],
    numbers: NDArray[np.float64],
    tables: NDArray[np.float64],
    key: int,
    entity: int,
    index: int,
) -> int:
    """Return `sample_ns` of the first law of a table, called from Python, where a tuple costs more than its arrays."""
    return sample_ns(LawTable(rows, numbers, tables), 0, key, entity, index)
