"""Generators over a run's measurement window: how near its limits each worker of a swarm came."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from reports.run import Run
from reports.vitals import Vitals


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
    def of(cls, number: int, own: Vitals) -> Self:
        """Sum up a worker's seconds; there is at least one."""
        sent = own.lag_p99_ns[~np.isnan(own.lag_p99_ns)]
        return cls(
            worker=number,
            host=own.first_host,
            seconds=len(own),
            late=int(own.is_late.sum()),
            cpu_mean=float(own.cpu.mean()),
            cpu_max=float(own.cpu.max()),
            lag_p99_s=float(sent.max()) / 1e9 if sent.size else None,
            loop_max_s=float(own.loop_max_ns.max()) / 1e9,
            sockets=int(own.sockets.max()),
            sockets_most=int(own.sockets_most[0]),
            memory_bytes=int(own.memory_bytes.max()),
            memory_most=int(own.memory_most[0]),
            in_progress=int(own.in_progress.max()),
        )


def generators_of(run: Run) -> tuple[Generator, ...]:
    """Return a run's workers by number, over its measurement window; none where it has no workers of a swarm."""
    return tuple(Generator.of(number, own) for number, own in run.vitals.within(run.window).by_worker())
