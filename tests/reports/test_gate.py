import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict

import numpy as np
import pytest

from cutover.base.errors import BadInput
from reports.budgets import read_budgets
from reports.gate import EXIT_CODES, first_exit_code, judge
from reports.judgement import Judgement
from reports.reconciliation import Reconciliation
from reports.run import Run
from reports.summary import Summary

Made = Callable[..., Run]


def by_budget(run: Run) -> dict[str, Judgement]:
    return {judgement.budget.text: judgement for judgement in judge(run).judgements}


def test_a_healthy_run_passes(made: Made) -> None:
    verdict = judge(made())
    assert [judgement.verdict for judgement in verdict.judgements] == ["pass"] * 6
    assert (verdict.verdict, verdict.exit_code, verdict.findings) == ("pass", 0, ())
    assert verdict.reason == "All 6 budgets are met, at 95 % confidence over all of them."


def test_a_slow_run_fails_and_names_the_budgets(made: Made) -> None:
    verdict = judge(made(mean_s=3.0))
    assert (verdict.verdict, verdict.exit_code) == ("fail", 3)
    assert verdict.reason == "2 of 6 budgets are breached: all response p95 < 1s; submit response p95 < 2s."
    slow = verdict.judgements[0]
    assert slow.margin is not None
    assert slow.margin < -1
    assert slow.low is not None
    assert slow.low > 1
    assert "the whole interval" in slow.reason
    assert "lies beyond 1 s" in slow.reason


def test_values_are_the_summary_s(made: Made) -> None:
    run = made(failing=0.01)
    summary, found = Summary.of(run), by_budget(run)
    assert summary.all.response is not None
    assert summary.steps["submit"].response is not None
    assert found["all response p95 < 1s"].value == summary.all.response.p95_s
    assert found["submit response p95 < 2s"].value == summary.steps["submit"].response.p95_s
    assert found["all error_rate < 2%"].value == summary.all.error_rate
    assert found["all goodput >= 5/s"].value == summary.all.ok_per_s
    assert found["all response p95 < 1s"].samples == summary.all.ok < summary.all.offered


def test_wrong_answers_never_let_a_latency_pass(made: Made) -> None:
    run = made(failing=0.2, budgets=("all response p95 < 1s", "all response p50 < 10ms"))
    verdict = judge(run)
    p95, p50 = verdict.judgements
    assert (p95.verdict, p50.verdict) == ("inconclusive", "fail")
    wrong, offered = Summary.of(run).all.outcomes["failed"], Summary.of(run).all.offered
    assert p95.reason.endswith(
        f"but it cannot pass: {100 * wrong / offered:.3g} % of {offered} steps were answered wrongly "
        "(at most 1 % may be), and their times are left out."
    )


def test_the_share_of_wrong_answers_that_a_latency_bears_is_the_error_budget_s_where_that_is_smaller(
    made: Made,
) -> None:
    run = made(failing=0.005, budgets=("all response p95 < 1s",))
    share = Summary.of(run).all.error_rate
    assert share is not None
    assert 0.001 < share < 0.01
    assert judge(run).verdict == "pass"
    for budgets, word in (
        (["all error_rate < 0.1%"], "inconclusive"),
        (["submit error_rate < 0.1%"], "pass"),
        (["all error_rate < 5%"], "pass"),
    ):
        judged = read_budgets(["all response p95 < 1s", *budgets], run.header.steps)
        assert judge(run, judged).judgements[0].verdict == word


def test_a_time_out_never_hides_and_is_told_as_at_least(made: Made) -> None:
    run = made(
        failing=0.2,
        failure="timed_out",
        budgets=("all response p95 < 10s", "all response p95 < 100ms", "all response p50 < 1s"),
    )
    late, beyond, middle = judge(run).judgements
    assert (late.verdict, late.is_at_least, late.high) == ("inconclusive", True, np.inf)
    assert late.reason.startswith("At least ")
    assert "or more) reaches over 10 s" in late.reason
    assert beyond.verdict == "fail"
    assert (middle.verdict, middle.is_at_least) == ("pass", True)
    assert late.to_dict()["is_at_least"] is True
    assert late.to_dict()["interval"][1] is None


