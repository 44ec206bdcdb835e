"""Draws: golden values, the published generator, uniformity, and no correlation over entity, index or key."""

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from models.draws import GAMMA, bits, purpose, stream, uniform, uniforms, word

WORD = 2**64
COUNT = 100_000


def splitmix64(state: int) -> Iterator[int]:
    """Yield the outputs of SplitMix64 as published, in Python integers."""
    while True:
        state = (state + GAMMA) % WORD
        z = state
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 % WORD
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB % WORD
        yield z ^ (z >> 31)


def nth(state: int, index: int) -> int:
    return next(splitmix64((state + index * GAMMA) % WORD))


def test_the_reference_is_the_published_generator() -> None:
    outputs = splitmix64(1234567)
    known = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [next(outputs) for _ in known] == known


@settings(derandomize=True)
@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1), st.integers(0, 2**40))
def test_word_is_a_splitmix_stream_of_each_entity(key: int, entity: int, index: int) -> None:
    expected = nth(nth(key, entity), index)
    assert int(word(key, entity, index)) == expected
    assert bits(key, entity, index) == expected >> 11
    assert uniform(key, entity, index) == ((expected >> 12) + 0.5) / 2**52


def test_golden_values() -> None:
    key = stream(20250701, 0, "schedule/mass")
    assert purpose("schedule/mass") == 13153513217712135717
    assert key == 7065742568500940773
    assert [bits(key, entity, index) for entity, index in ((0, 0), (0, 1), (1, 0), (2**40, 7))] == [
        4054002445830393,
        2249355264926725,
        8042843663002323,
        2901225540145563,
    ]
    assert uniform(key, 0, 0) == 0.4500846857247601


def test_a_key_fits_a_signed_word_and_depends_on_every_part() -> None:
    keys = {stream(seed, replication, name) for seed in (0, 1, -1) for replication in (0, 1) for name in "ab"}
    assert len(keys) == 12
    assert all(0 <= key < 2**63 for key in keys)


def test_arrays_equal_scalars_and_broadcast() -> None:
    entities, indices = np.array([[3], [5]]), np.array([0, 1, 9])
    drawn = uniforms(77, entities, indices)
    assert drawn.shape == (2, 3)
    assert drawn.tolist() == [[uniform(77, e, i) for i in (0, 1, 9)] for e in (3, 5)]
    assert uniforms(77, 3, 9) == uniform(77, 3, 9)


@pytest.mark.parametrize("axis", ["entity", "index", "key"])
def test_uniform_along_each_axis(axis: str) -> None:
    drawn = along(axis)
    assert stats.kstest(drawn, "uniform").pvalue > 0.001
    low_bits = np.bincount((drawn * 2**52).astype(np.int64) % 256, minlength=256)
    assert stats.chisquare(low_bits).pvalue > 0.001
    assert 0.0 < drawn.min() <= drawn.max() < 1.0


@pytest.mark.parametrize("axis", ["entity", "index", "key"])
@pytest.mark.parametrize("lag", [1, 2, 7])
def test_no_serial_correlation(axis: str, lag: int) -> None:
    drawn = along(axis)
    correlation = np.corrcoef(drawn[:-lag], drawn[lag:])[0, 1]
    assert abs(correlation) < 3.29 / np.sqrt(len(drawn) - lag)  # 99.9 %
    shifted = 0.9 * drawn[lag:] + 0.1 * drawn[:-lag]  # a planted dependence
    assert abs(np.corrcoef(drawn[:-lag], shifted)[0, 1]) > 3.29 / np.sqrt(len(drawn) - lag)


@pytest.mark.parametrize("one", ["entity", "index", "key"])
def test_no_correlation_between_purposes(one: str) -> None:
    a, b = along(one, "a"), along(one, "b")
    assert abs(np.corrcoef(a, b)[0, 1]) < 3.29 / np.sqrt(len(a))


def along(axis: str, name: str = "test") -> np.ndarray:
    counting, key = np.arange(COUNT), stream(1, 0, name)
    if axis == "entity":
        return uniforms(key, counting, 0)
    if axis == "index":
        return uniforms(key, 0, counting)
    return np.array([uniform(stream(seed, 0, name), 0, 0) for seed in range(20_000)])
