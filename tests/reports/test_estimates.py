"""How sure a forecast is: over replications, or from the course of the only one."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.statistics.replications import over_replications
from models.statistics.warm_up import mser_5
from reports import tables
from reports.counters import Counters, StationLoad
from reports.estimates import estimates, first_values, judged, words
from reports.evidence import value
from reports.gate import judge
from reports.header import Window
from reports.page import page
from reports.run import Run
from reports.steady import steady_backlogs
from reports.summary import Summary
from reports.writer import RunWriter, merge_findings

Made = Callable[..., Run]
BUDGETS = (
    "all response p95 < 1s",
    "submit error_rate < 2%",
    "all goodput >= 5/s",
    "web utilisation mean < 90%",
    "gone utilisation mean < 90%",
    "dossiers lost == 0",
)


@pytest.fixture
def simulated(made: Made) -> Callable[..., Run]:
    def make(**fields: Any) -> Run:
        return made(kind="simulated", stations=("web",), budgets=BUDGETS, findings={}, failing=0.02, **fields)

    return make


def test_each_budget_has_the_estimate_over_its_values_in_replications(simulated: Made) -> None:
    runs = [simulated() for _ in range(3)]
    found = estimates(runs[0], runs, "it does not matter here")
    assert [one["budget"] for one in found] == list(BUDGETS[:5])  # a simulation stores no dossiers
    by_hand = {
        0: [Summary.of(run).all.response.p95_s for run in runs],
        1: [Summary.of(run).steps["submit"].error_rate for run in runs],
        2: [Summary.of(run).all.ok_per_s for run in runs],
    }
    for at, values in by_hand.items():
        told = over_replications(values).to_dict()
        assert found[at]["samples"] == 3
        assert [found[at][key] for key in ("value", "low", "high")] == pytest.approx(
            [told[key] for key in ("value", "low", "high")]
        )
    assert found[4]["value"] is None
    assert found[4]["why"] == "No data: the utilisation of `gone` was not observed in the measurement window."
    assert first_values(runs) == pytest.approx(by_hand[0])


def test_one_replication_under_a_changing_load_says_why_it_has_no_interval(simulated: Made) -> None:
    run = simulated()
    first, *_ = estimates(run, [run], "the flow `main` is not constant over the window (0 to 22 a second)")
    assert first["value"] == pytest.approx(Summary.of(run).all.response.p95_s)
    assert (first["low"], first["high"], first["samples"]) == (None, None, 1)
    assert words(first).endswith(
        "no interval: One replication, and the flow `main` is not constant over the window (0 to 22 a second); "
        "ask for --replications 5 or more."
    )


def test_one_replication_under_a_steady_load_is_estimated_from_its_course(simulated: Made) -> None:
    run = simulated(duration_s=480)
    found = estimates(run, [run], None)
    for one in found[:4]:
        assert one["low"] < one["value"] < one["high"], words(one)
        assert one["low"] <= value(run, next(b for b in judged(run) if b.text == one["budget"])) <= one["high"]
        assert 0 <= one["warm_up_s"] <= 180 == one["window_s"] / 2
    assert [one["method"] for one in found[:4]] == ["sectioning", "batch means", "batch means", "batch means"]
    short = simulated(duration_s=120)
    said = words(estimates(short, [short], None)[2])
    assert "values are too few for batches; they need 200; ask for --replications 5 or more." in said


def with_backlogs(folder: Path, backlogs: np.ndarray, run: Run) -> Run:
    """Write a run of seconds with these backlogs at its station."""
    window = Window(from_s=0.0, to_s=len(backlogs))
    header = run.header.model_copy(update={"duration_s": len(backlogs), "measurement": window})
    with RunWriter.create(folder, header) as writer:
        loads = ({"web": StationLoad(0.5, float(backlog))} for backlog in backlogs)
        writer.counters(Counters(float(second), 1.0, stations=load) for second, load in enumerate(loads))
    return Run.open(folder)


def test_the_warm_up_is_cut_off_and_told_in_seconds(simulated: Made, tmp_path: Path) -> None:
    rng = np.random.default_rng(4)
    backlogs = rng.exponential(3, 600) + np.where(np.arange(600) < 60, 40.0, 0.0)
    run = with_backlogs(tmp_path / "warm", backlogs, simulated())
    ((name, found),) = steady_backlogs(run)
    cut = mser_5(backlogs).cut
    assert (name, found.warm_up_s, found.window_s) == ("web", cut, 600.0)
    assert 60 <= cut < 120
    assert found.interval.low < 3 < found.interval.high
    assert found.interval.value == pytest.approx(backlogs[-400:].mean())  # what 200 parts of whole seconds hold


def test_a_backlog_that_grows_is_refused(simulated: Made, tmp_path: Path) -> None:
    run = with_backlogs(tmp_path / "grows", np.arange(600.0), simulated())
    ((_, found),) = steady_backlogs(run)
    assert (found.warm_up_s, found.interval.low) == (None, -math.inf)
    assert found.interval.why == "The series has not settled in its first half: simulate longer."


def test_a_run_without_a_good_step_has_no_warm_up_to_tell(made: Made) -> None:
    run = made(kind="simulated", failing=1.0, budgets=("all error_rate < 2%",), findings={})
    (found,) = estimates(run, [run], None)
    assert words(found) == (
        "all error_rate < 2%: 100 %; no interval: No step ended well, so that no warm-up can be found; "
        "ask for --replications 5 or more."
    )


def test_the_page_shows_the_estimates_beside_the_verdict(simulated: Made) -> None:
    run = simulated()
    found = estimates(run, [simulated(), simulated()], None)
    merge_findings(run.folder, {"estimates": found})
    html = page(Run.open(run.folder), judge(run))
    assert html.index("Each budget, judged") < html.index("How sure the forecast is") < html.index("Demand: planned")
    assert "Student&#39;s t over replications" in html


def test_the_table_shows_values_intervals_and_reasons() -> None:
    known = {"budget": "a", "unit": "s", "value": 1.0, "low": 0.9, "high": 1.1, "level": 0.95, "samples": 5,
             "method": "m", "why": None}  # fmt: skip
    never = known | {"budget": "b", "value": None, "low": None, "high": None, "why": "never"}
    nothing = never | {"budget": "c", "samples": 0, "why": "no data"}
    rows = [[cell.text for cell in row] for row in tables.estimates([known, never, nothing]).rows]
    assert rows == [
        ["a", "1 s", "900 ms to 1.1 s", "95 %", "5", "m"],
        ["b", "not reached", "–", "95 %", "5", "never"],
        ["c", "–", "–", "95 %", "0", "no data"],
    ]
