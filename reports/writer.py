"""The writer of a run folder: append-only files, and a header replaced atomically."""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from cutover.base.errors import BadInput
from reports.counters import Counters
from reports.header import NAME, Header, State
from reports.hlog import Encoder, Line, body, head
from reports.lines import SCHEMA, parse_object, record_text
from reports.receipts import Receipt
from reports.workers import WorkerSecond

LOCK = ".lock"
LATENCY = "latency.hlog"
COUNTERS = "counters.jsonl"
EVENTS = "events.jsonl"
RECEIPTS = "receipts.jsonl"
FINDINGS = "findings.json"
WORKERS = "workers.jsonl"
SAMPLES = "samples"


class RunWriter:
    """Writes one run; whatever a method has written when it returns survives SIGKILL of this process.

    Holds an exclusive lock on the folder for its life, by which readers know that the run is still being
    written. As a context manager it closes as `interrupted` when an exception passes, else as `complete`.
    """

    def __init__(self, folder: Path, header: Header, lock: BinaryIO) -> None:
        self.folder = folder
        self.header = header
        self._lock = lock
        self._encoder = Encoder()
        self._files: dict[str, BinaryIO] = {}

    @classmethod
    def create(cls, folder: Path, header: Header) -> "RunWriter":
        """Make the folder with its header and empty files; BadInput when it is there already or cannot be made."""
        try:
            folder.mkdir(parents=True)
        except OSError as error:
            why = "is there already" if isinstance(error, FileExistsError) else f"cannot be made ({error.strerror})"
            raise BadInput.single("run", "folder", str(folder), why, "name another folder") from None
        lock = (folder / LOCK).open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
        writer = cls(folder, header, lock)
        _replace(folder / NAME, header.to_json())
        schema = record_text({"schema": SCHEMA})
        for name, first in (
            (LATENCY, head(header.started)),
            (COUNTERS, schema),
            (EVENTS, schema),
            (RECEIPTS, schema),
        ):
            writer._files[name] = (folder / name).open("ab")
            writer._append(name, first)
        return writer

    def latencies(self, lines: Iterable[Line]) -> None:
        """Append lines to the latency log."""
        self._append(LATENCY, "".join(map(self._encoder.line, lines)))

    def latencies_of(self, folder: Path) -> None:
        """Append the lines of another run's latency log, as they stand there."""
        self._append(LATENCY, body(folder / LATENCY))

    def counters(self, intervals: Iterable[Counters]) -> None:
        """Append lines of counters; those of one interval add up."""
        self._append(COUNTERS, "".join(record_text(line.to_record(self._encoder)) for line in intervals))

    def event(self, t_s: float, event: str, **details: object) -> None:
        """Append an event at a scenario time: what it is, and what there is to know about it."""
        self._append(EVENTS, record_text({"t": t_s, "event": event, **details}))

    def receipts(self, receipts: Iterable[Receipt]) -> None:
        """Append receipts."""
        self._append(RECEIPTS, "".join(record_text(receipt.to_record()) for receipt in receipts))

    def workers(self, seconds: Iterable[WorkerSecond]) -> None:
        """Append what workers told of themselves."""
        if WORKERS not in self._files:
            self._files[WORKERS] = (self.folder / WORKERS).open("ab")
            self._append(WORKERS, record_text({"schema": SCHEMA}))
        self._append(WORKERS, "".join(record_text(second.to_record()) for second in seconds))

    def samples(self, name: str, entries: Sequence[Mapping[str, Any]]) -> None:
        """Write the exchanges kept of a part of the run as a HAR file, in place of what it held before."""
        (self.folder / SAMPLES).mkdir(exist_ok=True)
        creator = {"name": "cutover", "version": self.header.versions.get("cutover", "")}
        log = {"log": {"version": "1.2", "creator": creator, "entries": list(entries)}}
        _replace(self.folder / SAMPLES / f"{name}.har", json.dumps(log, ensure_ascii=False, indent=1) + "\n")

    def update_header(self, **changes: object) -> None:
        """Replace fields of the header, on disk too; all are validated."""
        self.header = Header.model_validate({**dict(self.header), **changes})
        _replace(self.folder / NAME, self.header.to_json())

    def close(self, state: State) -> None:
        """Make all files durable, write the final state and free the lock; a second call does nothing."""
        if self._lock.closed:
            return
        try:
            for file in self._files.values():
                os.fsync(file.fileno())
                file.close()
            self.update_header(state=state)
        finally:
            self._lock.close()

    def __enter__(self) -> "RunWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close("complete" if kind is None else "interrupted")

    def _append(self, name: str, text: str) -> None:
        file = self._files[name]
        file.write(text.encode())
        file.flush()


def merge_findings(folder: Path, parts: Mapping[str, Any]) -> None:
    """Merge parts into a run's `findings.json` by their first keys, atomically; for a run of any state."""
    path = folder / FINDINGS
    known = (parse_object(path.read_text(encoding="utf-8")) if path.exists() else None) or {}
    merged = {"schema": SCHEMA, **known, **parts}
    _replace(path, json.dumps(merged, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def add_validity(folder: Path, finding: str) -> None:
    """Add a sentence to why no verdict can rest on a run, found by somebody other than the stage that made it."""
    path = folder / FINDINGS
    known = (parse_object(path.read_text(encoding="utf-8")) if path.exists() else None) or {}
    merge_findings(folder, {"validity": [*known.get("validity", []), finding]})


def _replace(path: Path, text: str) -> None:
    """Replace a file so that a crash at any moment leaves the old one or the new one, whole."""
    new = path.with_name(f".{path.name}.new")
    with new.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
