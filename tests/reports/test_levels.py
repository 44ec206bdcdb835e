"""Levels of a load: which held, which broke the rule first, and what is not known yet."""

import pytest

from reports.buckets import index_of
from reports.budgets import read_budgets
from reports.counters import Counters
from reports.histogram import Histogram
from reports.hlog import Line
from reports.levels import Level, Levels, table

LEVELS = (Level(0.0, 5.0, 10.0), Level(5.0, 10.0, 20.0), Level(10.0, 15.0, 30.0))
MS = 1_000_000


def rule(*texts):
    return read_budgets(texts, ("home", "pay"))


def line(second, count, *, took_ms=100, outcome="ok", step="home", kind="response"):
    return Line(step, outcome, kind, float(second), 1.0, Histogram.of({index_of(took_ms * MS): count}))


def offered(second, count, step="home", length_s=1.0):
    return Counters(float(second), length_s, started=count, offered_by_step={step: count})


def filled(*rules, failing=0.0, levels=LEVELS):
    """Ten steps a second at the first level, of the second a share fails."""
    found = Levels(levels, rule(*rules))
    for second in range(15):
        wrong = round(10 * failing) if 5 <= second < 10 else 0
        found.counters([offered(second, 10)])
        found.lines([line(second, 10 - wrong)] if wrong < 10 else [])
        found.lines([line(second, wrong, outcome="failed")] if wrong else [])
    return found


def test_a_level_is_judged_when_it_is_over_and_not_before():
    found = filled("all error_rate <= 5%", failing=0.1)
    assert found.broken(4.0) is None
    assert found.broken(9.9) is None
    assert found.broken(10.0) == 1
    assert found.until_s(1) == 10.0
    assert filled("all error_rate <= 5%").broken(15.0) is None
    assert filled("all error_rate <= 10%", failing=0.1).broken(15.0) is None


def test_what_is_told_names_the_last_load_that_held():
    told = filled("all error_rate <= 5%", failing=0.1).told("stress …", 11.0, 10.0)
    assert told["held_per_s"] == 10.0
    assert told["broke_per_s"] == 20.0
    assert [(row["per_s"], row["held"], row["error_share"], row["steps"]) for row in told["levels"]] == [
        (10.0, True, 0.0, 50),
        (20.0, False, 0.1, 50),
    ]
    assert told["levels"][1]["breaches"] == [{"budget": "all error_rate <= 5%", "value": 0.1, "unit": "share"}]
    words = "10/s was the last load that held; at 20/s, all error_rate <= 5% was broken with 10 %."
    assert told["words"] == words
    assert table(told) == [
        "stress …",
        "  load  started  steps  errors          p99",
        "  10/s     10/s     50     0 %       100 ms   held",
        "  20/s     10/s     50    10 %  not reached  broke",
        words,
    ]


def test_nothing_held_or_nothing_broke_is_said_so():
    first = filled("all response p95 < 50ms").told("stress …", 15.0)
    assert first["held_per_s"] is None
    assert first["words"].startswith(
        "No level held: at the first, 10/s, all response p95 < 50ms was broken with 100 ms"
    )
    none = filled("all error_rate <= 5%").told("stress …", 15.0)
    assert (none["held_per_s"], none["broke_per_s"]) == (30.0, None)
    assert none["words"] == "All 3 levels played held; the greatest load was 30/s. It did not come to its limit."
    assert filled("all error_rate <= 5%").told("stress …", 3.0)["words"] == "No level was over when the run ended."


def test_a_load_without_a_rule_is_told_without_a_judgement():
    told = filled(failing=0.5).told("staircase …", 15.0)
    assert [row["held"] for row in told["levels"]] == [None, None, None]
    assert told["words"] == "3 of 3 levels were played."
    assert not filled().has_rule


def test_open_steps_count_as_late_as_they_are_and_as_no_error():
    found = Levels(LEVELS, rule("all response p95 < 2s", "all error_rate <= 5%"))
    for second in range(5):
        found.counters([offered(second, 10)])
        found.lines([line(second, 9)])
    assert found.broken(5.0) is None  # five are open since a moment
    assert found.broken(6.9) is None
    assert found.broken(7.1) == 0  # they are more than 2 s late by now
    found.lines([line(4, 5, took_ms=800)])  # news that comes late counts
    assert found.broken(7.1) is None


