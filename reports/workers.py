"""What each worker of a swarm told of itself, each second: a line of `workers.jsonl`, and its limits."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

CPU = 0.95
"""A worker that uses more of its core than this, on average over the window, is saturated; assumed."""

LAG_P99_S = 0.1
"""A second, or a run, in which one step in a hundred was sent later than this has a late generator; assumed."""

LOOP_S = 0.5
"""A second in which a generator's loop stood still for longer than this is a late one; assumed."""

LATE_SHARE = 0.05
"""More late seconds than this in the window, and than a single one, are a fault of the generator; assumed."""

SOCKETS = 0.9
"""More open sockets than this share of what descriptors or ports allow are about to run out; assumed."""

MEMORY = 0.9
"""More of a machine's memory than this, for all its workers, is about to run out; assumed."""


@dataclass(frozen=True)
class WorkerSecond:
    """One second of one worker: `cpu` as a share of one core, send lags, loop lag, sockets and memory, and their most.

    `t` is the second's beginning, seconds since scenario start; lags are None where nothing was sent.
    """

    t: float
    worker: int
    host: str
    cores: int
    cpu: float
    lag_p50_ns: float | None
    lag_p99_ns: float | None
    lag_max_ns: float | None
    loop_max_ns: float
    sockets: int
    sockets_most: int
    memory_bytes: int
    memory_most: int
    in_progress: int

    def to_record(self) -> dict[str, Any]:
        """Return the line's JSON object."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> "WorkerSecond":
        """Make the second of a line, or of what a generator told; KeyError, TypeError or ValueError when it is none."""
        return cls(
            t=float(record["t"]),
            worker=int(record["worker"]),
            host=str(record["host"]),
            cores=int(record["cores"]),
            cpu=float(record["cpu"]),
            lag_p50_ns=_known(record.get("lag_p50_ns")),
            lag_p99_ns=_known(record.get("lag_p99_ns")),
            lag_max_ns=_known(record.get("lag_max_ns")),
            loop_max_ns=float(record["loop_max_ns"]),
            sockets=int(record["sockets"]),
            sockets_most=int(record["sockets_most"]),
            memory_bytes=int(record["memory_bytes"]),
            memory_most=int(record["memory_most"]),
            in_progress=int(record["in_progress"]),
        )


def _known(value: Any) -> float | None:
    return None if value is None else float(value)
