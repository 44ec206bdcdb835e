import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from distributed import LocalCluster

from cutover.base.errors import BadInput, InvalidRun
from scenarios.trials import Failure, OnEnd, Trial, ignore, run_trials, workers

ROOT = Path(__file__).parents[2]
PATIENCE_S = 15.0


@dataclass(frozen=True)
class Example:
    """A trial that does as it is told, and writes down each attempt with the process that made it."""

    folder: Path
    name: str
    does: str = "well"

    @property
    def result(self) -> Path:
        return self.folder / self.name

    @property
    def attempts(self) -> list[int]:
        path = self.folder / f"{self.name}.attempts"
        return [int(pid) for pid in path.read_text().split()] if path.exists() else []

    def is_done(self) -> bool:
        return self.result.exists()

    def play(self) -> None:
        with (self.folder / f"{self.name}.attempts").open("a") as file:
            file.write(f"{os.getpid()}\n")
        first = len(self.attempts) == 1
        if self.does == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.does == "hangs at first" and first:
            time.sleep(PATIENCE_S)
        if self.does == "fails":
            raise ValueError("it went wrong")
        if self.does != "leaves nothing":
            self.result.write_text("done")
        if self.does == "hangs after it is done" and first:
            time.sleep(PATIENCE_S)


class Ended:
    """Counts how often each trial was said to have ended."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, trial: Trial, _failure: Failure | None) -> None:
        self.names.append(trial.name)


def play(trials: Sequence[Trial], on_end: OnEnd = ignore, cluster: str | None = None) -> tuple[Failure, ...]:
    with workers(cluster) as found:
        return run_trials(trials, found, on_end)


def killing(*trials: Example) -> threading.Thread:
    """Kill the process of the first attempt at each trial, once it has begun and, if it can be, is done."""

    def kill() -> None:
        until = time.monotonic() + PATIENCE_S
        for trial in trials:
            while time.monotonic() < until:
                is_ready = trial.is_done() or trial.does != "hangs after it is done"
                if trial.attempts and is_ready and trial.attempts[0] != os.getpid():
                    os.kill(trial.attempts[0], signal.SIGKILL)
                    break
                time.sleep(0.01)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


@pytest.fixture(autouse=True)
def two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have two workers on any machine: with one, trials are played in this process."""
    monkeypatch.setattr(os, "cpu_count", lambda: 2)


def test_trials_that_are_done_are_not_played_again(tmp_path: Path) -> None:
    trials = [Example(tmp_path, str(number)) for number in range(5)]
    trials[3].result.write_text("done")
    ended = Ended()
    assert play(trials, ended) == ()
    assert sorted(ended.names) == ["0", "1", "2", "4"]
    assert [len(trial.attempts) for trial in trials] == [1, 1, 1, 0, 1]
    assert play(trials, ended) == ()
    assert len(ended.names) == 4


def test_a_trial_that_fails_is_told_and_the_rest_go_on(tmp_path: Path) -> None:
    kinds = ["well", "fails", "well", "leaves nothing", "well"]
    trials = [Example(tmp_path, str(number), does) for number, does in enumerate(kinds)]
    ended = Ended()
    failed, without = play(trials, ended)
    assert (failed.trial, failed.error) == ("1", "ValueError: it went wrong")
    assert "in play" in failed.trace
    assert without == Failure("3", "its result is not here: do all workers write to this folder?")
    assert sorted(ended.names) == ["0", "1", "2", "3", "4"]
    assert [trial.is_done() for trial in trials] == [True, False, True, False, True]


def test_a_worker_that_dies_here_costs_no_trial(tmp_path: Path) -> None:
    kinds = ["well", "hangs at first", "well", "well", "hangs after it is done", "well"]
    trials = [Example(tmp_path, str(number), does) for number, does in enumerate(kinds)]
    ended, killer = Ended(), killing(trials[1], trials[4])
    assert play(trials, ended) == ()
    killer.join()
    assert sorted(ended.names) == ["0", "1", "2", "3", "4", "5"]
    assert all(trial.is_done() for trial in trials)
    assert len(trials[1].attempts) == 2
    assert len(trials[4].attempts) == 1


def test_a_trial_that_kills_its_workers_is_told_and_the_rest_go_on(tmp_path: Path) -> None:
    trials = [Example(tmp_path, str(number), "dies" if number == 1 else "well") for number in range(6)]
    ended = Ended()
    assert play(trials, ended) == (Failure("1", "its worker died 3 times"),)
    assert sorted(ended.names) == ["0", "1", "2", "3", "4", "5"]
    assert len(trials[1].attempts) == 3
    assert [trial.is_done() for trial in trials] == [True, False, True, True, True, True]


class Cluster:
    """A Dask scheduler and two workers, each a process of its own, on loopback."""

    def __init__(self, folder: Path) -> None:
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self._file = folder / "scheduler.json"
        common = ("--scheduler-file", str(self._file), "--no-dashboard")
        here = ("--host", "127.0.0.1")
        self.scheduler = self._start("scheduler", *common, *here, "--port", "0")
        self.workers = [self._start("worker", *common, *here, "--nthreads", "1", "--no-nanny") for _ in range(2)]

    @property
    def address(self) -> str:
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if self._file.exists():
                return str(json.loads(self._file.read_text())["address"])
            time.sleep(0.05)
        raise AssertionError("the scheduler did not start")

    def stop(self) -> None:
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait(10)

    def _start(self, what: str, *options: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", what, *options]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=self._environment)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path)
    try:
        yield cluster
    finally:
        cluster.stop()


@pytest.mark.parametrize(("does", "attempts"), [("hangs at first", 2), ("hangs after it is done", 1)])
def test_a_worker_of_a_cluster_that_is_killed_costs_no_trial(
    cluster: Cluster, tmp_path: Path, does: str, attempts: int
) -> None:
    kinds = ["well", does, "well", "fails", "well", "well"]
    trials = [Example(tmp_path, str(number), kind) for number, kind in enumerate(kinds)]
    ended, killer = Ended(), killing(trials[1])
    (failed,) = play(trials, ended, cluster.address)
    killer.join()
    assert (failed.trial, failed.error) == ("3", "ValueError: it went wrong")
    assert sorted(ended.names) == ["0", "1", "2", "3", "4", "5"]
    assert [trial.is_done() for trial in trials] == [True, True, True, False, True, True]
    assert len(set(trials[1].attempts)) == len(trials[1].attempts) == attempts
    assert set(trials[1].attempts) <= {worker.pid for worker in cluster.workers}
    assert [worker.poll() for worker in cluster.workers].count(None) == 1


def test_a_cluster_that_is_lost_is_told(cluster: Cluster, tmp_path: Path) -> None:
    trials = [Example(tmp_path, str(number), "hangs at first" if number == 1 else "well") for number in range(3)]

    def lose() -> None:
        while not all(trial.attempts for trial in trials):
            time.sleep(0.01)
        cluster.scheduler.kill()

    threading.Thread(target=lose, daemon=True).start()
    with pytest.raises(InvalidRun, match="the cluster was lost; what is done is kept: start it and ask again"):
        play(trials, cluster=cluster.address)
    assert [trial.is_done() for trial in trials] == [True, False, True]


def test_a_cluster_without_workers_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scenarios.trials.ANSWER_WITHIN_S", 1)
    with LocalCluster(n_workers=0, dashboard_address=None, host="127.0.0.1") as empty:
        address = empty.scheduler_address
        with pytest.raises(BadInput, match="has no workers; start some: dask worker"):
            play([Example(tmp_path, "0")], cluster=address)
