"""Access logs of the stand-in portal, written from our own schedules and walks."""

import gzip
import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from models.journeys import Journey, Walk
from models.schedule import Profile, Schedule

STARTS = datetime(2025, 7, 1, 8, 0, tzinfo=timezone(timedelta(hours=7)))
AGENT = "Mozilla/5.0 (X11; Linux x86_64)"

EXCHANGES = {
    "home": [("GET", "/", 200)],
    "search": [("GET", "/search?q=khai+sinh", 200)],
    "procedure": [("GET", "/procedures/1.001193", 200)],
    "sign_in": [
        ("GET", "/sign-in", 303),
        ("GET", "/identity/authorize?state=x", 200),
        ("POST", "/identity/authorize", 303),
        ("GET", "/sign-in/back?code=x&state=x", 303),
        ("GET", "/me", 200),
    ],
    "form": [("GET", "/procedures/1.001193/form", 200), ("POST", "/drafts", 303), ("GET", "/drafts/7", 200)],
    "upload": [("POST", "/drafts/7/attachments", 303), ("GET", "/drafts/7", 200)],
    "submit": [("POST", "/drafts/7/submit", 201)],
    "pay": [
        ("GET", "/dossiers/R7/pay", 200),
        ("POST", "/dossiers/R7/pay", 303),
        ("GET", "/banks/momo/pay/P7?amount_vnd=2000", 200),
        ("POST", "/banks/momo/pay/P7", 303),
        ("GET", "/payments/P7", 200),
    ],
    "track": [("GET", "/dossiers/R7", 200)],
    "feedback": [("GET", "/feedback", 200), ("POST", "/feedback", 303), ("GET", "/feedback/thanks", 200)],
}
EXCHANGE_NS = 20_000_000
"""How long each exchange takes."""

Row = tuple[int, int, str, str, int]
"""Instant in ns, session, method, target, status."""


def played(journey: Journey, session: int, start_ns: int, walk: Walk, index: int) -> Iterator[Row]:
    """Play one session: its exchanges, one after the other."""
    step, ordinal, now_ns = 0, 0, start_ns
    names = [one.name for one in journey.steps]
    following: int | None = step
    while following is not None:
        step = following
        now_ns += walk.think_ns(index, step, session, ordinal)
        for method, target, status in EXCHANGES[names[step]]:
            yield now_ns, session, method, target, status
            now_ns += EXCHANGE_NS
        following = walk.following(index, step, session, ordinal)
        ordinal += 1


def rows(journeys: tuple[Journey, ...], bounds: tuple[float, ...], profile: Profile, seed: int) -> list[Row]:
    """Play a whole schedule; the journey of a session follows from its rank and `bounds` (cumulative shares)."""
    walk = Walk(journeys, seed)
    numbers, instants = Schedule(profile, seed).window(0.0, profile.duration_s)
    found: list[Row] = []
    for rank, (number, instant) in enumerate(zip(numbers.tolist(), instants.tolist(), strict=True)):
        place = (rank * 0.6180339887498949) % 1.0  # spread evenly
        index = next(i for i, bound in enumerate(bounds) if place < bound)
        found += played(journeys[index], number, instant, walk, index)
    return sorted(found)


def text_line(row: Row, agent: str | None = AGENT) -> str:
    """Write a row as Apache would: the time cut down to seconds."""
    instant_ns, session, method, target, status = row
    stamp = (STARTS + timedelta(seconds=instant_ns // 1_000_000_000)).strftime("%d/%b/%Y:%H:%M:%S %z")
    address = f"10.{session >> 16 & 255}.{session >> 8 & 255}.{session & 255}-{session >> 20}"
    line = f'{address} - - [{stamp}] "{method} {target} HTTP/1.1" {status} 1234'
    return line if agent is None else f'{line} "-" "{agent}"'


def json_line(row: Row) -> str:
    """Write a row as JSON with microseconds and the time that the answer took."""
    instant_ns, session, method, target, status = row
    return json.dumps(
        {
            "time": (STARTS + timedelta(microseconds=instant_ns // 1000)).isoformat(),
            "remote_addr": "10.0.0.1",
            "session": f"s{session}",
            "request": f"{method} {target} HTTP/1.1",
            "status": status,
            "request_time": f"{EXCHANGE_NS / 1e9:.3f}",
        }
    )


@pytest.fixture
def log_file(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes lines as a log, gzipped where the name ends in .gz, and returns its path."""

    def write(lines: list[str], name: str = "access.log") -> Path:
        path = tmp_path / name
        data = "".join(f"{line}\n" for line in lines).encode()
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write
