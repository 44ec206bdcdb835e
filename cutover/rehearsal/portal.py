"""The stand-in portal of a rehearsal, as a process of its own."""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cutover.base.errors import InvalidRun
from cutover.rehearsal.child import child
from scenarios.settings import PortalSettings

SERVING = "serving "
AUTHORITY = "authority "


@dataclass(frozen=True)
class StandIn:
    """A stand-in portal that serves: its URL, the database that keeps what it accepts, its process, who vouches for it.

    `authority` is the file that a swarm trusts, None without TLS.
    """

    url: str
    database: Path
    process: subprocess.Popen[str]
    authority: Path | None = None


@contextlib.contextmanager
def stand_in(folder: Path, settings: PortalSettings, beside: Path) -> Iterator[StandIn]:
    """Start the stand-in portal on a free loopback port, with its database in `folder`; end it with the block.

    The files that the settings name are looked for `beside` the scenario.

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
        str(settings.slow),
    ]
    config, faults = settings.beside(beside)
    order += ["--config", str(config)] if config else []
    order += ["--faults", str(faults)] if faults else []
    with child([*order, "--parent-pid", str(os.getpid())], log, piped=True) as process:
        lines = iter(process.stdout or ())
        line = next(lines, "")
        if not line.startswith(SERVING):
            words = log.read_text(encoding="utf-8").strip().splitlines()
            raise InvalidRun(
                f"the stand-in portal did not start: {words[-1] if words else 'it said nothing'}; see {log}"
            )
        url = line.removeprefix(SERVING).strip()
        is_tls = url.startswith("https:")
        yield StandIn(url, database, process, Path(next(lines).removeprefix(AUTHORITY).strip()) if is_tls else None)
