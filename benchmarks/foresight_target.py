"""A portal on a core of its own, loaded from the others, its metrics written down ten times a second."""

import contextlib
import csv
import http.client
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cutover.rehearsal.fleet import Fleet, play_fleet
from cutover.rehearsal.live_screen import showing
from cutover.rehearsal.portal import stand_in
from reports.run import Run
from reports.target_metrics.table import HEADER
from scenarios.levels import under
from scenarios.scenario import read_scenario
from scenarios.settings import PortalSettings
from scenarios.swarm.order import Order
from scenarios.volume import Volume

HERE = Path(__file__).parent / "foresight"
SCENARIO = HERE / "foresight.toml"

EVERY_S = 0.1
"""Between two readings of the metrics: gauges are read at an instant, and connections are held for about so long."""

ANSWERS_WITHIN_S = 15.0
"""The portal's page of metrics waits for a connection too, as long as others."""

KEPT = {
    "process_cpu_seconds_total": "process_cpu_seconds_total",
    "portal_workers_in_use": "portal_workers_in_use",
    "portal_connections_in_use": "portal_connections_in_use",
    'portal_system_in_use{system="population_database"}': "population_in_use",
}
"""Samples of the portal's page that are kept, and what they are called in the table."""

_SAMPLE = re.compile(r"^([a-z_]+(?:\{[^}]*\})?) ([-+.0-9e]+)$", re.MULTILINE)


@dataclass(frozen=True)
class Target:
    """A portal that serves, on a core of its own; runs against it are left in `runs`."""

    url: str
    runs: Path

    def play(self, words: str) -> Run:
        """Play a load in words against it, and return the run; raise KeyboardInterrupt when that was interrupted."""
        scenario = under(read_scenario(SCENARIO), words)
        order = Order.of(scenario, Volume.of(scenario, None, None), self.url, "run", forwarded=True)
        self.runs.mkdir(parents=True, exist_ok=True)
        with showing(quiet=True) as show:
            played = play_fleet(Fleet(order), self.runs, show)
        if played.interrupted:
            raise KeyboardInterrupt
        return played.run


@contextlib.contextmanager
def serving(settings: PortalSettings, folder: Path) -> Iterator[Target]:
    """Serve a portal meanwhile, and write its metrics into `metrics.csv` in a folder, where its files lie too.

    The portal has the last of the cores that this process may use, all else the others (where there is one core only,
    the same).
    """
    cores = sorted(os.sched_getaffinity(0))
    with contextlib.ExitStack() as stack:
        stack.callback(os.sched_setaffinity, 0, cores)
        os.sched_setaffinity(0, cores[-1:])  # which children inherit
        portal = stack.enter_context(stand_in(folder / "portal", settings, folder))
        os.sched_setaffinity(0, cores[:-1] or cores)
        stack.enter_context(written(portal.url, folder / "metrics.csv"))
        yield Target(portal.url, folder / "runs")


@contextlib.contextmanager
def written(url: str, path: Path) -> Iterator[None]:
    """Write a portal's metrics as a table of time, name and value while the block runs."""
    over = threading.Event()
    thread = threading.Thread(target=_write, args=(url, path, over))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _write(url: str, path: Path, over: threading.Event) -> None:
    place = urlsplit(url)
    connection = http.client.HTTPConnection(str(place.hostname), place.port, timeout=ANSWERS_WITHIN_S)
    with path.open("w", encoding="utf-8", newline="", buffering=1) as file:  # read while the portal still serves
        table = csv.writer(file, lineterminator="\n")
        table.writerow(HEADER)
        while not over.wait(EVERY_S):
            try:
                connection.request("GET", "/metrics")
                answer = connection.getresponse()
                page = answer.read().decode()
            except (OSError, http.client.HTTPException):
                connection.close()  # the next request opens another
                continue
            now = f"{time.time():.4f}"
            table.writerows((now, name, value) for name, value in samples(page).items() if answer.status == 200)
    connection.close()


def samples(page: str) -> dict[str, str]:
    """Return what is kept of a page of metrics: values as they are written there, by the table's names."""
    found = dict(_SAMPLE.findall(page))
    return {name: found[sample] for sample, name in KEPT.items() if sample in found}
