import shutil
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from reports.counters import Counters
from reports.header import Header, Planned, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.run import Run, free_folder
from reports.writer import RunWriter, merge_findings

HEADER = Header(
    kind="simulated",
    scenario="go-live",
    scenario_hash="abc",
    title="Go-live",
    seed=7,
    started=datetime(2025, 7, 1, tzinfo=UTC),
    duration_s=60,
    interval_s=1,
    measurement=Window(from_s=1, to_s=60),
    steps=("home", "pay"),
    planned=Planned(sessions=100),
)
LINES = tuple(
    Line(step, outcome, kind, start_s, 1.0, Histogram.of({bucket: 1}))
    for bucket, (step, outcome, kind, start_s) in enumerate(
        [
            ("home", "ok", "response", 0.0),
            ("home", "ok", "response", 1.0),
            ("home", "failed", "response", 1.0),
            ("home", "ok", "service", 1.0),
            ("pay", "ok", "response", 1.0),
            ("pay", "ok", "response", 2.0),
        ]
    )
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with RunWriter.create(tmp_path / "run", HEADER) as writer:
        writer.latencies(LINES)
        writer.counters([Counters(0.0, 1.0), Counters(1.0, 1.0)])
    return tmp_path / "run"


def test_lines_are_chosen_by_kind_step_outcome_and_window(folder: Path) -> None:
    run = Run.open(folder)
    window = Window(from_s=1, to_s=2)
    chosen: list[tuple[list[Line], list[int]]] = [
        (run.lines("response"), [0, 1, 2, 4, 5]),
        (run.lines("response", "home"), [0, 1, 2]),
        (run.lines("response", outcome="failed"), [2]),
        (run.lines("response", window=window), [1, 2, 4]),
        (run.lines("service", "home", "ok", window), [3]),
        (run.lines("service", "pay"), []),
    ]
    for lines, expected in chosen:
        assert lines == [LINES[index] for index in expected]


def test_a_histogram_adds_up_the_chosen_lines(folder: Path) -> None:
    run = Run.open(folder)
    assert run.histogram("response") == Histogram.of({0: 1, 1: 1, 4: 1, 5: 1})
    assert run.histogram("response", "home", None) == Histogram.of({0: 1, 1: 1, 2: 1})
    assert run.histogram("service", "pay").count == 0


def test_a_complete_run_is_judged_over_its_whole_window(folder: Path) -> None:
    assert Run.open(folder).window == HEADER.measurement


@pytest.mark.parametrize(
    ("lines", "counters", "expected"),
    [
        (LINES, (Counters(0.0, 1.0), Counters(1.0, 1.0)), Window(from_s=1, to_s=2)),
        (LINES, tuple(Counters(float(second), 1.0) for second in range(9)), Window(from_s=1, to_s=3)),
        (LINES[:1], (Counters(0.0, 1.0),), Window(from_s=1, to_s=1)),
        (LINES, (), Window(from_s=1, to_s=1)),
        ((), (), Window(from_s=1, to_s=1)),
    ],
    ids=["counters shorter", "latencies shorter", "warm-up only", "no counters", "nothing"],
)
def test_an_interrupted_run_is_judged_up_to_its_last_finished_interval(
    tmp_path: Path, lines: tuple[Line, ...], counters: tuple[Counters, ...], expected: Window
) -> None:
    writer = RunWriter.create(tmp_path / "run", HEADER)
    writer.latencies(lines)
    writer.counters(counters)
    writer.close("interrupted")
    assert Run.open(tmp_path / "run").window == expected


def test_a_copy_of_a_running_run_is_interrupted(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "run", HEADER):
        shutil.copytree(tmp_path / "run", tmp_path / "copy", ignore=shutil.ignore_patterns(".lock"))
        assert Run.open(tmp_path / "run").state == "running"
        assert Run.open(tmp_path / "copy").state == "interrupted"


def test_a_writer_that_finishes_while_it_is_looked_at_leaves_no_doubt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.create(tmp_path / "run", HEADER)

    def finish_and_let_go(_lock: Path) -> bool:
        writer.close("complete")
        return False

    monkeypatch.setattr("reports.run._is_held", finish_and_let_go)
    assert Run.open(tmp_path / "run").state == "complete"


def test_a_run_killed_before_its_files_were_made_is_empty(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(HEADER.to_json())
    run = Run.open(tmp_path)
    assert run.state == "interrupted"
    assert (run.latencies, run.counters, run.events, run.receipts, run.findings) == ((), (), (), (), {})


def test_all_lines_that_are_no_counters_are_named(folder: Path) -> None:
    path = folder / "counters.jsonl"
    path.write_text('{"schema":1}\n{"t":1}\n{"t":"x","length_s":1}\n')
    with pytest.raises(BadInput) as caught:
        _ = Run.open(folder).counters
    remedy = "restore the file, or remove the line"
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        f"{path}:2: line: is no line of counters.jsonl ('length_s'); {remedy}",
        f"{path}:3: line: is no line of counters.jsonl (could not convert string to float: 'x'); {remedy}",
    ]


@pytest.mark.parametrize(
    "line", ['{"session":1}', '{"session":1,"visit":1,"step":"s","key":null,"receipt":null,"digest":null}']
)
def test_a_line_that_is_no_receipt_is_named(folder: Path, line: str) -> None:
    (folder / "receipts.jsonl").write_text('{"schema":1}\n' + line + "\n")
    with pytest.raises(BadInput, match=r"receipts.jsonl:2: line: is no line of receipts.jsonl"):
        _ = Run.open(folder).receipts


def test_findings_that_cannot_be_read_are_refused(folder: Path) -> None:
    path = folder / "findings.json"
    for text, rule in (
        ("{", "is not a JSON object"),
        ('{"schema": 2}', "is newer than 1"),
        ("{}", "must be 1"),
    ):
        path.write_text(text)
        with pytest.raises(BadInput, match=rule):
            _ = Run.open(folder).findings


def test_new_findings_are_read_and_nothing_else_again(folder: Path) -> None:
    run = Run.open(folder)
    lines = run.latencies
    assert dict(run.findings) == {}
    merge_findings(folder, {"engine": "event"})
    fresh = run.with_new_findings()
    assert dict(fresh.findings) == {"engine": "event"}
    assert fresh.latencies is lines


def test_the_lines_of_another_log_are_appended_as_they_stand(folder: Path, tmp_path: Path) -> None:
    """A last line without its end was being written, and is left out."""
    with RunWriter.create(tmp_path / "sum", HEADER) as writer:
        for _ in range(2):
            writer.latencies_of(folder)
            with (folder / "latency.hlog").open("a") as log:
                log.write("Tag=home/ok/res")
    assert Run.open(tmp_path / "sum").latencies == LINES + LINES


def test_a_run_folder_is_named_by_utc_start_scenario_and_kind(tmp_path: Path) -> None:
    started = datetime(2025, 7, 1, 6, 30, 5, tzinfo=timezone(timedelta(hours=7)))
    names = []
    for _ in range(3):
        folder = free_folder(tmp_path, started, "go-live", "measured")
        folder.mkdir()
        names.append(folder.name)
    assert names == [f"20250630T233005Z-go-live-measured{suffix}" for suffix in ("", "-2", "-3")]
