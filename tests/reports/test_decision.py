import numpy as np
import pytest

from reports.budgets import read_budgets
from reports.decision import COMPARISON_ERROR_RATE, between, word
from reports.holm import shared
from reports.statistics import Estimate, clopper_pearson


def normal(value: float, error: float, resolution: float = 0.1) -> Estimate:
    """Make the estimate of a difference that is normal."""
    from scipy import special

    def ends(level: float) -> tuple[float, float]:
        z = float(special.ndtri((1 + level) / 2))
        return value - z * error, value + z * error

    return Estimate(value, 100, np.array([value]), ends, resolution=resolution)


@pytest.mark.parametrize(
    ("line", "value", "error", "expected"),
    [
        ("all response p95 <= baseline", 0.0, 0.02, "pass"),  # of the same code: both sides of 0
        ("all response p95 <= baseline", 0.08, 0.02, "fail"),
        ("all response p95 <= baseline", -0.08, 0.02, "pass"),
        ("all response p95 <= baseline", 0.0, 0.08, "inconclusive"),  # 10 points are not ruled out
        ("all response p95 <= baseline", 0.07, 0.03, "inconclusive"),
        ("all response p95 <= baseline + 3%", 0.08, 0.03, "pass"),
        ("all response p95 <= baseline + 3%", 0.13, 0.02, "fail"),
        ("all goodput >= baseline", 0.0, 0.02, "pass"),
        ("all goodput >= baseline", -0.08, 0.02, "fail"),
        ("all goodput >= baseline - 3%", 0.0, 0.08, "inconclusive"),
    ],
)
def test_a_comparison_is_judged_by_what_it_finds_and_what_it_rules_out(
    line: str, value: float, error: float, expected: str
) -> None:
    (budget,) = read_budgets([line], ())
    assert word(budget, normal(value, error), 0.99) == expected


def test_without_a_resolution_only_an_interval_inside_passes() -> None:
    (budget,) = read_budgets(["all response p95 <= baseline"], ())
    assert word(budget, normal(0.0, 0.02, resolution=0.0), 0.99) == "inconclusive"
    inside = normal(-0.1, 0.01)
    assert not between(budget, inside, inside.interval(0.99))
    assert between(budget, normal(0.0, 0.02), (-0.05, 0.05))


def test_a_pass_by_resolution_does_not_leave_the_others_the_whole_rate() -> None:
    budgets = read_budgets([f"all response p{number} <= baseline" for number in (50, 90, 95)], ())
    near = normal(0.026, 0.01)  # beyond at 99 %, not at a third of it
    estimates = [near, normal(0.0, 0.01), normal(0.0, 0.01)]
    alone = shared({0: (budgets[0], near)}, 0.01)
    together = shared(dict(enumerate(zip(budgets, estimates, strict=True))), 0.01)
    assert alone[0].word == "fail"
    assert [together[number].word for number in range(3)] == ["pass", "pass", "pass"]
    assert together[0].level == pytest.approx(1 - 0.01 / 3)


def test_a_breach_that_is_found_leaves_the_rate_to_the_others() -> None:
    budgets = read_budgets([f"all response p{number} <= baseline" for number in (50, 95)], ())
    estimates = [normal(0.5, 0.01), normal(0.026, 0.01)]
    found = shared(dict(enumerate(zip(budgets, estimates, strict=True))), 0.01)
    assert [found[number].word for number in range(2)] == ["fail", "fail"]
    assert found[1].level == pytest.approx(0.99)


def test_the_rate_of_comparisons_keeps_the_promise_of_twenty_in_three_thousand() -> None:
    expected = 3000 * COMPARISON_ERROR_RATE / 2  # half of it for what seems worse
    assert clopper_pearson(20, 3000, 0.95)[1] < 0.0105
    assert expected + 3 * expected**0.5 < 20


def test_doubt_keeps_from_passing() -> None:
    from dataclasses import replace

    (budget,) = read_budgets(["all response p95 <= baseline"], ())
    found = shared({0: (budget, replace(normal(-0.5, 0.01), doubt="Too much was wrong."))}, 0.01)
    assert found[0].word == "inconclusive"
