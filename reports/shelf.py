"""A folder of runs: which are there, how much they take, and which of them nobody needs any more."""

import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput
from reports.header import NAME, Header
from reports.run import Run

_PORTAL = re.compile(r"(\d{8}T\d{6}Z)-.+-portal(-\d+)?")
"""What a rehearsal's own portal leaves beside its runs: its database and log."""


@dataclass(frozen=True)
class Kept:
    """A folder on the shelf: a run, one that cannot be read (`header` is None), or what a portal left."""

    folder: Path
    began: datetime
    kind: str
    state: str
    header: Header | None
    size_bytes: int
    names: tuple[str, ...] = ()
    """Runs that its findings name, such as its prediction: they go when it goes, and stay as long as it stays."""

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.folder.name

    def to_dict(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {
            "name": self.name,
            "folder": str(self.folder),
            "kind": self.kind,
            "state": self.state,
            "scenario": self.header and self.header.scenario,
            "title": self.header and self.header.title,
            "began": self.began.isoformat(timespec="seconds"),
            "sessions": self.header and self.header.planned.sessions,
            "size_bytes": self.size_bytes,
        }


def shelved(folder: Path) -> tuple[Kept, ...]:
    """Return what is on a shelf, the latest first; raise BadInput when there is no such folder."""
    if not folder.is_dir():
        raise BadInput.single(folder, "runs", None, "is no folder", "name the folder that holds runs, such as runs")
    found = [_kept(path) for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]
    return tuple(sorted((one for one in found if one), key=lambda one: (one.began, one.name), reverse=True))


def dispensable(shelf: Sequence[Kept], keep: int | None, before: datetime | None) -> tuple[Kept, ...]:
    """Return what may go: all but the latest `keep` runs, of those that began before an instant; None asks for nothing.

    A run that another names does not count: it goes and stays with that one. What is being played stays, and so does
    what cannot be read: it may be a run of a newer cutover. A portal's folder goes with the first run begun after it.
    """
    runs = [one for one in shelf if one.kind != "portal"]
    named = {name for one in runs for name in one.names}
    latest = {one.name for one in [one for one in runs if one.name not in named][: keep or 0]}
    goes = {
        one.name
        for one in runs
        if one.state not in ("running", "unreadable")
        and one.name not in latest
        and (before is None or one.began < before)
    }
    staying = [name for one in runs if one.name not in goes for name in one.names]
    names = {one.name: one.names for one in runs}
    while staying:
        name = staying.pop()
        if name in goes:
            goes.remove(name)
            staying += names[name]
    return tuple(one for one in shelf if one.name in goes or (one.kind == "portal" and _owner(one, runs) in goes))


def _owner(portal: Kept, runs: Sequence[Kept]) -> str | None:
    """Return the run that a portal was started for: the first after it; None while there is none."""
    after = [one for one in runs if one.began >= portal.began]
    return min(after, key=lambda one: one.began).name if after else None


def remove(gone: Iterable[Kept]) -> None:
    """Remove folders; a run that is half removed is none any more, so that nobody judges what is left of it."""
    for one in gone:
        (one.folder / NAME).unlink(missing_ok=True)
        shutil.rmtree(one.folder)


def _kept(folder: Path) -> Kept | None:
    """Look at a folder; None for one that is neither a run nor a portal's."""
    portal = _PORTAL.fullmatch(folder.name)
    if (folder / NAME).exists():
        return _run(folder)
    if portal is None:
        return None
    began = datetime.strptime(portal[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return Kept(folder, began, "portal", "–", None, _size(folder))


def _run(folder: Path) -> Kept:
    began = datetime.fromtimestamp((folder / NAME).stat().st_mtime, UTC)
    try:
        run = Run.open(folder)
        named = tuple(
            part["run"] for part in run.findings.values() if isinstance(part, dict) and isinstance(part.get("run"), str)
        )
    except BadInput:
        return Kept(folder, began, "–", "unreadable", None, _size(folder))
    return Kept(folder, _began(folder, began), run.header.kind, run.state, run.header, _size(folder), named)


def _began(folder: Path, otherwise: datetime) -> datetime:
    """Return when a run was begun, as its folder's name tells: a simulated run's header has the scenario's time."""
    try:
        return datetime.strptime(folder.name.partition("-")[0], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        return otherwise


def _size(folder: Path) -> int:
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
