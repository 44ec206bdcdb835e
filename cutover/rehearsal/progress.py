"""Progress on a terminal: how far runs that are being written have come, read from their counters."""

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

TAIL_BYTES = 65_536


class Follower:
    """One bar: the least scenario time that the folders looked at have reached."""

    def __init__(self, progress: Progress, name: str, from_s: float, to_s: float) -> None:
        self._progress, self._from_s = progress, from_s
        self._task = progress.add_task(name, total=to_s - from_s, words="")

    def look(self, *folders: Path) -> None:
        """Read the last counters of the folders and move the bar."""
        lines = [_last_counters(folder) for folder in folders]
        known = [line for line in lines if line is not None]
        if len(known) == len(folders):
            reached_s = min(float(line["t"]) + float(line["length_s"]) for line in known)
            words = f"{sum(int(line['sent']) for line in known):,} steps in the last interval"
            self._progress.update(self._task, completed=reached_s - self._from_s, words=words)


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
