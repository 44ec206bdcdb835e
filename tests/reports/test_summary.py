import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reports.counters import Counters
from reports.header import Header, Planned, State, Window
from reports.recorder import Recorder
from reports.run import Run
from reports.summary import Arrivals, Summary
from reports.writer import RunWriter

MS = 1_000_000
HEADER = Header(
    kind="measured",
    scenario="go-live",
    scenario_hash="abc",
    title="Go-live",
    seed=7,
    started=datetime(2025, 7, 1, tzinfo=UTC),
    duration_s=4,
    interval_s=1,
    measurement=Window(from_s=1, to_s=3),
    steps=("home", "pay", "track"),
    planned=Planned(sessions=25),
)


def make(folder: Path, state: State = "complete", *, unrecorded: int = 0) -> Run:
    """Write a run; in its window 18 of 20 home steps are ok after 1 … 18 ms, and a payment times out after 30 ms."""
    recorder = Recorder(1.0)

    def play(step: str, outcome: str, intended_ms: int, response_ms: int) -> None:
        recorder.session(intended_ms * MS)
        recorder.offered(step, intended_ms * MS)
        sent_ns = (intended_ms * MS) + MS // 2
        recorder.step(step, outcome, 1, 0, intended_ms * MS, sent_ns, (intended_ms + response_ms) * MS)

    play("home", "ok", 999, 900)  # warm-up: not in the window
    for number in range(1, 19):
        play("home", "ok", 1000 + 100 * number, number)
    play("home", "failed", 1500, 1)
    play("home", "rejected", 1600, 1)
    play("pay", "timed_out", 2000, 30)
    play("home", "ok", 3000, 900)  # cool-down: not in the window
    for _ in range(unrecorded):
        recorder.offered("pay", 2500 * MS)
    writer = RunWriter.create(folder, HEADER)
    closed = recorder.drain()
    writer.latencies(closed.latencies)
    writer.counters([*closed.counters, Counters(3.0, 1.0)])
    writer.close(state)
    return Run.open(folder)


def test_wrong_answers_are_left_out_of_quantiles(tmp_path: Path) -> None:
    home = Summary.of(make(tmp_path / "run")).steps["home"]
    assert (home.offered, home.ok, home.error_rate) == (20, 18, 0.1)
    assert home.outcomes == {"ok": 18, "failed": 1, "rejected": 1}
    assert home.response
    assert (home.response.samples, home.response.ok_samples) == (18, 18)
    assert home.response.p50_s == pytest.approx(0.009, rel=1e-3)
    assert home.response.p95_s == home.response.p99_s == pytest.approx(0.018, rel=1e-3)
    assert home.response.at_least == ()
    assert home.response.mean_ok_s == pytest.approx(0.0095, rel=1e-3)
    assert home.response.max_ok_s == pytest.approx(0.018, rel=1e-3)
    assert home.service
    assert home.service.p50_s == pytest.approx(0.0085, rel=1e-3)


def test_all_steps_together(tmp_path: Path) -> None:
    summary = Summary.of(make(tmp_path / "run"))
    assert summary.all.outcomes == {"ok": 18, "failed": 1, "rejected": 1, "timed_out": 1}
    assert summary.all.ok_per_s == 9.0
    assert list(summary.steps) == ["home", "pay", "track", "all"]


def test_a_step_without_an_answer_took_at_least_as_long_as_was_waited(tmp_path: Path) -> None:
    pay = Summary.of(make(tmp_path / "run")).steps["pay"]
    assert pay.response
    assert (pay.response.samples, pay.response.ok_samples) == (1, 0)
    assert pay.response.p50_s == pytest.approx(0.030, rel=1e-3)
    assert pay.response.at_least == ("p50_s", "p90_s", "p95_s", "p99_s")
    assert pay.response.words("p50_s") == "at least 30 ms"
    assert pay.response.mean_ok_s is pay.response.max_ok_s is None
    assert pay.error_rate == 1.0


