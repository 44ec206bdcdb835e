"""A run on disk, as all that reads one sees it."""

import fcntl
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np

from cutover.base.errors import BadInput, Mistake
from reports.counters import Counters, added_up
from reports.header import Header, Kind, State, Window, read_header
from reports.histogram import Histogram
from reports.hlog import Line, Log, read_log
from reports.intervals import Intervals
from reports.lines import parse_object, read_records, refuse_schema
from reports.receipts import Receipt
from reports.vitals import Vitals
from reports.workers import WorkerSecond
from reports.writer import COUNTERS, EVENTS, FINDINGS, LATENCY, LOCK, RECEIPTS, SAMPLES, WORKERS

Record = TypeVar("Record")


@dataclass(frozen=True)
class Run:
    """A run folder; each file is read when it is first asked for, and then kept.

    The header's state is what holds now: one that says `running` while no writer holds the folder is
    `interrupted`.
    """

    folder: Path
    header: Header

    @classmethod
    def open(cls, folder: Path) -> "Run":
        """Open a run folder; BadInput when it is none, is damaged, or is of a newer schema."""
        header = read_header(folder)
        if header.state == "running" and not _is_held(folder / LOCK):
            header = read_header(folder)  # its writer may have finished between the two looks
            if header.state == "running":
                header = header.model_copy(update={"state": "interrupted"})
        return cls(folder, header)

    @property
    def state(self) -> State:
        """The state: `running`, `complete` or `interrupted`."""
        return self.header.state

    def with_new_findings(self) -> "Run":
        """Return the run as it has been read, but for its findings, which have been written since."""
        fresh = Run(self.folder, self.header)
        vars(fresh).update({name: value for name, value in vars(self).items() if name != "findings"})
        return fresh

    @cached_property
    def latencies(self) -> tuple[Line, ...]:
        """The lines of the latency log, in the order of the file."""
        return self.log.lines

    @cached_property
    def log(self) -> Log:
        """The latency log as it was read."""
        return read_log(self.folder / LATENCY)

    @cached_property
    def counters(self) -> tuple[Counters, ...]:
        """The counters, one per interval that has any, by time."""
        return added_up(self._records(COUNTERS, Counters.of_record))

    @cached_property
    def intervals(self) -> Intervals:
        """The counters as columns; of those that were read already, or else from their file, which is quicker."""
        if "counters" in vars(self):
            return Intervals.of(self.counters)
        return Intervals.read(self.folder / COUNTERS, lambda: self.counters)

    @cached_property
    def events(self) -> tuple[dict[str, Any], ...]:
        """The events: each has `t` (seconds), `event` and details of its own."""
        return tuple(read_records(self.folder / EVENTS))

    @cached_property
    def receipts(self) -> tuple[Receipt, ...]:
        """The receipts, in the order of the file."""
        return tuple(self._records(RECEIPTS, Receipt.of_record))

    @cached_property
    def workers(self) -> tuple[WorkerSecond, ...]:
        """What each worker of a swarm told of itself each second, in the order of the file; none in other runs."""
        return tuple(self._records(WORKERS, WorkerSecond.of_record))

    @cached_property
    def vitals(self) -> Vitals:
        """What each worker of a swarm told of itself each second, as columns."""
        return Vitals.read(self.folder / WORKERS, lambda: self.workers)

    @cached_property
    def samples(self) -> tuple[Path, ...]:
        """The files (HAR) of the exchanges that a swarm kept: one for each minute that has any, by time."""
        return tuple(sorted((self.folder / SAMPLES).glob("*.har")))

    @cached_property
    def findings(self) -> Mapping[str, Any]:
        """What models and checks said about the run, by part; without the schema version."""
        path = self.folder / FINDINGS
        if not path.exists():
            return {}
        data = parse_object(path.read_text(encoding="utf-8", errors="replace"))
        if data is None:
            raise BadInput.single(path, "syntax", None, "is not a JSON object", "restore it or remove it")
        refuse_schema(path, data.pop("schema", None))
        return data

    @cached_property
    def window(self) -> Window:
        """The measurement window; of a run that is not complete, up to its last finished interval."""
        asked = self.header.measurement
        if self.state == "complete":
            return asked
        # a line of latencies comes first, the counters of its interval last: what has both was written whole
        reached_s = max((line.end_s for line in self.latencies), default=0.0)
        reached_s = min(reached_s, float(self.intervals.end_s.max(initial=0.0)))
        return Window(from_s=asked.from_s, to_s=max(asked.from_s, min(asked.to_s, reached_s)))

    def whole(self, window: Window) -> Window:
        """Return the part of a window that holds whole histogram intervals, on which lines and counters agree."""
        interval_s = self.header.interval_s
        first = math.ceil(window.from_s / interval_s - 1e-9)
        last = max(first, math.floor(window.to_s / interval_s + 1e-9))
        return Window(from_s=first * interval_s, to_s=last * interval_s)

    @cached_property
    def kept(self) -> dict[object, Any]:
        """What readers have made of the run and want to find again, by a key of theirs."""
        return {}

    @cached_property
    def offered(self) -> Mapping[str, Mapping[int, int]]:
        """How many steps the counters tell to have been offered, by step and histogram interval, counted from 0."""
        places = np.floor(self.intervals.start_s / self.header.interval_s + 1e-9).astype(np.int64)
        known, at = np.unique(places, return_inverse=True)
        found: dict[str, dict[int, int]] = {}
        for step, numbers in self.intervals.offered_by_step.items():
            sums = np.zeros(len(known), np.int64)
            np.add.at(sums, at, numbers)
            found[step] = {int(place): int(number) for place, number in zip(known, sums, strict=True) if number}
        return found

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps of which the run's files tell something."""
        return tuple(dict.fromkeys((*(line.step for line in self.latencies), *self.offered)))

    def lines(
        self, kind: str, step: str | None = None, outcome: str | None = None, window: Window | None = None
    ) -> list[Line]:
        """Return the lines of a kind (`response`, `service`); of a step, outcome and window where named."""
        chosen = [line for line in self._by_kind_and_step.get((kind, step), ()) if outcome in (None, line.outcome)]
        return chosen if window is None else [line for line in chosen if window.holds(line.start_s, line.length_s)]

    def histogram(
        self, kind: str, step: str | None = None, outcome: str | None = "ok", window: Window | None = None
    ) -> Histogram:
        """Return the histogram of a kind, of a step, an outcome and a window; None means all of them."""
        return Histogram.total(line.histogram for line in self.lines(kind, step, outcome, window))

    @cached_property
    def _by_kind_and_step(self) -> Mapping[tuple[str, str | None], list[Line]]:
        index: dict[tuple[str, str | None], list[Line]] = defaultdict(list)
        for line in self.latencies:
            index[line.kind, line.step].append(line)
            index[line.kind, None].append(line)
        return index

    def _records(self, name: str, make: Callable[[Mapping[str, Any]], Record]) -> Iterable[Record]:
        """Make something of each record of a file; BadInput with all records of which it cannot be made."""
        made: list[Record] = []
        mistakes: list[Mistake] = []
        path = self.folder / name
        for number, record in enumerate(read_records(path), 2):
            try:
                made.append(make(record))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                rule = f"is no line of {name} ({error})"
                mistakes.append(Mistake(str(path), "line", None, rule, "restore the file, or remove the line", number))
        if mistakes:
            raise BadInput(mistakes)
        return made


def free_folder(out: Path, started: datetime, scenario: str, kind: Kind | Literal["portal"]) -> Path:
    """Return a free path under `out`: `<UTC start>-<scenario>-<kind>`, with -2, -3 … where that is taken."""
    name = f"{started.astimezone(UTC):%Y%m%dT%H%M%SZ}-{scenario}-{kind}"
    folder, number = out / name, 1
    while folder.exists():
        number += 1
        folder = out / f"{name}-{number}"
    return folder


def _is_held(lock: Path) -> bool:
    """Tell whether a writer holds the lock; a folder without one, such as a copy, is held by nobody."""
    try:
        with lock.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
