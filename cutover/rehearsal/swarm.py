"""A swarm as a process of its own: locust, started with our locustfile, followed through the run it writes."""

import importlib.util
import os
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cutover.base.errors import CutoverError, Interrupted
from cutover.rehearsal.child import child, end
from cutover.rehearsal.progress import Follower, following
from reports.run import Run, free_folder
from reports.writer import add_validity
from scenarios.demand import mean_profile
from scenarios.scenario import Scenario
from scenarios.volume import Volume

LOOK_EVERY_S = 0.25
LOG = "locust.log"


@dataclass(frozen=True)
class SwarmOrder:
    """What a swarm is to play, on which target."""

    scenario: Scenario
    url: str
    volume: Volume
    allowed: tuple[str, ...] = ()
    target_metrics: str | None = None
    authority: Path | None = None

    @property
    def duration_s(self) -> float:
        """How long the schedule lasts as played."""
        return mean_profile(self.scenario).duration_s / self.volume.warp

    def arguments(self, folder: Path) -> list[str]:
        """Return the arguments of Python that start locust for this swarm."""
        spec = importlib.util.find_spec("locustfile")
        if spec is None or spec.origin is None:
            raise CutoverError("locustfile.py is not installed beside cutover; install cutover again")
        return [
            *("-m", "locust", "-f", spec.origin, "--headless", "--users", "1", "--only-summary"),
            *("--loglevel", "WARNING", "--host", self.url, "--scenario", str(self.scenario.path)),
            *(
                "--run-folder",
                str(folder),
                "--scale",
                str(self.volume.scale),
                "--warp",
                str(self.volume.warp),
                "--as-of",
                str(self.scenario.file.as_of),
            ),
            *("--parent-pid", str(os.getpid())),
            *(part for host in self.allowed for part in ("--allow-host", host)),
            *(("--target-metrics", self.target_metrics) if self.target_metrics else ()),
            *(("--authority", str(self.authority)) if self.authority else ()),
        ]


@dataclass(frozen=True)
class Played:
    """A swarm's run, and whether it was the user who ended it early."""

    run: Run
    interrupted: bool


def play_swarm(order: SwarmOrder, out: Path) -> Played:
    """Play a swarm to its end, or until Ctrl-C, and return its run.

    A swarm that dies on the way leaves an interrupted run that says so. Raises the error whose exit code locust ended
    with, when no run was begun.
    """
    folder = free_folder(out, datetime.now(UTC), order.scenario.name, "measured")
    log = out / f".{folder.name}.log"
    with following("swarm", order.duration_s) as follower, child(order.arguments(folder), log) as process:
        interrupted = _follow(process, folder, follower)
    if not folder.exists():
        words = _taken(log)
        raise Interrupted("interrupted before the first session") if interrupted else _error(process.returncode, words)
    log.rename(folder / LOG)
    if process.returncode != 0 and not interrupted:
        add_validity(folder, f"The swarm's process ended by itself with {process.returncode}; see {LOG}.")
    return Played(Run.open(folder), interrupted)


def _follow(process: subprocess.Popen[str], folder: Path, follower: Follower) -> bool:
    """Show how far the run has come until the swarm ends; on Ctrl-C end it, and return whether that was so."""
    try:
        while process.poll() is None:
            follower.look(folder)
            time.sleep(LOOK_EVERY_S)
    except KeyboardInterrupt:
        end(process)
        return True
    return False


def _taken(log: Path) -> str:
    words = log.read_text(encoding="utf-8")
    log.unlink()
    return words


def _error(code: int, words: str) -> CutoverError:
    """Return the error that a swarm without a run ended with: its words, under its exit code."""
    error = CutoverError(words.strip() or f"locust ended with {code} and said nothing")
    error.exit_code = code if code in (2, 5, 6) else CutoverError.exit_code
    return error
