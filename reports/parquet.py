"""Runs as Parquet, for DuckDB, pandas and whatever else reads it: a file for each kind of row, with a column `run`.

    runs.parquet       a row for each run: what its header says; `header` is all of it, as JSON
    latencies.parquet  a row for each bucket of a step's durations that holds something, by interval, outcome and kind
    counters.parquet   a row for each interval: sessions, send lags, bytes, CPU
    steps.parquet      a row for each step of an interval: how many were offered, and how many ended how
    stations.parquet   a row for each station of an interval

`start_s` is seconds since the run's start, `start` the wall time of the same. `lowest_ns` and `highest_ns` bound a
bucket, both included. Null is what nobody looked at.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # ships no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # ships no types

from cutover.base.errors import BadInput
from reports.buckets import HIGHEST_NS, LOWEST_NS
from reports.hlog import Line
from reports.run import Run

OUTCOMES = ("ok", "failed", "timed_out", "rejected", "blocked", "abandoned", "skipped", "unfinished")
"""How steps end, by end; those of an interval need not be the ones offered in it."""

ROWS = 1 << 19
"""Of a row group, about: some 50 MB while it is made."""

_WORD = pa.dictionary(pa.int32(), pa.string())
_AT = (("run", _WORD), ("start_s", pa.float64()), ("length_s", pa.float64()), ("start", pa.timestamp("us", tz="UTC")))
RUNS = pa.schema(
    [
        *(
            (name, pa.string())
            for name in ("run", "kind", "scenario", "scenario_hash", "title", "plan", "state", "target")
        ),
        ("seed", pa.int64()),
        ("started", pa.timestamp("us", tz="UTC")),
        *((name, pa.float64()) for name in ("duration_s", "interval_s", "from_s", "to_s", "scale", "warp")),
        ("replications", pa.int64()),
        ("header", pa.string()),
    ]
)
LATENCIES = pa.schema(
    [
        *_AT,
        *((name, _WORD) for name in ("step", "outcome", "kind")),
        *((name, pa.int64()) for name in ("lowest_ns", "highest_ns", "count")),
    ]
)
_COUNTS = ("planned", "started", "come_backs", "reloads", "offered", "sent", "clipped", "received_bytes")
COUNTERS = pa.schema(
    [
        *_AT,
        *((name, pa.int64()) for name in (*_COUNTS, "lag_p50_ns", "lag_p99_ns", "lag_max_ns")),
        ("cpu", pa.float64()),
        ("target_cpu_s", pa.float64()),
    ]
)
STEPS = pa.schema([*_AT, ("step", _WORD), ("offered", pa.int64()), *((name, pa.int64()) for name in OUTCOMES)])
STATIONS = pa.schema(
    [*_AT, ("station", _WORD), *((name, pa.float64()) for name in ("utilisation", "backlog", "servers"))]
)

Rows = Iterator[pa.RecordBatch]


class Timed(Protocol):
    """A line of a run that holds an interval."""

    @property
    def start_s(self) -> float:
        """Where it begins, seconds since scenario start."""

    @property
    def length_s(self) -> float:
        """How long it is, seconds."""


def export(runs: Sequence[Run], folder: Path) -> tuple[Path, ...]:
    """Write runs into Parquet files in a folder, each file whole or not at all; return their paths.

    Raises BadInput when two runs' folders have one name, which would make them one in the column `run`.
    """
    names = [run.folder.name for run in runs]
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            raise BadInput.single("runs", "RUN", name, "is the name of several runs", "export each name once")
    tables: tuple[tuple[str, pa.Schema, Callable[[Run], Rows]], ...] = (
        ("runs", RUNS, _header),
        ("latencies", LATENCIES, _latencies),
        ("counters", COUNTERS, _counters),
        ("steps", STEPS, _steps),
        ("stations", STATIONS, _stations),
    )
    written = []
    for name, schema, rows in tables:
        path = folder / f"{name}.parquet"
        new = folder / f".{name}.parquet.new"
        with pq.ParquetWriter(new, schema, compression="zstd") as writer:
            for run in runs:
                for batch in rows(run):
                    writer.write_batch(batch)
        written.append(new.replace(path))
    return tuple(written)


def _header(run: Run) -> Rows:
    header = run.header
    row = {name: getattr(header, name, None) for name in RUNS.names}
    row |= {"run": run.folder.name, "header": header.to_json()}
    row |= {"from_s": header.measurement.from_s, "to_s": header.measurement.to_s}
    yield pa.RecordBatch.from_pylist([row], RUNS)


def _latencies(run: Run) -> Rows:
    """Yield the buckets of the latency log, many lines at a time."""
    lines: list[Line] = []
    rows = 0
    for line in run.latencies:
        lines.append(line)
        rows += len(line.histogram.buckets)
        if rows >= ROWS:
            yield _buckets(run, lines)
            lines, rows = [], 0
    if lines:
        yield _buckets(run, lines)


def _buckets(run: Run, lines: Sequence[Line]) -> pa.RecordBatch:
    buckets = np.concatenate([line.histogram.buckets for line in lines])
    counts = np.concatenate([line.histogram.counts for line in lines])
    times = np.repeat(np.arange(len(lines)), [len(line.histogram.buckets) for line in lines])
    columns = [
        *(column.take(pa.array(times)) for column in _at(run, lines)),
        *(
            _words([getattr(line, name) for line in lines]).take(pa.array(times))
            for name in ("step", "outcome", "kind")
        ),
        *(pa.array(values) for values in (LOWEST_NS[buckets], HIGHEST_NS[buckets], counts)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=LATENCIES)


def _counters(run: Run) -> Rows:
    lines = run.counters
    lags = [line.lag if line.sent else None for line in lines]
    columns: list[Any] = [
        *_at(run, lines),
        *(pa.array([getattr(line, name) for line in lines], pa.int64()) for name in _COUNTS),
        *(pa.array([lag and int(lag.quantile(q)) for lag in lags], pa.int64()) for q in (0.5, 0.99)),
        pa.array([lag and lag.max_ns for lag in lags], pa.int64()),
        *(pa.array([getattr(line, name) for line in lines], pa.float64()) for name in ("cpu", "target_cpu_s")),
    ]
    yield pa.RecordBatch.from_arrays(columns, schema=COUNTERS)


def _steps(run: Run) -> Rows:
    cells = [(line, step) for line in run.counters for step in sorted({*line.offered_by_step, *line.outcomes})]
    columns = [
        *_at(run, [line for line, _ in cells]),
        _words([step for _, step in cells]),
        pa.array([line.offered_by_step.get(step, 0) for line, step in cells], pa.int64()),
        *(
            pa.array([line.outcomes.get(step, {}).get(name, 0) for line, step in cells], pa.int64())
            for name in OUTCOMES
        ),
    ]
    yield pa.RecordBatch.from_arrays(columns, schema=STEPS)


def _stations(run: Run) -> Rows:
    cells = [(line, name, load) for line in run.counters for name, load in line.stations.items()]
    columns = [
        *_at(run, [line for line, _, _ in cells]),
        _words([name for _, name, _ in cells]),
        *(
            pa.array([getattr(load, name) for _, _, load in cells], pa.float64())
            for name in ("utilisation", "backlog", "servers")
        ),
    ]
    yield pa.RecordBatch.from_arrays(columns, schema=STATIONS)


def _at(run: Run, lines: Sequence[Timed]) -> tuple[Any, ...]:
    """Return the columns that all rows of intervals begin with."""
    started = run.header.started
    return (
        _words([run.folder.name] * len(lines)),
        pa.array([line.start_s for line in lines], pa.float64()),
        pa.array([line.length_s for line in lines], pa.float64()),
        pa.array([started + timedelta(seconds=line.start_s) for line in lines], pa.timestamp("us", tz="UTC")),
    )


def _words(values: Sequence[str]) -> Any:
    return pa.array(values, pa.string()).dictionary_encode()
