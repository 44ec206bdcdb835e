"""The utilisation law on synthetic truth: demands within their intervals, other demands outside."""

from dataclasses import replace

import numpy as np
import pytest

from models.calibration.observed import Floats, Level
from models.calibration.utilisation_law import PENALTIES, Busy, busy_demands, metered
from tests.models.calibration.levels import level
from tests.models.calibration.truth import Truth, portal

STEPS = ("home", "search", "submit")
DEMANDS_S = np.array([0.004, 0.004, 0.018])
MIXES = ((0.8, 0.1, 0.1), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8))


def mixed(seed: int) -> list[Level]:
    """Levels whose mix differs, so that demands of single steps can be told."""
    truth: Truth = portal(seed, 40.0)
    return [replace(truth, shares=mix).level(rate) for mix, rate in zip(MIXES, (50.0, 20.0, 60.0), strict=True)]


def ends(draws: Floats) -> tuple[Floats, Floats]:
    spread = 1.96 * draws.std(axis=0)
    return draws.mean(axis=0) - spread, draws.mean(axis=0) + spread


def test_intervals_hold_the_demands_of_steps_where_mixes_differ() -> None:
    """The proportions that are told are wrong by up to a factor of two, which levels of other mixes correct."""
    held = total = 0
    for seed in range(30):
        found = busy_demands(mixed(seed), STEPS, "portal", np.array([0.004, 0.008, 0.012]))
        low, high = ends(found.draws)
        held += int(((low <= DEMANDS_S) & (high >= DEMANDS_S)).sum())
        total += len(STEPS)
        assert found.penalty is not None
        assert found.penalty < PENALTIES[-1], "not one factor for all steps"
    assert held >= 0.9 * total


def test_the_load_is_known_within_a_per_cent_or_two_and_a_tenth_more_is_noticed() -> None:
    """The mix hardly changes, so one factor on (right) proportions is found; a plan 10 % off lies outside."""
    held = 0
    rates = {"home": 1.0, "search": 0.4, "submit": 0.4}
    for seed in range(30):
        levels = portal(seed, 40.0).levels(10.0, 25.0, 40.0)
        found = busy_demands(levels, STEPS, "portal", 1.1 * DEMANDS_S)
        load = found.draws @ np.array(list(rates.values()))
        true = float(DEMANDS_S @ np.array(list(rates.values())))
        low, high = ends(load)
        held += bool(low <= true <= high)
        assert not low <= 1.1 * true <= high
        assert high / low < 1.1
    assert held >= 27


def test_what_is_busy_without_load_is_told_apart() -> None:
    levels = [level(rps, {"portal": 0.05 + 0.01 * rps}) for rps in (10.0, 30.0, 60.0)]
    found = busy_demands(levels, ("home",), "portal", np.array([0.02]))
    assert found.seconds == pytest.approx([0.01], rel=1e-6)
    assert found.background == pytest.approx(0.05, rel=1e-6)


def test_metrics_by_step_are_ratios_of_totals() -> None:
    levels = [
        replace(
            level(10.0 * n, {"portal": 0.12 * n}, offered={"home": 500 * n, "pay": 100 * n}),
            busy_by_step={"portal": {"home": 0.1 * n, "pay": 0.02 * n * skew}},
        )
        for n, skew in ((1, 1.1), (2, 0.95))
    ]
    found: Busy = busy_demands(levels, ("home", "pay"), "portal", np.array([1.0, 1.0]))
    assert found.seconds == pytest.approx([60 * 0.3 / 1500, 60 * (0.022 + 0.038) / 300])
    assert found.condition is None
    spread = found.draws.std(axis=0) / found.seconds
    assert spread[1] > spread[0] > 0.02  # at least as much as so many steps can tell


def test_levels_that_are_full_or_fail_are_left_out() -> None:
    quiet, full = level(10.0, {"portal": 0.1}), level(99.0, {"portal": 0.99})
    failing = level(20.0, {"portal": 0.2}, ok={"home": 1000})
    assert metered([quiet, full, failing, level(30.0)], "portal") == (quiet,)


def test_a_step_that_does_not_use_a_place_has_no_demand_there() -> None:
    found = busy_demands(mixed(1), STEPS, "portal", np.array([0.004, 0.0, 0.018]))
    assert found.seconds[1] == 0.0
    assert not found.draws[:, 1].any()
