from dataclasses import replace

import numpy as np
import pytest

from reports.baselines.history import LEAST_RUNS, change_points, changes
from reports.baselines.store import Move

METRIC = "all response p95"


def moves(values: np.ndarray) -> list[Move]:
    return [
        Move(
            "main",
            f"2026-11-{day + 1:02}T00:00:00+00:00",
            "0" * 64,
            f"run-{day}",
            "pass",
            None,
            {"all response p95": value},
        )
        for day, value in enumerate(values)
    ]


def history(runs: int, seed: int) -> np.ndarray:
    return np.exp(np.random.default_rng(seed).normal(0, 0.03, runs))


def test_a_change_is_found_where_it_happened() -> None:
    values = history(28, 1)
    values[17:] *= 1.2
    (found,) = changes(moves(values))
    assert found.run == "run-17"
    assert found.share == pytest.approx(0.2, abs=0.04)
    assert found.runs == 11
    assert "all response p95: " in found.words()
    assert "from run-17 on" in found.words()


def test_the_same_code_hardly_ever_has_a_change() -> None:
    wrong = sum(bool(change_points(history(40, seed))) for seed in range(100))
    assert wrong <= 5


def test_one_run_that_was_odd_is_no_change() -> None:
    values = history(30, 2)
    values[12] *= 1.5
    assert not changes(moves(values))


def test_there_and_back_are_two_changes() -> None:
    values = history(28, 3)
    values[8:18] *= 1.3
    assert [change.run for change in changes(moves(values))] == ["run-8", "run-18"]


def test_a_short_history_tells_nothing() -> None:
    values = history(LEAST_RUNS - 1, 4)
    values[4:] *= 3
    assert not changes(moves(values))


def test_values_that_agree_to_the_bucket_are_no_changes() -> None:
    assert not change_points(np.array([1.0] * 10 + [1.001] * 10))


def test_each_kind_of_run_has_a_history_of_its_own() -> None:
    """Two scenarios in turn under one name, the one three times as slow: nothing changed."""
    values = history(28, 5) * np.tile([1.0, 3.0], 14)
    both = [replace(move, of=("quick", "slow")[at % 2]) for at, move in enumerate(moves(values))]
    assert not changes(both)
    values = history(28, 1)
    values[17:] *= 1.2
    (found,) = changes([replace(move, of="quick") for move in moves(values)])
    assert found.words().endswith("from run-17 on (quick)")
