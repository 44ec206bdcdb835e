import math
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.aa_pairs import STEPS, planted, verdicts
from benchmarks.power import Asked, rates, told
from benchmarks.queue_runs import Effects, Load
from models.statistics.run_effects import Effect
from reports.run import Run
from tests.reports.conftest import Play, make_run


@pytest.mark.parametrize("side_by_side", [False, True])
def test_the_same_code_passes_and_a_quarter_more_fails(side_by_side: bool) -> None:
    asked = Asked(Load(utilisation=0.3), 25, side_by_side, factors=(1.0, 1.25))
    found = rates(asked, Effects(0.003, 0.5, 0.001, 1.0, (0.02,)), Effect(0.003, 39))
    assert found[1.0]["fail"] == 0
    assert found[1.0]["pass"] >= 23
    assert found[1.25]["fail"] == 25
    assert "fail 25 of 25 (86.28 to 100.00 %)" in told(asked, 1.25, found[1.25])[1]


def test_a_gate_that_knew_of_no_run_effects_would_cry_wolf() -> None:
    asked = Asked(Load(utilisation=0.5, lasts_s=60), 40, factors=(1.0,))
    assert rates(asked, Effects(0.05), Effect(1e-6, 39))[1.0]["fail"] > 5
    assert rates(asked, Effects(0.05), Effect(0.05, 39))[1.0]["fail"] <= 1


@pytest.fixture
def pair(tmp_path: Path) -> Callable[[int], tuple[Run, Run]]:
    def make(seed: int) -> tuple[Run, Run]:
        load = Play(duration_s=60, steps_per_s=50.0, steps=STEPS, budgets=())
        first, second = (make_run(tmp_path / f"{seed}-{number}", load, 2 * seed + number) for number in range(2))
        return first, second

    return make


def test_a_planted_change_multiplies_what_was_recorded(pair: Callable[[int], tuple[Run, Run]], tmp_path: Path) -> None:
    run, _ = pair(1)
    slower = planted(run, 1.25, tmp_path / "slower")
    for q in (0.5, 0.95):
        ratio = slower.histogram("response").quantile(q) / run.histogram("response").quantile(q)
        assert math.isclose(ratio, 1.25, rel_tol=0.003)
    assert slower.histogram("response").count == run.histogram("response").count


def test_measured_pairs_are_judged_by_the_command(pair: Callable[[int], tuple[Run, Run]]) -> None:
    pairs = [pair(1)]
    assert verdicts(pairs, 1.0).total() == 1
    assert verdicts(pairs, 3.0)["fail"] == 1
