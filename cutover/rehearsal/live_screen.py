"""Where a swarm is shown while it is played: on a terminal its live view, elsewhere a line every ten seconds."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rich.console import Console
from rich.live import Live

from cutover.rehearsal.live import line, view

LINE_EVERY_S = 10.0

Show = Callable[[Mapping[str, Any]], None]


@contextlib.contextmanager
def showing(*, quiet: bool = False) -> Iterator[Show]:
    """Yield what shows how a run stands, on stderr, while the block runs; quiet, it shows nothing."""
    console = Console(stderr=True, highlight=False)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        with Live(console=console, refresh_per_second=4, transient=True) as live:
            yield lambda status: live.update(view(status))
    else:
        yield _Lines(console)


class _Lines:
    """Writes a line now and then."""

    def __init__(self, console: Console) -> None:
        self._console, self._next_s = console, 0.0

    def __call__(self, status: Mapping[str, Any]) -> None:
        if status["t"] >= self._next_s:
            self._next_s = status["t"] + LINE_EVERY_S
            self._console.print(line(status), soft_wrap=True)
