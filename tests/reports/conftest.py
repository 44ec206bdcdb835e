"""Runs made with the real writer and recorder from random data, for all that reads one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from reports.counters import Counters, StationLoad
from reports.header import Header, State, Window
from reports.recorder import Recorder
from reports.run import Run
from reports.writer import RunWriter, merge_findings

STEPS = ("home", "search", "sign_in", "submit", "pay")
BUDGETS = (
    "all response p95 < 1s",
    "submit response p95 < 2s",
    "all error_rate < 2%",
    "all goodput >= 5/s",
    "portal utilisation mean < 90%",
    "dossiers lost == 0",
)
RECONCILED: Mapping[str, Any] = {
    "submitted": 40,
    "receipted": 40,
    "matched": 40,
    "unseen": [],
    "lost": [],
    "altered": [],
    "duplicated": [],
    "foreign": [],
    "fails": False,
}


@dataclass(frozen=True)
class Play:
    """What a made-up run holds: steps at a steady rate, lognormal responses, a share of failures."""

    kind: str = "measured"
    duration_s: int = 40
    steps_per_s: float = 20.0
    mean_s: float = 0.1
    failing: float = 0.0
    failure: str = "failed"
    lag_s: float = 0.002
    cpu: float = 0.3
    target_cpu: float | None = 0.5
    planned: int | None = None
    budgets: tuple[str, ...] = BUDGETS
    steps: tuple[str, ...] = STEPS
    validity: tuple[str, ...] = ()
    findings: Mapping[str, Any] = field(default_factory=lambda: {"reconciliation": RECONCILED})
    stations: tuple[str, ...] = ()
    servers: tuple[float | None, ...] = (None,)
    """Of every station, by second, again and again; runs of before did not say how many."""
    returns: tuple[int, int] = (0, 0)
    """Visits of who came back, and reloads, in each second."""
    state: State = "complete"
    stop_s: float | None = None
    title: str = "A rehearsal that a test made up"
    slow: tuple[float, float, float] = (0.0, 0.0, 1.0)
    """From when to when, seconds, answers take so many times as long."""
    starts: datetime | None = None
    warp: float = 1.0
    events: tuple[Mapping[str, Any], ...] = ()


def header_of(play: Play, planned: int) -> Header:
    return Header(
        kind=play.kind,
        scenario="made-up",
        scenario_hash="0123456789abcdef",
        title=play.title,
        seed=7,
        communes="synthetic allocation",
        plan="stand-in" if play.kind == "simulated" else None,
        versions={"cutover": "0.1.0", "python": "3.12"},
        machine={"cpu": "a test's CPU", "cores": 2},
        protocol="HTTP/1.1" if play.kind == "measured" else None,
        started=datetime(2026, 11, 21, 9, 0, tzinfo=UTC),
        starts=play.starts,
        warp=play.warp,
        duration_s=play.duration_s,
        interval_s=1.0,
        measurement=Window(from_s=play.duration_s // 4, to_s=play.duration_s),
        steps=play.steps,
        budgets=play.budgets,
        planned={"sessions": planned},
        validity=play.validity,
        target="http://127.0.0.1:8000" if play.kind == "measured" else None,
    )


def play_steps(play: Play, recorder: Recorder, rng: np.random.Generator) -> int:
    """Record steps at Poisson instants up to where the run stops; return the sessions planned."""
    stop_s = play.duration_s if play.stop_s is None else play.stop_s
    instants = np.sort(rng.uniform(0, play.duration_s, rng.poisson(play.steps_per_s * play.duration_s)))
    for number, instant_s in enumerate(instants[instants < stop_s]):
        step = play.steps[number % len(play.steps)]
        slow = 1 + number % len(play.steps)
        intended_ns = int(instant_s * 1e9)
        sent_ns = intended_ns + int(rng.exponential(play.lag_s) * 1e9)
        took_s = rng.lognormal(np.log(play.mean_s * slow / 3), 0.5)
        end_ns = sent_ns + int(took_s * (play.slow[2] if play.slow[0] <= instant_s < play.slow[1] else 1.0) * 1e9)
        if step == play.steps[0]:
            recorder.session(intended_ns)
        recorder.offered(step, intended_ns)
        outcome = play.failure if rng.random() < play.failing else "ok"
        recorder.step(step, outcome, number, number % len(play.steps), intended_ns, sent_ns, end_ns)
    return -(-len(instants) // len(play.steps))


def observed(play: Play, second: int, planned: int, rng: np.random.Generator) -> Counters:
    """Make the counters that a stage adds each second beside the recorder's own."""
    measured = play.kind == "measured"
    servers = play.servers[second % len(play.servers)]
    loads = {
        name: StationLoad(rng.beta(40, 20 + 20 * i), rng.exponential(3), servers)
        for i, name in enumerate(play.stations)
    }
    return Counters(
        second,
        1.0,
        planned=planned // play.duration_s + (second < planned % play.duration_s),
        cpu=play.cpu if measured else None,
        target_cpu_s=play.target_cpu * rng.uniform(0.9, 1.1) if measured and play.target_cpu else None,
        stations=loads,
        come_backs=play.returns[0],
        reloads=play.returns[1],
    )


def make_run(folder: Path, play: Play, seed: int = 1) -> Run:
    """Write a run folder and open it."""
    rng = np.random.default_rng(seed)
    recorder = Recorder(1.0)
    sessions = play_steps(play, recorder, rng)
    planned = sessions if play.planned is None else play.planned
    for second in range(int(play.duration_s if play.stop_s is None else play.stop_s)):
        recorder.add(observed(play, second, planned, rng))
    writer = RunWriter.create(folder, header_of(play, planned))
    closed = recorder.drain()
    writer.latencies(closed.latencies)
    writer.counters(closed.counters)
    for event in play.events:
        writer.event(**event)
    merge_findings(writer.folder, play.findings)
    writer.close(play.state)
    return Run.open(folder)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Run]:
    """Return a function that makes a run from the fields of `Play`."""
    runs: list[Run] = []

    def make(**fields: Any) -> Run:
        runs.append(make_run(tmp_path / f"run-{len(runs)}", Play(**fields), seed=1 + len(runs)))
        return runs[-1]

    return make
