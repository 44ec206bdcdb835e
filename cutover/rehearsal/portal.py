"""The stand-in portal of a rehearsal, as a process of its own."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cutover.base.errors import InvalidRun
from cutover.rehearsal.child import child

SERVING = "serving "


@dataclass(frozen=True)
class StandIn:
    """A stand-in portal that serves: its URL, the database that keeps what it accepts, and its process."""

    url: str
    database: Path
    process: subprocess.Popen[str]


@contextlib.contextmanager
def stand_in(folder: Path, slow: float) -> Iterator[StandIn]:
    """Start the stand-in portal on a free loopback port, with its database in `folder`; end it with the block.

    Raises InvalidRun when it does not come up, with the last line that it wrote.
    """
    folder.mkdir(parents=True)
    database, log = folder / "portal.db", folder / "portal.log"
    order = [
        "-m",
        "cutover",
        "portal",
        "serve",
        "--port",
        "0",
        "--database",
        str(database),
        "--slow",
        str(slow),
    ]
    with child([*order, "--parent-pid", str(os.getpid())], log, piped=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        if not line.startswith(SERVING):
            words = log.read_text(encoding="utf-8").strip().splitlines()
            raise InvalidRun(
                f"the stand-in portal did not start: {words[-1] if words else 'it said nothing'}; see {log}"
            )
        yield StandIn(line.removeprefix(SERVING).strip(), database, process)
