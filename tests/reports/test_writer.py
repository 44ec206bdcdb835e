import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import ValidationError

from cutover.base.errors import BadInput
from reports.counters import Counters
from reports.header import Header, Planned, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.receipts import Receipt
from reports.run import Run
from reports.writer import RunWriter, merge_findings

HEADER = Header(
    kind="measured",
    scenario="go-live",
    scenario_hash="abc",
    title="Go-live",
    seed=7,
    started=datetime(2025, 7, 1, tzinfo=UTC),
    duration_s=60,
    interval_s=1,
    measurement=Window(from_s=0, to_s=60),
    steps=("home",),
    planned=Planned(sessions=100),
)
ROOT = Path(__file__).parents[2]

# plays for ever, as fast as it can: each second is recorded, written, and only then told
ENDLESS = """
import sys
from pathlib import Path
from reports.header import Header
from reports.receipts import Receipt
from reports.recorder import Recorder
from reports.writer import RunWriter

writer = RunWriter.create(Path(sys.argv[1]), Header.model_validate_json(sys.argv[2]))
recorder = Recorder(1.0)
second = 0
while True:
    for step in range(100):
        intended_ns = second * 10**9 + step * 10**7
        recorder.offered("home", intended_ns)
        recorder.step("home", "ok", step, 0, intended_ns, intended_ns, intended_ns + 5_000_000)
    second += 1
    closed = recorder.drain(second)
    writer.latencies(closed.latencies)
    writer.counters(closed.counters)
    writer.receipts([Receipt(second, 1, "submit", f"key-{second}", f"R{second}", "d")])
    writer.event(second, "second ended")
    print(second, flush=True)
"""


def test_all_that_is_written_is_read(tmp_path: Path) -> None:
    lines = [Line("home", "ok", "response", 0.0, 1.0, Histogram.of({5: 2}))]
    counters = [Counters(0.0, 1.0, planned=3, started=2), Counters(0.0, 1.0, started=1), Counters(1.0, 1.0)]
    receipts = [Receipt(9, 1, "submit", "k"), Receipt(9, 1, "submit", "k", "R", "d")]
    with RunWriter.create(tmp_path / "runs" / "a", HEADER) as writer:
        writer.latencies(lines)
        writer.latencies(lines)
        writer.counters(counters)
        writer.event(1.5, "worker joined", worker="w1")
        writer.receipts(receipts)
        merge_findings(writer.folder, {"forecast": {"p95_s": 1.5}})
        writer.update_header(achieved={"sessions": 3})
    run = Run.open(tmp_path / "runs" / "a")
    assert run.header == HEADER.model_copy(update={"state": "complete", "achieved": {"sessions": 3}})
    assert run.latencies == (*lines, *lines)
    assert run.counters == (Counters(0.0, 1.0, planned=3, started=3), Counters(1.0, 1.0))
    assert run.events == ({"t": 1.5, "event": "worker joined", "worker": "w1"},)
    assert run.receipts == tuple(receipts)
    assert run.findings == {"forecast": {"p95_s": 1.5}}


def test_every_file_begins_with_its_schema(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "a", HEADER) as writer:
        merge_findings(writer.folder, {"part": 1})
    files = {path.name: path.read_text() for path in (tmp_path / "a").iterdir() if path.name != ".lock"}
    assert files.pop("latency.hlog").startswith("# schema = 1\n")
    assert set(files) == {"run.json", "findings.json", "counters.jsonl", "events.jsonl", "receipts.jsonl"}
    assert all(text.replace(" ", "").replace("\n", "").startswith('{"schema":1') for text in files.values())


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is there already; name another folder"):
        RunWriter.create(tmp_path, HEADER)
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_running_while_its_writer_lives(tmp_path: Path) -> None:
    writer = RunWriter.create(tmp_path / "a", HEADER)
    assert Run.open(tmp_path / "a").state == "running"
    writer.close("complete")
    assert Run.open(tmp_path / "a").state == "complete"
    writer.close("interrupted")
    assert Run.open(tmp_path / "a").state == "complete"


def test_an_exception_leaves_an_interrupted_run(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), RunWriter.create(tmp_path / "a", HEADER):
        raise KeyboardInterrupt
    assert json.loads((tmp_path / "a" / "run.json").read_text())["state"] == "interrupted"


def test_findings_are_merged_by_part(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "a", HEADER) as writer:
        merge_findings(writer.folder, {"a": 1, "b": {"x": 1}})
        merge_findings(writer.folder, {"b": {"y": 2}})
    merge_findings(tmp_path / "a", {"c": "Đà Nẵng"})
    assert Run.open(tmp_path / "a").findings == {"a": 1, "b": {"y": 2}, "c": "Đà Nẵng"}


def test_a_finding_that_cannot_be_written_leaves_the_old_ones(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "a", HEADER) as writer:
        merge_findings(writer.folder, {"a": 1})
        with pytest.raises(ValueError, match="not JSON compliant"):
            merge_findings(writer.folder, {"b": float("nan")})
    assert Run.open(tmp_path / "a").findings == {"a": 1}


def test_a_header_is_never_replaced_by_a_wrong_one(tmp_path: Path) -> None:
    with RunWriter.create(tmp_path / "a", HEADER) as writer:
        for change in ({"state": "fine"}, {"stat": "complete"}):
            with pytest.raises(ValidationError):
                writer.update_header(**change)
        assert writer.header == HEADER
        assert Run.open(tmp_path / "a").header == HEADER


def test_a_crash_while_a_header_is_written_leaves_the_one_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = RunWriter.create(tmp_path / "a", HEADER)

    def crash(_descriptor: int) -> None:
        raise OSError("no space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="no space"):
            writer.update_header(validity=("A worker was lost.",))
    assert Run.open(tmp_path / "a").header == HEADER
    writer.close("complete")


def test_a_killed_writer_leaves_an_interrupted_run_with_all_finished_intervals(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    command = [sys.executable, "-c", ENDLESS, str(folder), HEADER.to_json()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        told = [process.stdout.readline() for _ in range(20)]
        assert Run.open(folder).state == "running"
        process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    run = Run.open(folder)
    assert run.state == run.header.state == "interrupted"
    finished = len(told)
    assert finished >= 20
    starts_s = [line.start_s for line in run.lines("response")]
    assert starts_s == [float(second) for second in range(len(starts_s))]
    assert len(starts_s) in (finished, finished + 1)
    assert run.histogram("response").count == 100 * len(starts_s)
    assert {(line.offered, line.sent, line.ended("ok")) for line in run.counters} == {(100, 100, 100)}
    for written in (run.counters, run.receipts, run.events):
        assert len(written) in (finished, finished + 1)
    assert run.window == Window(from_s=0, to_s=min(60, len(run.counters)))
