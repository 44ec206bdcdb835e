"""Progress on a terminal: how far runs that are being written have come, read from their counters."""

import contextlib
import json
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from reports.quantities import duration, significant
from scenarios.forecast import Forecast

TAIL_BYTES = 65_536


class Follower:
    """One bar: the scenario time that the folders looked at have reached on average."""

    def __init__(self, progress: Progress, name: str, from_s: float, to_s: float) -> None:
        self._progress, self._from_s = progress, from_s
        self._task = progress.add_task(name, total=to_s - from_s, words="")

    def look(self, *folders: Path) -> None:
        """Read the last counters of the folders and move the bar."""
        lines = [_last_counters(folder) for folder in folders]
        known = [line for line in lines if line is not None]
        if known:
            reached_s = sum(float(line["t"]) + float(line["length_s"]) - self._from_s for line in known) / len(lines)
            words = f"{sum(int(line['sent']) for line in known):,} steps in the last interval"
            self._progress.update(self._task, completed=reached_s, words=words)


def say_if_compiling(forecasts: Iterable[Forecast]) -> None:
    """Say on stderr why the first forecast by an engine takes longer than later ones."""
    if not all(forecast.is_compiled() for forecast in forecasts):
        Console(stderr=True).print("compiling, once for this version of cutover: about a minute", soft_wrap=True)


@contextlib.contextmanager
def following(name: str, to_s: float, from_s: float = 0.0) -> Iterator[Follower]:
    """Show a bar on stderr, where that is a terminal, while the block runs."""
    columns = (
        TextColumn("{task.description:12}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} s"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[words]}"),
    )
    console = Console(stderr=True)
    if not console.is_terminal:
        console.print(f"{name}: {to_s - from_s:,.0f} s of scenario time", highlight=False, soft_wrap=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Follower(progress, name, from_s, to_s)


class Tally:
    """One bar: how many trials have ended, of how many; their rate and how long the rest takes at it."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress, self._began_s, self._ended = progress, time.monotonic(), 0
        self._task = progress.add_task(name, total=0, words="")

    def begin(self, done: int, trials: int) -> None:
        """Say how many trials are done already, and how many there are now."""
        self._progress.update(self._task, completed=done, total=trials)

    def end(self, *_: object) -> None:
        """Say that a trial has ended."""
        self._ended += 1
        self._progress.advance(self._task)
        per_s = self._ended / max(1e-9, time.monotonic() - self._began_s)
        task = self._progress.tasks[self._task]
        left = f", {duration(task.remaining / per_s)} left" if task.remaining else ""
        self._progress.update(self._task, words=f"{significant(60 * per_s)} a minute{left}")


@contextlib.contextmanager
def tallying(name: str) -> Iterator[Tally]:
    """Show a bar of trials on stderr, where that is a terminal, while the block runs."""
    columns = (
        TextColumn("{task.description:12}"),
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} trials"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[words]}"),
    )
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        yield Tally(progress, name)


def _last_counters(folder: Path) -> dict[str, Any] | None:
    """Return the last whole line of a run's counters; None before there is one."""
    try:
        with (folder / "counters.jsonl").open("rb") as file:
            file.seek(0, 2)
            file.seek(max(0, file.tell() - TAIL_BYTES))
            lines = file.read().split(b"\n")[:-1]
    except FileNotFoundError:
        return None
    for line in reversed(lines):
        with contextlib.suppress(ValueError):
            record: dict[str, Any] = json.loads(line)
            if "t" in record:
                return record
    return None