def test_what_the_end_of_the_run_left_open_is_no_error():
    found = Levels(LEVELS, rule("all error_rate <= 5%"))
    found.counters([offered(0, 10)])
    found.lines([line(0, 5), line(0, 5, outcome="unfinished", took_ms=4000)])
    told = found.told("stress …", 6.0)
    assert told["levels"][0]["error_share"] == 0.0
    assert told["levels"][0]["p99_s"] == pytest.approx(4.0, rel=1e-3)


@pytest.mark.parametrize("outcome", ["failed", "timed_out", "rejected", "blocked", "abandoned", "skipped"])
def test_every_other_outcome_is_an_error(outcome):
    found = Levels(LEVELS, rule("all error_rate <= 5%"))
    found.counters([offered(0, 10)])
    found.lines([line(0, 9), line(0, 1, outcome=outcome), line(0, 1, outcome=outcome, kind="service")])
    assert found.broken(5.0) == 0


def test_a_rule_may_be_of_one_step_and_of_the_service_latency():
    found = Levels(LEVELS, rule("pay service p95 < 1s"))
    found.counters([offered(0, 10), offered(0, 2, "pay")])
    found.lines([line(0, 10, took_ms=5000), line(0, 10, took_ms=5000, kind="service")])
    found.lines([line(0, 2, step="pay", took_ms=5000), line(0, 2, step="pay", took_ms=100, kind="service")])
    assert found.broken(5.0) is None
    found.counters([offered(5, 1, "pay")])
    found.lines([line(5, 1, step="pay", took_ms=2000), line(5, 1, step="pay", took_ms=2000, kind="service")])
    assert found.broken(10.0) == 1


def test_intervals_that_reach_over_an_edge_belong_to_no_level():
    found = Levels((Level(0.0, 2.5, 1.0), Level(2.5, 5.0, 2.0)), rule("all error_rate <= 5%"))
    for second in range(5):
        found.counters([offered(second, 10)])
        found.lines([line(second, 10, outcome="failed" if second == 2 else "ok")])
    assert [row["steps"] for row in found.told("…", 5.0)["levels"]] == [20, 20]
    assert found.broken(5.0) is None


def test_a_level_without_steps_neither_holds_nor_breaks():
    told = Levels(LEVELS, rule("all error_rate <= 5%")).told("…", 15.0)
    assert [row["held"] for row in told["levels"]] == [None, None, None]
    assert table(told)[2].split() == ["10/s", "–", "0", "–", "–"]


def test_a_level_that_was_cut_short_is_told_with_what_is_known_of_it():
    told = filled("all error_rate <= 5%", failing=0.9).told("…", 8.2, 8.0)
    assert [(row["per_s"], row["held"]) for row in told["levels"]] == [(10.0, True), (20.0, False)]


def test_several_replications_add_up_and_rates_are_of_one():
    found = Levels(LEVELS[:1], (), replications=2)
    for _ in range(2):
        found.counters(offered(second, 10) for second in range(5))
        found.lines(line(second, 10) for second in range(5))
    (row,) = found.told("…", 5.0)["levels"]
    assert (row["steps"], row["started_per_s"]) == (100, 10.0)


def test_a_level_without_data_on_the_rule_neither_holds_nor_breaks():
    """Home is offered at all levels, what the rule is of only at the first."""
    found = filled("pay response p95 < 1s")
    found.counters([offered(0, 5, "pay")])
    found.lines([line(0, 5, step="pay")])
    told = found.told("staircase …", 15.0)
    assert [row["held"] for row in told["levels"]] == [True, None, None]
    assert (told["held_per_s"], told["broke_per_s"]) == (10.0, None)
    assert told["words"] == (
        "10/s was the last load that held; none broke the rule. "
        "Of 2 of 3 levels nothing is known: they offered no step of the rule's."
    )


def test_the_last_load_that_held_is_not_one_that_nothing_is_known_of():
    found = filled("pay error_rate <= 5%")
    for second, outcome in ((0, "ok"), (10, "failed")):
        found.counters([offered(second, 5, "pay")])
        found.lines([line(second, 5, step="pay", outcome=outcome)])
    told = found.told("staircase …", 15.0)
    assert (told["held_per_s"], told["broke_per_s"]) == (10.0, 30.0)
    assert told["words"].startswith("10/s was the last load that held; at 30/s, pay error_rate <= 5% was broken with ")
    assert " Of 1 of 3 levels nothing is known" in told["words"]
