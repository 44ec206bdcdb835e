"""A swarm as a user types it, `cutover swarm`, over a scenario that the test writes beside its journeys."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from reports.header import read_header
from reports.run import Run
from scenarios.scenario import read_scenario
from scenarios.sessions import Session, Sessions

SCENARIO = """\
schema = 1
name = "right"
title = "A test"
starts = 2025-07-01T08:00:00+07:00
duration_s = {lasts_s}
as_of = 2025-06-30
seed = {seed}
budgets = ["dossiers lost == 0"]
[population]
value = 101_600_000
assumed = "a test"
[arrivals]
points = {points}
[journeys]
course = 1.0
[forecast]
plan = "{plan}"
"""
THINK = 'think = {{ law = "exponential", mean_s = {0}, shift_s = 0.05 }}\n'
WITHIN_S = 90
"""Processes have so long to come as far as a test waits for; a first run on a machine compiles for half a minute."""


def scenario(
    folder: Path,
    points: Sequence[tuple[float, float]],
    steps: Sequence[str] = ("home",),
    *,
    think_s: float = 0.1,
    limit_s: float = 30.0,
    plan: str = "stand-in",
    seed: int = 7,
) -> Path:
    """Write a scenario whose citizens take the steps in turn, and its journey; `points` are instants and rates."""
    path, journeys = folder / "right.toml", folder / "journeys"
    journeys.mkdir(exist_ok=True)
    lines = ['schema = 1\nname = "course"\ndescription = "."\n']
    for number, (step, after) in enumerate(zip(steps, [*steps[1:], "exit"], strict=True)):
        think = THINK.format(think_s) if number else ""
        lines.append(f'[[steps]]\nname = "{step}"\n{think}limit_s = {limit_s}\nnext = {{ {after} = 1.0 }}\n')
    (journeys / "course.toml").write_text("".join(lines), encoding="utf-8")
    shown = [list(point) for point in points]
    text = SCENARIO.format(lasts_s=points[-1][0], points=shown, seed=seed, plan=plan)
    path.write_text(text, encoding="utf-8")
    return path


def schedule(path: Path) -> list[Session]:
    """Return all sessions of a scenario, by instant."""
    sessions = Sessions(read_scenario(path))
    return list(sessions.window(0.0, sessions.duration_s))


@dataclass(frozen=True)
class Ended:
    """A swarm that is over: its exit code, what it said on stderr, its run."""

    code: int
    words: str
    run: Run


class Swarm:
    """`cutover swarm` with these arguments, as a process; its runs are made in `folder / "runs"`."""

    def __init__(self, folder: Path, *arguments: object, before: Sequence[str] = (), **env: str) -> None:
        self._runs = folder / "runs"
        command = [*before, sys.executable, "-m", "cutover", "swarm", *map(str, arguments)]
        self._words = (folder / f"swarm-{id(self)}.log").open("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.DEVNULL, stderr=self._words, text=True, env={**os.environ, **env}
        )

    def run_folder(self) -> Path:
        """Wait until there is a run, and return its folder."""
        return self._awaited(lambda: next(self._runs.glob("*-measured/run.json"), None), "a run").parent

    def played(self, until_s: float) -> Path:
        """Wait until the run has come so far, seconds of scenario time by the wall clock; return its folder."""
        folder = self.run_folder()
        time.sleep(max(0.0, begun_s(folder) + until_s - time.time()))
        return folder

    def event(self, name: str) -> Mapping[str, object]:
        """Wait until an event is in the run, and return it."""
        path = self.run_folder() / "events.jsonl"
        return self._awaited(lambda: next((e for e in _lines(path) if e.get("event") == name), None), name)

    def child(self, *, is_worker: bool) -> int:
        """Return the id of its coordinator, or of its first worker."""
        own = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text(encoding="ascii")
        commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in own.split()}
        return min(pid for pid, words in commands.items() if (b"--worker" in words) is is_worker)

    def ended(self, within_s: float = WITHIN_S) -> Ended:
        """Wait for its end."""
        code = self.process.wait(within_s)
        return Ended(code, self.words(), Run.open(self.run_folder()))

    def words(self) -> str:
        """Return what it has said on stderr."""
        return Path(self._words.name).read_text(encoding="utf-8")

    def close(self) -> None:
        """End it, if it goes on."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._words.close()

    def _awaited(self, look, what):
        for _ in range(WITHIN_S * 20):
            found = look()
            if found is not None:
                return found
            assert self.process.poll() is None, f"the swarm ended before there was {what}: {self.words()}"
            time.sleep(0.05)
        raise AssertionError(f"no {what} within {WITHIN_S} s: {self.words()}")


def begun_s(folder: Path) -> float:
    """Return the wall time at which a run's scenario began, seconds."""
    started: datetime = read_header(folder).started
    return started.timestamp()


def _lines(path: Path) -> list[dict[str, object]]:
    whole = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    return [json.loads(line) for line in whole if line.endswith("}")]
