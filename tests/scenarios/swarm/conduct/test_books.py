"""The run that a coordinator writes: whole seconds at any moment, whoever is late or lost."""

from dataclasses import replace
from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from cutover.base.clock import SECOND_NS, VIETNAM
from reports.budgets import read_budgets
from reports.gate import judge
from reports.run import Run
from reports.summary import Summary
from scenarios.levels import levels_of, rule_of, under
from scenarios.run_header import measured_header
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct.books import Books, Ending
from scenarios.swarm.conduct.effects import Lost
from scenarios.swarm.conduct.gap import sessions_of
from scenarios.swarm.conduct.member import Member
from scenarios.swarm.generator.pace import Pace
from scenarios.swarm.shares import Shares
from scenarios.target import parse_target
from scenarios.volume import Volume

ONE, TWO = (Member(number, f"w{number}", "left", 0, 0) for number in (1, 2))
SHARES = Shares(((0, (1, 2)),))
VITAL = {
    "cpu": 0.25,
    "lag_p50_ns": 1e5,
    "lag_p99_ns": 1e5,
    "lag_max_ns": 1e5,
    "loop_max_ns": 1e5,
    "sockets": 1,
    "sockets_most": 100,
    "memory_bytes": 1,
    "memory_most": 100,
    "in_progress": 0,
}


@pytest.fixture
def stage(request, scenario_file, tmp_path):
    """Books of the small scenario, or of it under a load in words (the parameter)."""
    scenario = read_scenario(scenario_file())
    if request.function is test_a_budget_that_stops_ends_the_run_and_fails_it:
        budgets = (*scenario.file.budgets, "all error_rate < 10% for 5s stop")
        scenario = replace(scenario, file=scenario.file.model_copy(update={"budgets": budgets}))
    if hasattr(request, "param"):
        scenario = under(scenario, request.param)
    sessions = Sessions(scenario)

    def header(started, _):
        made = measured_header(scenario, Volume(1.0, 1.0), sessions, parse_target("http://127.0.0.1:1"))
        return made.model_copy(update={"started": started})

    brief = SimpleNamespace(
        folder=tmp_path / "run",
        scenario=scenario,
        sessions=sessions,
        header=header,
        storm=0.9,
        budgets=read_budgets(scenario.file.budgets, scenario.steps),
        levels=levels_of(scenario),
        rule=rule_of(scenario),
    )
    fed = []
    books = Books(brief, datetime(2025, 7, 1, 8, tzinfo=VIETNAM), fed.extend)
    yield SimpleNamespace(books=books, sessions=sessions, folder=brief.folder, fed=fed)
    books.close("interrupted", [ONE, TWO], SHARES, Pace())


def column(*values):
    return np.array(values, "<i4").tobytes()


def second(n, *, at=None, ok=2, failed=0, begun=(), ended=(), waiting=()):
    """Return what a generator tells of a second: steps `home` that took about a microsecond."""
    at = n if at is None else at
    outcomes = {name: count for name, count in (("ok", ok), ("failed", failed)) if count}
    offered = ok + failed + int(sum(np.frombuffer(counts, "<i4").sum() for _, _, counts in waiting))
    counted = {"t": n, "started": len(begun), "offered": {"home": offered}, "outcomes": {"home": outcomes}}
    return {
        "kind": "second",
        "n": n,
        "lines": [["home", name, "response", at, column(1000), column(count)] for name, count in outcomes.items()],
        "counters": [counted],
        "begun": list(begun),
        "ended": list(ended),
        "open": list(waiting),
        "in_progress": 0,
        "connections": [["127.0.0.1", "http/1.1", 2]],
        "vital": VITAL,
    }


def never(_):
    return None


def write(stage, run_s, reported_s):
    return stage.books.write(int(run_s * SECOND_NS), int(reported_s * SECOND_NS), Pace(), never)


