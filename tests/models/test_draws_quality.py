"""Draws against NumPy's PCG64 by the same tests at the same level; planted bad generators must fail them.

Each battery takes 2^20 words of 52 bits in the order in which they would be met along one argument of a draw, so that
correlation between neighbours is that of neighbouring indices, entities, seeds, replications or purposes. The level of
each single test is 0.001 divided by all tests of all arguments (Bonferroni): 1 in 1000 for the whole family.
"""

from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from models.draws import stream, uniforms

COUNT, BITS = 2**20, 52
KEYS = 1024
LAGS = range(1, 9)
BIRTHDAYS, DAYS_BITS = 4096, 32

Words = np.ndarray


def ours(keys: list[int]) -> Words:
    """Return words of neighbouring keys, one after the other."""
    entities = np.arange(COUNT // len(keys))
    return as_words(np.stack([uniforms(key, entities, 0) for key in keys], axis=1).ravel())


def as_words(drawn: np.ndarray) -> Words:
    return (drawn * 2.0**BITS).astype(np.uint64)


KEY = stream(20250701, 0, "quality")
ALONG: dict[str, Callable[[], Words]] = {
    "index": lambda: as_words(uniforms(KEY, 7, np.arange(COUNT))),
    "entity": lambda: as_words(uniforms(KEY, np.arange(COUNT), 7)),
    "seed": lambda: ours([stream(seed, 0, "quality") for seed in range(KEYS)]),
    "replication": lambda: ours([stream(1, replication, "quality") for replication in range(KEYS)]),
    "purpose": lambda: ours([stream(1, 0, f"step/{number}") for number in range(KEYS)]),
}
PER_BATTERY = 6 + len(LAGS)
LEVEL = 0.001 / (PER_BATTERY * len(ALONG))


def battery(words: Words) -> dict[str, float]:
    """Return the p-value of every test."""
    drawn = (words.astype(np.float64) + 0.5) * 2.0**-BITS
    found = {
        "kolmogorov-smirnov": float(stats.kstest(drawn[: 2**19], "uniform").pvalue),
        "cells of the upper bits": cells(words >> np.uint64(BITS - 16)),
        "cells of the lower bits": cells(words & np.uint64(0xFFFF)),
        "bit balance": bit_balance(words),
        "birthdays of the upper bits": birthday_spacings(words >> np.uint64(BITS - DAYS_BITS)),
        "birthdays of the lower bits": birthday_spacings(words & np.uint64(2**DAYS_BITS - 1)),
    }
    return found | {f"lag {lag}": serial_correlation(drawn, lag) for lag in LAGS}


def cells(numbers: Words) -> float:
    """Chi² over 2^16 cells, two-sided: too even is as wrong as too uneven."""
    counts = np.bincount(numbers.astype(np.int64), minlength=2**16)
    upper = float(stats.chisquare(counts).pvalue)
    return 2.0 * min(upper, 1.0 - upper)


def bit_balance(words: Words) -> float:
    """Chi² with a degree of freedom for each bit's count of ones."""
    ones = np.array([np.count_nonzero(words & np.uint64(1 << bit)) for bit in range(BITS)])
    return float(stats.chi2.sf(((ones - words.size / 2) ** 2 / (words.size / 4)).sum(), BITS))


def serial_correlation(drawn: np.ndarray, lag: int) -> float:
    left, right = drawn[:-lag] - 0.5, drawn[lag:] - 0.5
    z = float(left @ right) * 12.0 / np.sqrt(left.size)
    return 2.0 * float(stats.norm.sf(abs(z)))


def birthday_spacings(days: Words) -> float:
    """Marsaglia's test: equal spacings among m birthdays in n days are about Poisson of mean m³/4n (here 4), summed."""
    years = np.sort(days.astype(np.int64).reshape(-1, BIRTHDAYS), axis=1)
    spacings = np.sort(np.diff(years, axis=1), axis=1)
    equal = int(np.count_nonzero(np.diff(spacings, axis=1) == 0))
    expected = years.shape[0] * BIRTHDAYS**3 / 4 / 2**DAYS_BITS
    return min(1.0, 2.0 * float(min(stats.poisson.sf(equal - 1, expected), stats.poisson.cdf(equal, expected))))


@pytest.mark.parametrize("argument", list(ALONG))
def test_draws_pass_along_every_argument(argument: str) -> None:
    found = battery(ALONG[argument]())
    assert len(found) == PER_BATTERY
    assert min(found.values()) > LEVEL, found


def test_pcg64_passes_the_same_tests() -> None:
    found = battery(np.random.PCG64(20250701).random_raw(COUNT) >> np.uint64(64 - BITS))
    assert min(found.values()) > LEVEL, found


def without_index() -> Words:
    """Draws that depend on key and entity only, met along 4 indices of each entity."""
    return as_words(np.repeat(uniforms(KEY, np.arange(COUNT // 4), 0), 4))


def congruential() -> Words:
    """A linear congruential generator modulo 2^64 (Knuth's MMIX), by its lower bits."""
    a, c = np.uint64(6364136223846793005), np.uint64(1442695040888963407)
    powers = np.cumprod(np.full(COUNT, a))  # modulo 2^64
    sums = np.cumsum(np.concatenate([np.ones(1, np.uint64), powers[:-1]]))
    return (powers * np.uint64(42) + c * sums) & np.uint64(2**BITS - 1)


def unmixed() -> Words:
    """SplitMix64 without its mixing: multiples of γ."""
    return (np.arange(COUNT, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(64 - BITS)


def dependent() -> Words:
    """PCG64, each draw moved by a hundredth towards the one three before it."""
    drawn = np.random.Generator(np.random.PCG64(3)).random(COUNT)
    return as_words(0.99 * drawn + 0.01 * np.roll(drawn, 3))


@pytest.mark.parametrize(
    ("bad", "tests"),
    [
        (without_index, {"lag 1", "lag 2", "lag 3", "birthdays of the upper bits"}),
        (congruential, {"cells of the lower bits"}),
        (unmixed, {"birthdays of the upper bits", "lag 1"}),
        (dependent, {"lag 3"}),
    ],
)
def test_bad_generators_fail(bad: Callable[[], Words], tests: set[str]) -> None:
    found = battery(bad())
    assert tests <= {name for name, p in found.items() if p < LEVEL}, found
