"""A small run whose figures are known: steps of 5 ms, one after the other, over ten seconds."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from reports.header import Header, Planned, Window
from reports.recorder import Recorder
from reports.writer import RunWriter

SECONDS = 10


def steady_run(folder: Path, budgets: Sequence[str] = (), *, steps: int = 100, validity: Sequence[str] = ()) -> Path:
    """Write a measured run of so many steps `home`, each session's only one, and return its folder."""
    header = Header(
        kind="measured",
        scenario="made-up",
        scenario_hash="0",
        title="Made up",
        seed=1,
        started=datetime(2026, 11, 21, tzinfo=UTC),
        duration_s=SECONDS,
        interval_s=1,
        measurement=Window(from_s=0, to_s=SECONDS),
        steps=("home",),
        budgets=tuple(budgets),
        planned=Planned(sessions=steps),
        validity=tuple(validity),
    )
    recorder = Recorder(1.0)
    for number in range(steps):
        at_ns = number * (SECONDS * 10**9 // steps)
        recorder.session(at_ns)
        recorder.offered("home", at_ns)
        recorder.step("home", "ok", number, 0, at_ns, at_ns, at_ns + 5_000_000)
    with RunWriter.create(folder, header) as writer:
        closed = recorder.drain()
        writer.latencies(closed.latencies)
        writer.counters(closed.counters)
    return folder