def test_a_second_is_written_when_all_have_reported_it_and_stands_if_nothing_more_comes(stage):
    stage.books.report(ONE, 2, second(0, begun=[1, 2]))
    write(stage, 1.2, 0)
    assert Run.open(stage.folder).counters == ()
    stage.books.report(TWO, 2, second(0, begun=[3]))
    write(stage, 1.3, 1)
    run = Run.open(stage.folder)
    (counters,) = run.counters
    assert (counters.started, counters.offered, counters.cpu) == (3, 4, 0.25)
    assert counters.planned == sum(1 for _ in stage.sessions.window(0.0, 1.0))
    assert run.histogram("response", "home").count == 4
    assert [(each.worker, each.t, each.cores) for each in run.workers] == [(1, 0.0, 2), (2, 0.0, 2)]
    assert stage.books.planned == counters.planned


def test_a_worker_that_is_late_holds_it_up_for_5_seconds_and_its_lines_add_up(stage):
    stage.books.report(ONE, 2, second(0))
    write(stage, 5.9, 0)
    assert Run.open(stage.folder).counters == ()
    write(stage, 6.1, 0)
    assert Run.open(stage.folder).counters[0].offered == 2
    stage.books.report(TWO, 2, second(0))
    stage.books.report(TWO, 2, second(1, at=0))
    write(stage, 7.1, 2)
    run = Run.open(stage.folder)
    assert run.counters[0].offered == 4
    assert run.histogram("response", "home").count == 6


def test_a_lost_worker_is_written_at_once_and_what_it_left_out_is_skipped_at_the_end(stage):
    stage.books.report(ONE, 2, second(0, begun=[7]))
    lost = Lost(1, SECOND_NS, SECOND_NS, 5 * SECOND_NS, (7,), "it was not heard")
    shares = SHARES.without(1, lost.moved_ns)
    stage.books.lost(lost, ONE, shares, Pace())
    missed = [session for session, _ in sessions_of(1, SECOND_NS, 5 * SECOND_NS, stage.sessions, shares, Pace())]
    run = Run.open(stage.folder)
    (event,) = run.events
    assert event["in_progress"] == [7]
    assert event["not_started"] == [session.number for session in missed]
    assert missed
    finding = (
        f"Worker 1 on left was lost at 1.0 s (it was not heard): 1 sessions in progress, and {len(missed)} planned "
        "from 1.0 s to 5.0 s, were not played as planned."
    )
    assert run.header.validity == (finding,)
    stage.books.close("complete", [ONE, TWO], shares, Pace())
    closed = Run.open(stage.folder)
    assert Summary.of(closed).all.outcomes["skipped"] == len(missed)
    assert judge(closed).verdict == "invalid"


def test_what_a_worker_reports_after_all_when_it_is_back_is_not_counted_twice(stage):
    lost = Lost(1, SECOND_NS, SECOND_NS, 5 * SECOND_NS, (), "it was not heard")
    stage.books.lost(lost, ONE, SHARES, Pace())
    back = Member(1, "w1", "left", 0, 0, reported_ns=6 * SECOND_NS)
    stage.books.close("complete", [back, TWO], SHARES, Pace())
    assert "skipped" not in Summary.of(Run.open(stage.folder)).all.outcomes


def test_receipts_events_and_samples_are_kept(stage):
    receipt = {"session": 1, "visit": 1, "step": "submit", "key": "k", "receipt": None, "digest": None}
    stage.books.report(ONE, 2, {"kind": "receipts", "receipts": [receipt]})
    stage.books.report(ONE, 2, {"kind": "event", "t": 0.5, "event": "step failed", "step": "home"})
    about = {"why": "failing", "step": "home", "outcome": "failed", "t": 61.0}
    entry = {"startedDateTime": "2025-07-01T08:01:01+07:00", "time": 3.0, "_cutover": about}
    stage.books.report(ONE, 2, {"kind": "sample", "entry": entry})
    stage.books.close("complete", [ONE], SHARES, Pace())
    run = Run.open(stage.folder)
    assert run.receipts[0].key == "k"
    assert run.events == ({"t": 0.5, "event": "step failed", "worker": 1, "step": "home"},)
    assert '"time": 3.0' in (stage.folder / "samples" / "0001.har").read_text(encoding="utf-8")


