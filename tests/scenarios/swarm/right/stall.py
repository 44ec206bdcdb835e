"""A stall, met by a swarm and by an independent open-loop recorder at once: what each says its p99 was."""

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cutover.base.clock import SECOND_NS
from reports.run import Run
from reports.summary import Latency, Summary
from tests.scenarios.swarm.right.playing import Swarm, begun_s, scenario, schedule

HERE = Path(__file__).parent
STEPS = """
from scenarios.steps import Get, StepFailed


def page(visit):
    answer = yield Get("/k")
    if answer.status != 200 or 'data-page="k"' not in answer.text:
        raise StepFailed(f"{answer.path} answered {answer.status}")
"""


@dataclass(frozen=True)
class Stalled:
    """A server that stops once; `halt` is when, wall time, known at its end."""

    url: str
    process: "subprocess.Popen[str]"

    def halt(self) -> tuple[float, float]:
        """Return when it stopped and when it went on."""
        said = self.process.stdout.readline().split()
        assert said[0] == "halted", said
        return float(said[1]), float(said[2])


@contextmanager
def stalled(after: int, halts_s: float) -> Iterator[Stalled]:
    """Serve a page, and stop for so long at the so-manyth request."""
    command = [sys.executable, str(HERE / "halting.py"), str(after), str(halts_s)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield Stalled(process.stdout.readline().split()[1], process)
        process.terminate()


@dataclass(frozen=True)
class Met:
    """What a swarm and the recorder met; `least_s` is the p99 that the stall alone gives the swarm's own schedule."""

    run: Run
    latency: Latency
    recorded: Sequence[float]
    least_s: float

    @property
    def recorded_p99_s(self) -> float:
        """The recorder's p99, seconds, of its exact times."""
        return p99(self.recorded)


def p99(times: Sequence[float]) -> float:
    """Return the time that 99 of 100 do not exceed."""
    return sorted(times)[math.ceil(0.99 * len(times)) - 1]


def meet(folder: Path, *, rate: float, lasts_s: float, stalls_at_s: float, halts_s: float) -> Met:
    """Play `rate` sessions of one page a second beside a recorder of the same rate, against a server that stops."""
    path = scenario(folder, [(0, rate), (lasts_s, rate), (lasts_s, 0), (lasts_s + 2, 0)], ["page"], limit_s=60.0)
    path.write_text(path.read_text(encoding="utf-8") + "[swarm]\nmax_sessions = 100_000\n", encoding="utf-8")
    (folder / "steps.py").write_text(STEPS, encoding="utf-8")
    with stalled(round(2 * rate * stalls_at_s), halts_s) as server:
        played = ("--steps", folder / "steps.py", "--late-limit", 5)  # answers to thousands come at once
        playing = Swarm(folder, path, "--host", server.url, *played, "--headless")
        try:
            playing.run_folder()
            host, port = server.url.removeprefix("http://").split(":")
            command = [sys.executable, str(HERE / "open_loop.py"), host, port, "/k", str(rate), str(lasts_s)]
            told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            ended = playing.ended(lasts_s + 60)
        finally:
            playing.close()
        began_s, ended_s = server.halt()
    assert ended.code == 0, ended.words
    assert told["wrong"] == []
    latency = Summary.of(ended.run).all.response
    assert latency is not None
    begun = begun_s(ended.run.folder)
    instants = [begun + session.instant_ns / SECOND_NS for session in schedule(path)]
    waits = [ended_s - instant if began_s < instant < ended_s else 0.0 for instant in instants]
    return Met(ended.run, latency, told["took_s"], p99(waits))