def test_a_step_that_was_never_offered_has_no_figures(tmp_path: Path) -> None:
    track = Summary.of(make(tmp_path / "run")).steps["track"]
    assert (track.offered, track.outcomes, track.ok_per_s) == (0, {}, 0.0)
    assert track.response is track.service is track.error_rate is None


@pytest.mark.parametrize("state", ["complete", "interrupted"])
def test_steps_whose_end_was_never_recorded_are_unfinished(tmp_path: Path, state: State) -> None:
    summary = Summary.of(make(tmp_path / "run", state, unrecorded=3))
    assert summary.state == state
    assert summary.steps["pay"].outcomes == {"timed_out": 1, "unfinished": 3}
    assert summary.all.offered == 24
    assert summary.all.response
    assert summary.all.response.samples == 22  # without the failed and the rejected one
    assert summary.all.response.p99_s == pytest.approx(1.0, rel=1e-3)  # open from 3 s, when the run was 4 s old
    assert "p99_s" in summary.all.response.at_least


def test_a_window_of_ones_own(tmp_path: Path) -> None:
    summary = Summary.of(make(tmp_path / "run"), Window(from_s=0, to_s=1))
    assert summary.all.outcomes == {"ok": 1}
    assert summary.window == Window(from_s=0, to_s=1)


def test_arrivals_are_of_the_whole_run(tmp_path: Path) -> None:
    summary = Summary.of(make(tmp_path / "run"))
    assert summary.arrivals == Arrivals(planned_sessions=25, started_sessions=23)
    assert summary.arrivals.achieved == 0.92
    assert Arrivals(0, 0).achieved is None


def test_an_empty_run_has_a_summary(tmp_path: Path) -> None:
    RunWriter.create(tmp_path / "run", HEADER).close("interrupted")
    summary = Summary.of(Run.open(tmp_path / "run"))
    assert summary.all.offered == 0
    assert summary.all.response is None
    assert summary.window.length_s == 0


def test_the_summary_is_plain_json(tmp_path: Path) -> None:
    made = Summary.of(make(tmp_path / "run")).to_dict()
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    arrivals = {"planned_sessions": 25, "started_sessions": 23, "come_backs": 0, "reloads": 0, "achieved": 0.92}
    assert made["arrivals"] == arrivals
    assert made["window"] == {"from_s": 1.0, "to_s": 3.0}
    home = made["steps"]["home"]
    assert (home["response"]["at_least"], home["response"]["samples"]) == ([], 18)
    assert made["steps"]["track"]["response"] is None


@pytest.mark.parametrize("interval_s", [1.0, 10.0])
def test_a_window_across_intervals_counts_whole_ones_and_divides_by_them(tmp_path: Path, interval_s: float) -> None:
    """Ten steps a second, all ok, seen through a window that no interval fits: nothing is unfinished or diluted."""
    window = Window(from_s=3.5, to_s=53.2)
    header = HEADER.model_copy(update={"duration_s": 60.0, "interval_s": interval_s, "measurement": window})
    recorder = Recorder(interval_s, counters_s=1.0)
    for number in range(600):
        at_ns = number * 100 * MS
        recorder.offered("home", at_ns)
        recorder.step("home", "ok", number, 0, at_ns, at_ns, at_ns + MS)
    with RunWriter.create(tmp_path / "run", header) as writer:
        closed = recorder.drain()
        writer.latencies(closed.latencies)
        writer.counters(closed.counters)
    found = Summary.of(Run.open(tmp_path / "run"))
    covered_s = 49.0 if interval_s == 1.0 else 40.0
    assert found.window.length_s == covered_s
    assert found.all.outcomes == {"ok": 10 * covered_s}
    assert found.all.ok_per_s == 10.0


def test_returns_are_told_beside_first_visits_where_there_were_any() -> None:
    assert Arrivals(10, 9).returns() is None
    assert Arrivals(10, 1200, 400, 5).returns() == (
        "visits: first 1,200, come back 400 (25 % of all); steps reloaded 5 times"
    )
    assert Arrivals(10, 9, reloads=3).returns() == "visits: first 9, come back 0 (0 % of all); steps reloaded 3 times"