def test_connections_are_told_by_address_and_protocol_and_what_browsers_would_use(stage):
    stage.books.report(ONE, 2, second(0))
    stage.books.report(TWO, 2, second(0))
    stage.books.report(ONE, 2, {"kind": "event", "t": 0.1, "event": "h2 not used", "protocol": "http/1.1"})
    stage.books.close("complete", [ONE, TWO], SHARES, Pace())
    run = Run.open(stage.folder)
    assert run.header.protocol == "http/1.1"
    told = run.findings["connections"]
    assert told["opened"] == [{"address": "127.0.0.1", "protocol": "http/1.1", "opened": 4}]
    assert "play it with --http2" in told["finding"]


def test_a_cast_that_is_too_small_is_a_finding_once(stage):
    for at in (0.5, 0.6):
        stage.books.report(ONE, 2, {"kind": "event", "t": at, "event": "cast short", "session": 1})
    assert len(Run.open(stage.folder).header.validity) == 1


def test_an_error_storm_asks_for_a_stop(stage):
    said = []
    for n in range(31):
        stage.books.report(ONE, 2, second(n, ok=0, failed=10))
        said.append(write(stage, n + 1.2, n + 1))
    assert said[:29] == [None] * 29
    assert said[29] == Ending("error storm: 300 of 300 steps in 30 s were not ok")


STRESS = "stress from 1/s to 3/s by 1/s every 5s until error_rate > 10%"


@pytest.mark.parametrize("stage", [STRESS], indirect=True)
def test_a_load_ends_at_the_first_level_that_breaks_its_rule_and_the_run_is_complete(stage):
    said = []
    for n in range(10):
        stage.books.report(ONE, 2, second(n, ok=4, failed=n in (2, 6, 7, 8)))
        said.append(write(stage, n + 1.2, n + 1))
    assert said[:9] == [None] * 9  # 1 of 21 steps failed at the first level, and the second was not over
    words = "1/s was the last load that held; at 2/s, all error_rate <= 10% was broken with 13 %."
    assert said[9] == Ending(words, is_by_rule=True)
    stage.books.close("complete", [ONE], SHARES, Pace())
    run = Run.open(stage.folder)
    assert (run.state, run.header.measurement.to_s, run.header.duration_s) == ("complete", 10.0, 10.2)
    assert run.header.planned.sessions == sum(1 for _ in stage.sessions.window(0.0, 10.2))
    assert run.header.load == STRESS
    assert run.findings["load"]["held_per_s"] == 1.0
    assert [row["held"] for row in run.findings["load"]["levels"]] == [True, False]


@pytest.mark.parametrize("stage", ["stress from 1/s to 2/s by 1/s every 60s until error_rate > 10%"], indirect=True)
def test_a_storm_ends_a_load_with_a_rule_in_the_middle_of_a_level(stage):
    for n in range(30):
        stage.books.report(ONE, 2, second(n, ok=0, failed=10))
        ending = write(stage, n + 1.2, n + 1)
    assert ending == Ending("error storm: 300 of 300 steps in 30 s were not ok", is_by_rule=True)
    stage.books.close("complete", [ONE], SHARES, Pace())
    told = Run.open(stage.folder).findings["load"]
    assert [(row["held"], row["error_share"]) for row in told["levels"]] == [(False, 1.0)]
    assert told["words"].startswith("No level held: at the first, 1/s,")


@pytest.mark.parametrize("stage", [STRESS], indirect=True)
def test_at_another_pace_no_level_is_judged(stage):
    pace = Pace([(SECOND_NS, 2.0)])
    for n in range(10):
        stage.books.report(ONE, 2, second(n, failed=5))
        assert stage.books.write((n + 1) * SECOND_NS, (n + 1) * SECOND_NS, pace, never) is None
    stage.books.close("complete", [ONE], SHARES, pace)
    assert "load" not in Run.open(stage.folder).findings


