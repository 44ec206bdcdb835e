"""When a run is said to have begun to measure too early, and how often it is said of one that has not."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from reports import warming
from reports.run import Run
from reports.series import LatencySeries, Rows
from reports.warming import warm_up

Made = Callable[..., Run]


@pytest.fixture
def told(made: Made, monkeypatch: pytest.MonkeyPatch) -> Callable[[np.ndarray], bool]:
    """Return a function that tells whether a run is found warming, of which the batches' means are these."""
    run = made(duration_s=40)
    counts = np.full((20, 1), 50)

    def of(_run: Run, _kind: str, _step: None, rows: Rows) -> LatencySeries:
        assert rows.count == 20
        return series[0]

    series: list[Any] = []
    monkeypatch.setattr(warming, "_is_constant", lambda _run, _rows: True)
    monkeypatch.setattr(LatencySeries, "of", of)

    class Means(LatencySeries):
        ok_sums_s: Any = None

    def tell(means: np.ndarray) -> bool:
        one = Means(np.ones(20), np.ones(1), np.ones(1), counts, 0 * counts, np.zeros(20, np.int64))
        vars(one)["ok_sums_s"] = means * 50
        series[:] = [one]
        return bool(list(warm_up(run)))

    return tell


def shape(*heights: float) -> np.ndarray:
    """Return 20 batches: so many heights, the last one for all the rest, with a little noise."""
    noise = np.random.default_rng(3).normal(0, 0.02, 20)
    return np.array([*heights, *[heights[-1]] * (20 - len(heights))]) + noise


def test_a_start_that_was_slower_or_faster_is_found(told: Callable[[np.ndarray], bool]) -> None:
    assert told(shape(3, 2.5, 2, 1.5, 1.2, 1))
    assert told(shape(0.3, 0.4, 0.6, 0.8, 0.9, 1))


def test_what_is_no_warm_up_is_not_said_to_be_one(told: Callable[[np.ndarray], bool]) -> None:
    assert not told(shape(1))
    assert not told(shape(1, 1, 3, 1))  # a slow moment after a good start
    assert not told(np.linspace(1, 5, 20) + shape(0))  # a queue that grows to the end
    assert not told(shape(1.09, 1.09, 1.09, 1.09, 1.09, 1))  # too little to change a verdict


def test_queues_without_a_warm_up_are_hardly_ever_said_to_have_one(told: Callable[[np.ndarray], bool]) -> None:
    """Of 600 runs at 1 in 1,000: more than 5 have probability below 0.001."""
    rng = np.random.default_rng(1)
    wrong = 0
    for _ in range(600):
        between, service = rng.exponential(1 / 0.7, 22_000), rng.exponential(1, 22_000)
        walk = np.cumsum(service - between)
        responses = walk - np.minimum.accumulate(np.minimum(walk, 0)) + service
        wrong += told(responses[2000:].reshape(20, -1).mean(axis=1))
    assert wrong <= 5


def test_a_load_that_changes_is_not_asked(made: Made) -> None:
    run = made(duration_s=400, slow=(0, 160, 3.0))
    assert list(warm_up(run))
    lines = list(run.counters)
    for at, line in enumerate(lines):
        planned = 20 if line.start_s < 200 else 2
        lines[at] = type(line)(**{**vars(line), "planned": planned})
    changed = Run(run.folder, run.header)
    vars(changed)["counters"] = tuple(lines)
    assert not list(warm_up(changed))