def test_a_limit_inside_the_interval_is_inconclusive(made: Made) -> None:
    run = made(failing=0.02, budgets=("all error_rate < 2%",))
    verdict = judge(run)
    assert (verdict.verdict, verdict.exit_code) == ("inconclusive", 4)
    assert "a longer run would decide" in verdict.judgements[0].reason
    assert verdict.reason == "1 of 1 budgets is undecided: all error_rate < 2%."


def test_too_few_samples_are_no_pass(made: Made) -> None:
    run = made(steps_per_s=2.0, budgets=("all response p99 < 60s",))
    (judgement,) = judge(run).judgements
    assert judgement.samples < 368
    assert judgement.verdict == "inconclusive"
    assert judgement.reason == f"Too few samples: {judgement.samples} steps, and p99 needs 368."


@pytest.mark.parametrize(
    ("budget", "findings", "reason"),
    [
        ("dossiers lost == 0", {}, "No data: receipts were not set against the portal's database."),
        ("dossiers lost == 0", {"reconciliation": {"submitted": 0, "lost": [], "fails": False}},
         "No data: no dossier was submitted."),
        ("storage utilisation mean < 8%", {},
         "No data: the utilisation of `storage` was not observed in the measurement window."),
        ("feedback response p95 < 1s", {},
         "No data: no `feedback` step was offered in the measurement window."),
    ],
)  # fmt: skip
def test_no_data_is_no_pass(made: Made, budget: str, findings: dict[str, object], reason: str) -> None:
    run = made(budgets=(budget,), findings=findings)
    run = Run(run.folder, run.header.model_copy(update={"steps": (*run.header.steps, "feedback")}))
    (judgement,) = judge(run).judgements
    assert (judgement.verdict, judgement.reason, judgement.value) == ("inconclusive", reason, None)
    assert judge(run).exit_code == 4


def test_no_budgets_are_no_pass(made: Made) -> None:
    verdict = judge(made(budgets=()))
    assert (verdict.verdict, verdict.reason) == ("inconclusive", "The run has no budgets to judge it by.")


def test_dossiers_are_counted_in_full(made: Made) -> None:
    part = {"submitted": 9, "receipted": 9, "matched": 7, "unseen": [], "lost": ["R1", "R2"], "altered": [],
            "duplicated": [], "foreign": [], "fails": False}  # fmt: skip
    (judgement,) = judge(made(budgets=("dossiers lost == 0",), findings={"reconciliation": part})).judgements
    assert (judgement.verdict, judgement.low, judgement.high) == ("fail", 2, 2)
    assert judgement.reason == "2 of 9 dossiers; the limit is == 0."


def test_an_invalid_run_has_no_other_verdict(made: Made) -> None:
    verdict = judge(made(mean_s=3.0, cpu=0.99))
    assert (verdict.verdict, verdict.exit_code) == ("invalid", 5)
    assert {judgement.verdict for judgement in verdict.judgements} == {"invalid"}
    assert verdict.judgements[0].reason.startswith("No verdict, since the run is invalid. ")
    assert verdict.judgements[0].value is not None


def test_the_level_is_shared_and_released(made: Made) -> None:
    # The error rate sits on its limit and stays undecided. The others are decided at 1 − 0.05/5, dossiers
    # exactly; then the error rate is alone and is judged again at 0.95.
    found = by_budget(made(failing=0.02, failure="timed_out", budgets=(
        "all error_rate < 2%", "all response p50 < 1s", "all goodput >= 5/s", "submit response p50 < 2s",
        "portal utilisation mean < 90%", "dossiers lost == 0",
    )))  # fmt: skip
    assert found["all error_rate < 2%"].verdict == "inconclusive"
    assert found["all error_rate < 2%"].level == pytest.approx(0.95)
    assert found["all response p50 < 1s"].level == pytest.approx(0.99)
    assert found["dossiers lost == 0"].level == 1


