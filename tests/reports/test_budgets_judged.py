"""Budgets with clauses, judged: windows, hours, warnings, waivers, baselines, other metrics, replications."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import numpy as np
import pytest

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput
from reports import availability, statistics
from reports.budgets import Budget, read_budgets
from reports.decision import COMPARISON_ERROR_RATE
from reports.evidence import evidence, value
from reports.gate import chosen, judge
from reports.header import Window
from reports.judgement import Judgement
from reports.replications import folder_of
from reports.run import Run
from reports.statistics import Estimate
from reports.summary import Summary
from reports.windowed import Windowed

Made = Callable[..., Run]

MORNING = datetime(2026, 7, 1, 7, 0, tzinfo=VIETNAM)
TODAY = date(2026, 11, 22)


def judged(run: Run, *lines: str, on: date = TODAY) -> tuple[Judgement, ...]:
    return judge(run, read_budgets(lines, run.header.steps), on=on).judgements


def test_a_slow_moment_breaks_a_windowed_budget_and_hides_in_the_whole(made: Made) -> None:
    """For 10 s of 180 s answers take ten times as long: 6 % of all steps, and one window."""
    run = made(duration_s=240, slow=(70, 80, 10.0), starts=MORNING)
    whole, windowed = judged(run, "all response p70 < 400ms", "all response p70 < 400ms over 10s")
    assert (whole.verdict, windowed.verdict) == ("pass", "fail")
    (breach,) = windowed.breaches
    assert (breach.window, breach.words()) == (Window(from_s=70, to_s=80), "07:01:10 to 07:01:20")
    assert breach.to_dict()["from_clock"] == "2026-07-01T07:01:10+07:00"
    assert windowed.reason.startswith("1 of 18 windows lies beyond 400 ms; the worst, 07:01:10 to 07:01:20, has ")
    assert windowed.value == breach.value > 0.4
    assert windowed.method == "block bootstrap over time, in each of 18 windows"


def test_all_windows_must_keep_a_budget_and_the_worst_is_told(made: Made) -> None:
    (kept,) = judged(made(steps_per_s=60.0), "all response p50 < 400ms over 10s")
    assert kept.verdict == "pass"
    assert kept.reason.startswith("All 3 windows keep < 400 ms; the worst, ")
    assert kept.breaches == ()


def test_windows_share_their_budget_s_level(made: Made) -> None:
    run = made(steps_per_s=60.0)
    (budget,) = read_budgets(["all error_rate < 2% over 10s"], ())
    found = evidence(run, budget)
    assert isinstance(found, Windowed)
    assert len(found.parts) == 3
    of_one = found.parts[0][1].interval(1 - 0.05 / 3)
    assert (found.bounds(0.95)[0].low, found.bounds(0.95)[0].high) == of_one
    assert found.interval(0.95)[1] == max(each.high for each in found.bounds(0.95))
    assert found.samples == sum(estimate.samples for _, estimate in found.parts)


def test_a_window_without_data_is_no_pass(made: Made) -> None:
    run = made(steps_per_s=0.0)
    (nothing,) = judged(run, "all response p95 < 10s over 10s")
    assert (nothing.verdict, nothing.value) == ("invalid", None)
    half = made(steps_per_s=40.0)
    kept = tuple(line for line in half.latencies if line.start_s < 20)
    vars(half)["latencies"] = kept
    vars(half)["offered"] = {}
    (budget,) = read_budgets(["all response p95 < 10s over 10s"], ())
    found = evidence(half, budget)
    assert isinstance(found, Windowed)
    assert (found.empty, found.interval(0.95)[1], found.advice) == (2, np.inf, "2 of 3 windows hold no data.")


def test_hours_limit_what_is_judged(made: Made) -> None:
    run = made(slow=(22, 25, 10.0), starts=MORNING, warp=60.0)
    late, early, none = judged(
        run,
        "all response p95 < 1s within 07:22..07:25",
        "all response p95 < 1s within 07:00..07:20",
        "all response p95 < 1s within 12:00..13:00",
    )
    assert [judgement.verdict for judgement in (late, early, none)] == ["fail", "pass", "inconclusive"]
    assert late.samples + early.samples < judged(run, "all response p95 < 1s")[0].samples
    assert none.reason.startswith("No data: no interval of the measurement window lies within 12:00..13:00")


def test_a_window_that_is_no_whole_number_of_intervals_is_bad_input(made: Made) -> None:
    run = made()
    run = Run(run.folder, run.header.model_copy(update={"interval_s": 10.0}))
    lines = ("all response p95 < 1s over 1s", "all error_rate < 1% over 15s", "all error_rate < 1% over 20s")
    with pytest.raises(BadInput) as error:
        judge(run, read_budgets(lines, ()))
    assert [mistake.value for mistake in error.value.mistakes] == list(lines[:2])
    assert "must be a whole number of the run's intervals of 10 s" in str(error.value)


def test_a_warning_is_told_and_changes_nothing(made: Made) -> None:
    run = made()
    verdict = judge(run, read_budgets(["all response p95 < 1s", "all response p50 < 1ms warn"], ()))
    assert (verdict.verdict, verdict.exit_code) == ("pass", 0)
    _, told = verdict.judgements
    assert (told.standing, told.verdict) == ("warns", "fail")
    assert told.reason.startswith("A warning, which fails nothing: ")
    assert verdict.reason == (
        "The only budget is met, at 95 % confidence. Breached with a warning only: all response p50 < 1ms warn."
    )
    assert "  warning      all response p50 < 1ms warn: " in verdict.words()
    alone = judge(run, read_budgets(["all response p50 < 9s warn"], ()))
    assert alone.verdict == "inconclusive"
    assert alone.reason.startswith("The run has no budgets to judge it by, other than those that only warn")


def test_a_waiver_is_told_and_expires_to_fail(made: Made) -> None:
    run = made()
    line = "all response p50 < 1ms waived until 2026-12-31 because the cache comes in January"
    budgets = read_budgets(["all response p95 < 1s", line], ())
    waived = judge(run, budgets, on=date(2026, 12, 31))
    assert (waived.verdict, waived.exit_code, waived.judgements[1].standing) == ("pass", 0, "waived")
    assert waived.reason.endswith(f" Breached and waived: {line}.")
    assert waived.judgements[1].reason.startswith("Waived until 2026-12-31, because the cache comes in January. ")
    assert waived.to_dict()["budgets"][1]["waiver"] == {
        "until": "2026-12-31",
        "because": "the cache comes in January",
        "is_expired": False,
    }
    expired = judge(run, budgets, on=date(2027, 1, 1))
    assert (expired.verdict, expired.judgements[1].standing) == ("fail", "expired")
    assert expired.judgements[1].reason.startswith("The waiver ended with 2026-12-31 (it was given because ")
    kept = read_budgets([line.replace("1ms", "9s")], ())
    assert judge(run, kept, on=date(2027, 1, 1)).verdict == "fail"  # the line itself fails


def test_told_budgets_take_no_level_from_those_that_count(made: Made) -> None:
    run = made(failing=0.02, failure="timed_out")
    lines = ["all error_rate < 2%", "all goodput >= 19.9/s warn", "submit error_rate < 2% warn"]
    levels = [judgement.level for judgement in judge(run, read_budgets(lines, run.header.steps)).judgements]
    assert levels[0] == pytest.approx(0.95)
    assert max(levels[1:]) <= 0.975


class Faster:
    """A baseline that every run is a tenth slower than."""

    def estimate(self, _run: Run, _budget: Budget) -> Estimate:
        return Estimate(0.1, 10, np.array([0.1]), lambda level: (0.1 - level / 20, 0.1 + level / 20), method="told")


def test_a_baseline_is_asked_for_what_compares(made: Made) -> None:
    run = made(budgets=("all response p95 <= baseline + 20%", "all response p95 <= baseline", "all response p95 < 1s"))
    verdict = judge(run, baseline=Faster())
    assert [judgement.verdict for judgement in verdict.judgements] == ["pass", "fail", "pass"]
    assert verdict.judgements[1].reason.endswith("lies beyond 0 %.")
    assert verdict.judgements[0].margin == pytest.approx(0.1)
    assert [judgement.level for judgement in verdict.judgements[:2]] == [
        pytest.approx(1 - COMPARISON_ERROR_RATE / 2)
    ] * 2
    without = judge(run)
    assert [judgement.verdict for judgement in without.judgements] == ["inconclusive", "inconclusive", "pass"]
    assert without.judgements[0].reason == "No data: no baseline was named; name one with --baseline."


def test_utilisation_has_quantiles_and_a_greatest_value(made: Made) -> None:
    run = made(kind="simulated", stations=("web",), duration_s=400)
    loads = [line.stations["web"].utilisation for line in run.counters if 100 <= line.start_s < 400]
    (budget,) = read_budgets(["web utilisation p95 < 80%"], (), ("web",))
    found = evidence(run, budget)
    assert found.value == pytest.approx(sorted(loads)[285 - 1], abs=1e-4)
    assert (found.samples, found.interval(0.95)[0] < found.value < found.interval(0.95)[1]) == (300, True)
    (greatest,) = read_budgets(["web utilisation max <= 100%"], (), ("web",))
    assert value(run, greatest) == pytest.approx(max(loads), abs=1e-4)


def test_mean_and_max_of_responses(made: Made) -> None:
    run = made()
    mean, greatest = (value(run, read_budgets([f"all response {word} < 9s"], ())[0]) for word in ("mean", "max"))
    histogram = run.histogram("response", window=run.window)
    assert (mean, greatest) == (pytest.approx(histogram.mean_ns / 1e9), pytest.approx(histogram.max_ns / 1e9))


def test_a_backlog_s_age_is_not_told_by_a_run_without_a_back_office(made: Made) -> None:
    (age,) = judged(made(kind="simulated"), "backlog age max < 24h")
    assert (age.verdict, age.reason) == (
        "inconclusive",
        "No data: the run has no back office, so that it tells no age of a backlog.",
    )


def test_several_replications_are_the_things_drawn(made: Made) -> None:
    """One replication in five is slow: drawn by time that would be a fifth of every row, and look certain."""
    run = made(kind="simulated", steps_per_s=60.0)
    run = Run(run.folder, run.header.model_copy(update={"replications": 5}))
    for number in range(5):
        folder_of(run.folder, number).parent.mkdir(exist_ok=True)
        one = made(kind="simulated", steps_per_s=60.0, mean_s=0.3 if number == 4 else 0.1)
        folder_of(run.folder, number).symlink_to(one.folder)
    (budget,) = read_budgets(["all response p50 < 400ms"], ())
    found = evidence(run, budget)
    assert isinstance(found, Estimate)
    assert found.method == "bootstrap over replications"
    low, high = found.interval(0.95)
    alone = evidence(Run.open(folder_of(run.folder, 0)), budget).interval(0.95)
    assert high - low > 3 * (alone[1] - alone[0])


def test_budgets_of_a_file_and_of_lines_replace_the_header_s(made: Made, tmp_path: Path) -> None:
    run = made()
    assert chosen(run, None, []) is None
    path = tmp_path / "budgets.txt"
    path.write_text("# what we promise\nall response p95 < 1s\n")
    found = chosen(run, path, ["submit response p95 < 2s"])
    assert found is not None
    assert [budget.text for budget in found] == ["all response p95 < 1s", "submit response p95 < 2s"]
    with pytest.raises(BadInput, match="--budget"):
        chosen(run, None, ["all respons p95 < 1s"])


def test_a_run_still_being_played_can_be_judged_so_far(made: Made) -> None:
    run = made()
    running = Run(run.folder, run.header.model_copy(update={"state": "running"}))
    assert judge(running).verdict == "invalid"
    assert judge(running, so_far=True).verdict == "pass"
    strict = judge(run, error_rate=0.001)
    assert max(judgement.level or 0 for judgement in strict.judgements if judgement.level != 1) >= 0.999


def test_fast_errors_in_one_window_never_let_it_pass(made: Made) -> None:
    """In 10 of 180 s half of the steps fail at once: 2.8 % of all, and of one window what makes it look quick."""
    run = made(duration_s=240, steps_per_s=60.0, failing=0.0)
    lines = [
        replace(line, outcome="failed") if 70 <= line.start_s < 80 and int(line.start_s) % 2 else line
        for line in run.latencies
    ]
    broken = Run(run.folder, run.header)
    vars(broken)["latencies"] = tuple(lines)
    budgets = ("all response p50 < 1s over 10s", "all error_rate < 90%")
    assert judged(run, *budgets)[0].verdict == "pass"
    (found, _) = judged(broken, *budgets)
    assert found.verdict == "inconclusive"
    assert " steps of a window were answered wrongly (at most 1 % may be)" in found.reason
    rare = [replace(line, outcome="failed") if line.start_s == 71 else line for line in run.latencies]
    few = Run(run.folder, run.header)
    vars(few)["latencies"] = tuple(rare)
    assert judged(few, "all response p50 < 1s over 30s")[0].verdict == "inconclusive"  # under 1 % of all, 3 % of 30 s


def test_one_wrong_answer_does_not_keep_a_window_from_passing(made: Made) -> None:
    run = made(steps_per_s=8.0)
    first, *others = [line for line in run.latencies if line.start_s >= 15 and line.histogram.count == 1]
    wrong = [each for each in run.latencies if (each.step, each.start_s) == (first.step, first.start_s)]
    lines = [replace(line, outcome="failed") if line in wrong else line for line in run.latencies]
    broken = Run(run.folder, run.header)
    vars(broken)["latencies"] = tuple(lines)
    assert others
    assert judged(broken, "all response p50 < 1s over 10s")[0].verdict == "pass"


def test_goodput_of_a_sum_of_runs_is_that_of_one(made: Made) -> None:
    """The replications of a forecast that was copied without them."""
    run = made(kind="simulated")
    four = Run(run.folder, run.header.model_copy(update={"replications": 4}))
    (budget,) = read_budgets(["all goodput >= 1/s"], run.header.steps)
    assert value(four, budget) == pytest.approx(value(run, budget) / 4)
    assert value(four, budget) == pytest.approx(Summary.of(four).all.ok_per_s)


def test_a_mean_utilisation_is_resampled_in_few_rows(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    run, rows = made(duration_s=400), []
    weights = statistics.block_weights
    monkeypatch.setattr(
        statistics, "block_weights", lambda many, *more, **by: rows.append(many) or weights(many, *more, **by)
    )
    (budget,) = read_budgets(["portal utilisation mean < 90%"], run.header.steps)
    found = evidence(run, budget)
    assert max(rows) <= 240
    told = [line.target_cpu_s for line in run.counters if run.window.holds(line.start_s, line.length_s)]
    assert (found.value, found.samples) == (pytest.approx(np.mean(told)), 300)


def test_availability_is_made_once_for_all_windows(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    times: list[Run] = []
    up = availability._up
    monkeypatch.setattr(availability, "_up", lambda told: times.append(told) or up(told))
    judged(made(), "portal availability >= 50% over 5s")
    assert len(times) == 1
