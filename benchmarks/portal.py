"""How fast the stand-in portal is on one core: at least 3,000 reads/s and 600 full submissions/s on SQLite."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.results import write
from fixtures.portal.fill import fill
from tests.fixtures.portal.cluster import cluster
from tests.fixtures.portal.wire import Wire

RUNS = 5
SECONDS = 3.0
WARM_S = 1.0
CONNECTIONS = 32
PROCEDURE = "1.001193"  # demands two papers
FREE = "2.001159"  # demands none
PAPERS = ("document-1", "document-2")
ATTACHED_BYTES = 40_000
FILLED = 100_000
PROCEDURES = 6_000
MIXED = "these pages in turn"
FULL = "a full submission: form, upload of 40 kB, submit"
BOUNDS = {MIXED: "at least 3,000/s", FULL: "at least 600/s"}

SERVE = """
import os, sys
os.sched_setaffinity(0, {0})
from fixtures.portal.server import serve
from fixtures.portal.settings import Settings
serve(Settings(sys.argv[1], slow=0), parent_pid=os.getppid())
"""

Action = Callable[[Wire, int], Awaitable[None]]


@dataclass(frozen=True)
class Rate:
    """What was done in a second of wall time, and in a second of the portal's CPU time."""

    per_s: float
    per_cpu_s: float


def main() -> None:
    """Serve from a core of its own, load from another; on SQLite and PostgreSQL, filled beforehand."""
    rows = []
    with tempfile.TemporaryDirectory() as folder, cluster() as server:
        for kind, database in (("SQLite", str(Path(folder) / "portal.db")), ("PostgreSQL", server.database())):
            fill(database, FILLED, PROCEDURES, 1, lambda _: None)
            with serving(database) as portal:
                rows += measured(kind, portal)
    write(
        "Portal",
        "On one core the stand-in portal, at `slow` 0 and without faults, is asked to answer 3,000 reads/s and to take "
        f"600 full submissions/s on SQLite. It holds {FILLED:,} dossiers and {PROCEDURES:,} procedures beforehand; "
        f"{CONNECTIONS} connections load it from the other cores, where PostgreSQL's server runs too. Where cores are "
        "threads of one processor core, its CPU seconds are dearer while the others load it.",
        rows,
        ("starlette", "uvicorn", "sqlalchemy", "psycopg"),
    )


def measured(kind: str, portal: "Serving") -> list[tuple[str, str, str]]:
    """Return the rows of one kind of database; the bounds are for SQLite."""
    rows = []
    for what, action in ACTIONS.items():
        rates = [uvloop.run(load(portal, action)) for _ in range(RUNS)]
        per_s = sorted(rate.per_s for rate in rates)
        shown = f"{statistics.median(per_s):,.0f}/s ({per_s[0]:,.0f} to {per_s[-1]:,.0f}, {RUNS} runs)"
        cpu = statistics.median(1e6 / rate.per_cpu_s for rate in rates)
        bound = BOUNDS.get(what, "") if kind == "SQLite" else ""
        rows.append((f"{kind}: {what}", f"{shown}; {cpu:,.0f} µs of CPU each: {1e6 / cpu:,.0f} a CPU second", bound))
    return rows


@dataclass(frozen=True)
class Serving:
    """A portal that answers at `url` from process `pid`."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """Return the CPU seconds that the portal has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(database: str) -> Iterator[Serving]:
    """Serve from the first core; this process keeps to the others."""
    os.sched_setaffinity(0, set(range(1, os.cpu_count() or 1)) or {0})
    process = subprocess.Popen([sys.executable, "-c", SERVE, database], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield Serving(process.stdout.readline().split()[1], process.pid)
    finally:
        process.terminate()
        process.wait()


async def load(portal: Serving, action: Action) -> Rate:
    """Do an action over and over on each of many connections; return how often it was done a second."""
    wires = [await Wire.to(portal.url) for _ in range(CONNECTIONS)]
    for number, wire in enumerate(wires):
        await wire.sign_in(f"{900_000_000_000 + number}")
    begins = time.perf_counter() + WARM_S
    counted = await asyncio.gather(
        *(_repeat(action, wire, begins, begins + SECONDS) for wire in wires), _cpu_between(portal, begins)
    )
    for wire in wires:
        wire.close()
    *done, cpu_s = counted
    return Rate(sum(done) / SECONDS, sum(done) / cpu_s)


async def _repeat(action: Action, wire: Wire, begins: float, ends: float) -> int:
    done = 0
    while (now := time.perf_counter()) < ends:
        await action(wire, time.perf_counter_ns())
        done += begins <= now
    return done


async def _cpu_between(portal: Serving, begins: float) -> float:
    await asyncio.sleep(begins - time.perf_counter())
    before = portal.cpu_s()
    await asyncio.sleep(begins + SECONDS - time.perf_counter())
    return portal.cpu_s() - before


def reading(*paths: str) -> Action:
    """Return an action that reads one of these pages."""

    async def read(wire: Wire, number: int) -> None:
        answer = await wire.get(paths[number // 1_000 % len(paths)])
        assert answer.status == 200, answer

    return read


async def pair(wire: Wire, number: int) -> None:
    """Save a draft and submit it: the least that makes a dossier."""
    if not wire.csrf:
        wire.csrf = (await wire.get(f"/procedures/{FREE}/form")).hidden["csrf"]
    await _submit(wire, await _draft(wire, FREE), number)


async def full(wire: Wire, number: int) -> None:
    """Do what the swarm's steps `form`, `upload` and `submit` do: six requests, 40 kB in two papers."""
    wire.csrf = (await wire.get(f"/procedures/{PROCEDURE}/form")).hidden["csrf"]
    draft = await _draft(wire, PROCEDURE)
    await wire.get(draft)
    content = f"%PDF-1.4 {number}".encode()
    papers = {name: (content + name.encode()).ljust(ATTACHED_BYTES // len(PAPERS), b"\0") for name in PAPERS}
    answer = await wire.upload(f"{draft}/attachments", {"csrf": wire.csrf}, papers)
    assert answer.status == 303, answer
    await wire.get(answer.location)
    await _submit(wire, draft, number)


async def _draft(wire: Wire, procedure: str) -> str:
    citizen = {"applicant": "Nguyễn Thị Diễn Tập", "phone": "0969000001", "commune": "00004", "details": "2 bản"}
    answer = await wire.post("/drafts", {"csrf": wire.csrf, "procedure": procedure, **citizen})
    assert answer.status == 303, answer
    return answer.location


async def _submit(wire: Wire, draft: str, number: int) -> None:
    key = f"idempotency-key: bench-{draft.rpartition('/')[2]}-{number}\r\n".encode()
    answer = await wire.post(f"{draft}/submit", {"csrf": wire.csrf}, key)
    assert answer.status == 201, answer


PAGES = ("/", f"/procedures/{PROCEDURE}", "/search?q=khai+sinh", "/dossiers")
ACTIONS: dict[str, Action] = {
    "`/healthz`": reading("/healthz"),
    **{f"`{page}`": reading(page) for page in PAGES},
    MIXED: reading(*PAGES),
    "a draft and its submission": pair,
    FULL: full,
}


if __name__ == "__main__":
    main()
