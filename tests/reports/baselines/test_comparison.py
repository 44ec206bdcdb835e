import math
from collections.abc import Callable
from datetime import timedelta

import pytest

from models.statistics.run_effects import Effect
from reports.baselines import prior
from reports.baselines.comparison import Baselines, Compared, effect_of
from reports.baselines.readings import readings
from reports.budgets import Budget
from reports.gate import judge
from reports.no_evidence import NoEvidence
from reports.run import Run

Make = Callable[..., Run]
Read = Callable[[str], Budget]
LOAD = {"duration_s": 60, "steps_per_s": 50.0, "budgets": ()}


def compared(run: Run, others: list[Run], budget: Budget, effect: Effect) -> Compared:
    here, there = readings(run, budget), [readings(other, budget) for other in others]
    return Compared.read(budget, here, there, effect, run.window.length_s, aligned=False)


def test_a_slower_run_fails_by_what_it_is_slower(made: Make, budget: Read) -> None:
    base, same, slower = made(**LOAD), made(**LOAD), made(**LOAD, mean_s=0.2)
    line = budget("all response p95 <= baseline")
    assert judge(slower, [line], baseline=Baselines((base,))).verdict == "fail"
    found = Baselines((base,)).estimate(slower, line)
    assert found.value == pytest.approx(1.0, abs=0.2)
    assert found.interval(0.99)[0] < 1.0 < found.interval(0.99)[1]
    low, high = Baselines((base,)).estimate(same, line).interval(0.99)
    assert low < 0 < high


@pytest.mark.parametrize(
    "line",
    [
        "all response p50 <= baseline",
        "submit service p95 <= baseline + 3%",
        "pay response mean <= baseline",
        "all goodput >= baseline - 5%",
        "all error_rate <= baseline",
    ],
)
def test_a_run_compared_with_itself_differs_by_nothing(made: Make, budget: Read, line: str) -> None:
    run = made(**LOAD, failing=0.02)
    found = Baselines((run,)).estimate(run, budget(line))
    low, high = found.interval(0.99)
    assert found.value == 0
    assert low <= 0 <= high


def test_error_rates_differ_in_points(made: Make, budget: Read) -> None:
    base, worse = made(**LOAD, failing=0.01), made(**LOAD, failing=0.06)
    line = budget("all error_rate <= baseline + 1%")
    found = Baselines((base,)).estimate(worse, line)
    assert found.value == pytest.approx(0.05, abs=0.01)
    assert judge(worse, [line], baseline=Baselines((base,))).verdict == "fail"
    none = made(**LOAD)
    assert Baselines((none,)).estimate(none, line).interval(0.99)[1] > 0  # no error seen, and yet one may come


def test_fast_failures_make_nothing_quicker(made: Make, budget: Read) -> None:
    base, failing = made(**LOAD), made(**LOAD, failing=0.5, failure="failed")
    verdict = judge(failing, [budget("all response p95 <= baseline")], baseline=Baselines((base,)))
    assert verdict.verdict == "inconclusive"
    assert "answered wrongly" in verdict.judgements[0].reason


def test_time_outs_leave_no_upper_bound(made: Make, budget: Read) -> None:
    base, timing_out = made(**LOAD), made(**LOAD, failing=0.2, failure="timed_out")
    line = budget("all response p95 <= baseline")
    found = Baselines((base,)).estimate(timing_out, line)
    assert found.interval(0.9)[1] == math.inf
    assert judge(timing_out, [line], baseline=Baselines((base,))).verdict != "pass"
    assert Baselines((timing_out,)).estimate(base, line).interval(0.9)[0] <= -0.99


def test_run_effects_widen_the_interval_and_more_baselines_narrow_it(made: Make, budget: Read) -> None:
    runs = [made(**LOAD) for _ in range(5)]
    line = budget("all response p95 <= baseline")
    head, one, four = runs[0], runs[1:2], runs[1:]
    widths = [
        (lambda ends: ends[1] - ends[0])(compared(head, others, line, effect).interval(0.99))
        for others, effect in ((one, Effect(0.0, 9)), (one, Effect(0.05, 9)), (four, Effect(0.05, 9)))
    ]
    assert widths[0] < widths[2] < widths[1]


def test_the_advice_is_a_length_that_would_decide(made: Make, budget: Read) -> None:
    short, other = made(duration_s=24, steps_per_s=60.0, budgets=()), made(duration_s=24, steps_per_s=60.0, budgets=())
    line = budget("all response p95 <= baseline")
    assert "would decide, at this rate" in compared(short, [other], line, Effect(0.001, 39)).advice()
    told = compared(short, [other], line, Effect(0.1, 39)).advice()
    assert told.startswith("no length would decide: runs of the same code differ by")


