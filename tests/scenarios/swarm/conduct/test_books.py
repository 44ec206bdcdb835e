"""The run that a coordinator writes: whole seconds at any moment, whoever is late or lost."""

from datetime import datetime
from types import SimpleNamespace

import numpy as np
import pytest

from cutover.base.clock import SECOND_NS, VIETNAM
from reports.budgets import read_budgets
from reports.gate import judge
from reports.run import Run
from reports.summary import Summary
from scenarios.run_header import measured_header
from scenarios.scenario import read_scenario
from scenarios.sessions import Sessions
from scenarios.swarm.conduct.books import Books
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
def stage(scenario_file, tmp_path):
    scenario = read_scenario(scenario_file())
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
    assert said[29] == "error storm: 300 of 300 steps in 30 s were not ok"


def test_the_window_moves_with_the_pace(stage):
    stage.books.close("complete", [ONE], SHARES, Pace([(2 * SECOND_NS, 0.5)]))
    header = Run.open(stage.folder).header
    assert (header.duration_s, header.measurement.to_s) == (10.0, 10.0)


def test_the_live_figures_rank_what_is_open_or_not_ok_as_late(stage):
    stage.books.report(ONE, 2, second(0, ok=90, failed=10))
    figures = stage.books.live.figures(1.0)
    assert figures["steps"] == {"sent": 0, "outcomes": {"failed": 10, "ok": 90}}
    assert figures["last"]["response_s"]["p90"] == pytest.approx(1e-6, rel=0.01)
    assert figures["last"]["response_s"]["p99"] is None
    budget = figures["budgets"][0]
    assert (budget["text"], budget["value"], budget["keeps"]) == ("all response p95 < 2s", None, False)
    stage.books.report(ONE, 2, second(1, ok=500, waiting=[["home", column(30_000), column(10)]]))
    figures = stage.books.live.figures(2.0)
    assert figures["budgets"][0]["keeps"] is True
    assert figures["last"]["response_s"]["p90"] == pytest.approx(1e-6, rel=0.01)
    assert figures["last"]["response_s"]["p99"] is None
    assert figures["budgets"][1] == {"text": "dossiers lost == 0", "value": None, "unit": "count", "keeps": None}


def test_locust_is_fed_each_seconds_responses(stage):
    stage.books.report(ONE, 2, second(0, ok=3, failed=1))
    assert [(line.step, line.outcome, line.histogram.count) for line in stage.fed] == [
        ("home", "ok", 3),
        ("home", "failed", 1),
    ]
