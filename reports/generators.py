"""Generators over a run's measurement window: how near its limits each worker of a swarm came."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from reports.run import Run
from reports.workers import WorkerSecond


@dataclass(frozen=True)
class Generator:
    """One worker: shares of its core, and the greatest of what else it told; `most` are limits of its machine.

    Lags are None where nothing was sent; `late` of its `seconds` were late ones (`reports.workers`).
    """

    worker: int
    host: str
    seconds: int
    late: int
    cpu_mean: float
    cpu_max: float
    lag_p99_s: float | None
    loop_max_s: float
    sockets: int
    sockets_most: int
    memory_bytes: int
    memory_most: int
    in_progress: int

    @classmethod
    def of(cls, seconds: Sequence[WorkerSecond]) -> Self:
        """Sum up a worker's seconds; there is at least one."""
        first = seconds[0]
        p99s = [second.lag_p99_ns for second in seconds if second.lag_p99_ns is not None]
        return cls(
            worker=first.worker,
            host=first.host,
            seconds=len(seconds),
            late=sum(second.is_late for second in seconds),
            cpu_mean=sum(second.cpu for second in seconds) / len(seconds),
            cpu_max=max(second.cpu for second in seconds),
            lag_p99_s=max(p99s) / 1e9 if p99s else None,
            loop_max_s=max(second.loop_max_ns for second in seconds) / 1e9,
            sockets=max(second.sockets for second in seconds),
            sockets_most=first.sockets_most,
            memory_bytes=max(second.memory_bytes for second in seconds),
            memory_most=first.memory_most,
            in_progress=max(second.in_progress for second in seconds),
        )


def generators_of(run: Run) -> tuple[Generator, ...]:
    """Return a run's workers by number, over its measurement window; none where it has no workers of a swarm."""
    by_worker = defaultdict[int, list[WorkerSecond]](list)
    for second in run.workers:
        if run.window.holds(second.t, 1.0):
            by_worker[second.worker].append(second)
    return tuple(Generator.of(own) for _, own in sorted(by_worker.items()))