def test_what_has_no_bound_is_told_so(made: Make, budget: Read) -> None:
    few, other = (made(duration_s=24, steps_per_s=1.5, budgets=()) for _ in range(2))
    line = budget("all response p99 <= baseline")
    assert compared(few, [other], line, Effect(0.01, 39)).advice() == "longer runs, or more load, would bound it."
    judged = judge(few, [line], baseline=Baselines((other,)))
    assert judged.verdict != "pass"


def test_a_length_that_is_advised_decides(made: Make, budget: Read) -> None:
    """The length is reckoned from widths that fall with its square root: four times the run, half the width."""
    line = budget("all response p95 <= baseline")
    short, long = (
        compared(made(**load), [made(**load)], line, Effect(0.0, 39))
        for load in ({**LOAD, "duration_s": length_s} for length_s in (40, 160))
    )
    assert long.high.within_error == pytest.approx(short.high.within_error / 2, rel=0.4)


def test_what_no_run_tells_is_no_evidence(made: Make, budget: Read) -> None:
    run, other = made(**LOAD), made(**LOAD, failing=1.0)
    with pytest.raises(NoEvidence, match="answered"):
        Baselines((other,)).estimate(run, budget("all response p95 <= baseline"))
    empty = made(duration_s=20, steps_per_s=0.001, budgets=())
    with pytest.raises(NoEvidence, match="offered"):
        Baselines((empty,)).estimate(run, budget("all response p95 <= baseline"))


def test_a_busier_target_answers_more_to_the_machine(made: Make, budget: Read) -> None:
    line = budget("all response p95 <= baseline")
    idle, busy, unknown = (made(**LOAD, target_cpu=share) for share in (0.2, 0.8, None))
    effects = [effect_of(run, [run], line).deviation for run in (idle, busy, unknown)]
    assert effects[1] == pytest.approx(effects[0] * 0.8 / 0.2, rel=0.15)
    assert effects[2] == pytest.approx(effects[0] * 0.8 / (1 - prior.BUSY), rel=0.15)
    assert effect_of(idle, [idle], budget("all error_rate <= baseline")).deviation == 0


def test_a_simulation_has_no_machine(made: Make, budget: Read) -> None:
    run = made(**LOAD, kind="simulated")
    assert effect_of(run, [run], budget("all response p95 <= baseline")).deviation == 0


def test_runs_of_one_occasion_on_a_measured_machine_have_the_measured_effect(
    made: Make, changed: Callable[..., Run]
) -> None:
    known = prior.Measured(processor="P", cores=2, speed=0.003, own=0.5, freedom=39, source="a test")
    effects = prior.run_effects().model_copy(update={"measured": (known,)})
    first, second = (changed(made(**LOAD), machine={"processor": "P", "cores": 2}) for _ in range(2))
    begun = first.header.started
    second = changed(second, started=begun + timedelta(hours=1))
    assert effects.of((first, second)) == Effect(0.003, 39)
    beside = changed(second, started=begun + timedelta(seconds=1))
    assert effects.of((first, beside)) == Effect(pytest.approx(0.003 * math.sqrt(0.5)), 39)
    later = changed(second, started=begun + timedelta(days=1))
    assert effects.of((first, later)) == Effect(effects.other.speed, effects.other.freedom)
    elsewhere = changed(second, machine={"processor": "Q", "cores": 2}, started=begun + timedelta(hours=1))
    assert effects.of((elsewhere, first)).deviation == effects.other.speed
    assert effects.of((beside, elsewhere)).deviation == effects.other.speed  # of two machines nothing was measured
    at_once = changed(made(**LOAD), machine={"processor": "Q", "cores": 2}, started=begun)
    assert effects.of((first, at_once)).deviation == effects.other.speed
    assert effects.of((elsewhere, elsewhere)).deviation == effects.other.beside


def test_a_comparison_reads_as_a_sentence(made: Make, budget: Read) -> None:
    base, slower = made(**LOAD), made(**LOAD, mean_s=0.2)
    verdict = judge(slower, [budget("all response p95 <= baseline + 3%")], baseline=Baselines((base,)))
    assert "beyond +3 %" in verdict.judgements[0].reason
    assert "run effects" in verdict.judgements[0].method


def test_estimates_are_of_the_budgets_side(made: Make, budget: Read) -> None:
    base, fewer = made(**LOAD), made(**{**LOAD, "steps_per_s": 35.0})
    assert judge(fewer, [budget("all goodput >= baseline - 3%")], baseline=Baselines((base,))).verdict == "fail"