@pytest.mark.parametrize("stage", ["staircase 1/s to 2/s in 2 steps of 3s"], indirect=True)
def test_levels_without_a_rule_are_told_when_all_are_over(stage):
    for n in range(6):
        stage.books.report(ONE, 2, second(n, failed=5))
        assert write(stage, n + 1.2, n + 1) is None
    stage.books.close("complete", [ONE], SHARES, Pace())
    run = Run.open(stage.folder)
    assert [(row["per_s"], row["steps"]) for row in run.findings["load"]["levels"]] == [(1.0, 21), (2.0, 21)]
    assert run.header.duration_s == 6.0


def test_the_window_moves_with_the_pace(stage):
    stage.books.close("complete", [ONE], SHARES, Pace([(2 * SECOND_NS, 0.5)]))
    header = Run.open(stage.folder).header
    assert (header.duration_s, header.measurement.to_s) == (10.0, 10.0)


def test_the_live_figures_leave_wrong_answers_out_and_count_open_steps_as_late_as_they_are(stage):
    stage.books.report(ONE, 2, second(0, ok=90, failed=10))
    figures = stage.books.live.figures(1.0)
    assert figures["steps"] == {"sent": 0, "outcomes": {"failed": 10, "ok": 90}}
    assert figures["last"]["response_s"]["p99"] == pytest.approx(1e-6, rel=0.01)
    budget = figures["budgets"][0]
    assert (budget["text"], budget["value"], budget["keeps"]) == (
        "all response p95 < 2s",
        pytest.approx(1e-6, rel=0.01),
        True,
    )
    stage.books.report(ONE, 2, second(1, ok=90, waiting=[["home", column(33_000), column(20)]]))
    figures = stage.books.live.figures(2.0)
    late_s = figures["last"]["response_s"]["p99"]
    assert late_s > 2
    assert figures["last"]["response_s"]["p50"] == pytest.approx(1e-6, rel=0.01)
    budget = figures["budgets"][0]
    assert (budget["value"], budget["is_at_least"], budget["keeps"]) == (late_s, True, False)
    assert figures["budgets"][1] == {
        "text": "dossiers lost == 0",
        "value": None,
        "is_at_least": False,
        "unit": "count",
        "keeps": None,
    }


def test_what_nobody_watches_is_forgotten(stage):
    for n in range(40):
        stage.books.report(ONE, 2, second(n))
    live = stage.books.live
    assert len(live._last) == len(live._lines) == 11
    assert live.figures(40.0)["last"]["sent_per_s"] == 0.0


def test_a_budget_that_stops_ends_the_run_and_fails_it(stage):
    for n in range(8):
        stage.books.report(ONE, 2, second(n, ok=1, failed=1, begun=range(20 * n, 20 * n + 20)))
        ending = write(stage, n + 1.2, n + 1)
        if ending is not None:
            break
    assert (n, ending) == (4, Ending("a budget was breached for 5 s: all error_rate < 10% for 5s stop"))
    stage.books.event(n + 1.5, "run stopped", {"reason": ending.reason})
    stage.books.close("interrupted", [ONE], SHARES, Pace())
    run = Run.open(stage.folder)
    assert [event["event"] for event in run.events] == ["budget breached", "run stopped"]
    verdict = judge(run)
    assert not verdict.findings
    (judgement,) = [each for each in verdict.judgements if each.budget.stop_after_s is not None]
    assert (verdict.verdict, verdict.exit_code, judgement.verdict) == ("fail", 3, "fail")
    assert judgement.reason.startswith("It stopped the run: breached without a break for 5 s, 08:00:00 to 08:00:05. ")
    assert [(breach.window.from_s, breach.window.to_s) for breach in judgement.breaches] == [(0.0, 5.0)]
    others = judge(run, read_budgets(["all error_rate < 90%"], run.header.steps))
    assert (others.exit_code, len(others.judgements)) == (3, 2)


def test_locust_is_fed_each_seconds_responses(stage):
    stage.books.report(ONE, 2, second(0, ok=3, failed=1))
    assert [(line.step, line.outcome, line.histogram.count) for line in stage.fed] == [
        ("home", "ok", 3),
        ("home", "failed", 1),
    ]