def test_utilisation_of_a_simulated_station(made: Made) -> None:
    run = made(
        kind="simulated",
        stations=("web",),
        budgets=("web utilisation mean < 90%", "web utilisation mean < 30%"),
    )
    assert [judgement.verdict for judgement in judge(run).judgements] == ["pass", "fail"]


def test_a_simulated_run_is_not_asked_for_dossiers(made: Made) -> None:
    budgets = ("all response p95 < 1s", "dossiers lost == 0")
    verdict = judge(made(kind="simulated", budgets=budgets, findings={}))
    assert verdict.reason.endswith(" Left out, since a simulation stores no dossiers: dossiers lost == 0.")
    assert (verdict.verdict, verdict.left_out, len(verdict.judgements)) == ("pass", ("dossiers lost == 0",), 1)
    assert judge(made(kind="simulated", budgets=budgets[1:], findings={})).verdict == "inconclusive"
    assert judge(made(budgets=budgets, findings={})).verdict == "inconclusive"


def test_unreadable_budgets_of_a_header_are_bad_input(made: Made) -> None:
    with pytest.raises(BadInput, match=r"run\.json: budgets\[0\] = 'all goodput': column 12"):
        judge(made(budgets=("all goodput",)))


def test_a_verdict_is_one_json_object_of_finite_numbers(made: Made) -> None:
    verdict = judge(made(failing=0.3))
    assert json.loads(json.dumps(verdict.to_dict(), allow_nan=False))["verdict"] == "fail"


def test_exit_codes_have_an_order() -> None:
    assert first_exit_code([0, 4, 3]) == 3
    assert first_exit_code([3, 5]) == 5
    assert first_exit_code([5, 2, 6, 130]) == 130
    assert first_exit_code([]) == 0
    assert set(EXIT_CODES) == {"pass", "fail", "inconclusive", "invalid"}


def test_the_gate_loads_nothing_heavy() -> None:
    heavy = ("matplotlib", "locust", "numba", "simpy")
    code = f"import sys, reports.gate; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_no_run_may_do_to_dossiers_fails_it_though_no_budget_says_so(made: Made) -> None:
    part = {"submitted": 9, "receipted": 9, "matched": 7, "unseen": ["R9"], "lost": [], "altered": ["R3"],
            "duplicated": [], "foreign": ["X1", "X2"], "fails": True}  # fmt: skip
    verdict = judge(made(budgets=("all response p95 < 10s",), findings={"reconciliation": part}))
    found = {judgement.budget.text: (judgement.verdict, judgement.value) for judgement in verdict.judgements}
    assert found["dossiers altered == 0"] == ("fail", 1)
    assert found["dossiers foreign == 0"] == ("fail", 2)
    assert len(found) == 3
    assert (verdict.verdict, verdict.exit_code) == ("fail", 3)


def test_receipts_that_the_portal_did_not_tell_of_are_no_pass(made: Made) -> None:
    part = {**asdict(Reconciliation(10, 10, 8, unasked=("R8", "R9"))), "fails": False}
    verdict = judge(made(budgets=("all response p95 < 10s",), findings={"reconciliation": part}))
    assert verdict.verdict == "inconclusive"
    assert "the portal did not tell what became of 2 receipts" in verdict.words()
    part["lost"] = ("R7",)
    assert judge(made(budgets=("dossiers lost == 0",), findings={"reconciliation": part})).verdict == "fail"
    assert judge(made(budgets=("dossiers lost <= 3",), findings={"reconciliation": part})).verdict == "pass"


def test_a_class_that_the_source_cannot_tell_is_inconclusive(made: Made) -> None:
    part = {**asdict(Reconciliation(10, 10, 10, unjudged=("duplicated",))), "fails": False}
    verdict = judge(made(budgets=("dossiers duplicated == 0", "dossiers lost == 0"), findings={"reconciliation": part}))
    assert [judgement.verdict for judgement in verdict.judgements] == ["inconclusive", "pass"]
