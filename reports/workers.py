"""What each worker of a swarm told of itself, each second: a line of `workers.jsonl`, its limits, and who is past them.

A generator that is at its limit measures itself. Each finding names the worker, what was seen, the limit, and what to
add.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from reports.header import Window
from reports.quantities import count, duration, share

CPU = 0.95
"""A worker that uses more of its core than this, on average over the window, is saturated; assumed."""

LAG_P99_S = 0.1
"""A second in which one step in a hundred was sent later than this is a late one; assumed."""

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

    @property
    def is_late(self) -> bool:
        """Whether steps were sent late, or the loop stood still, in this second."""
        return (self.lag_p99_ns or 0.0) > LAG_P99_S * 1e9 or self.loop_max_ns > LOOP_S * 1e9


def generator_findings(seconds: Iterable[WorkerSecond], window: Window) -> Iterator[str]:
    """Yield why no verdict can rest on what these workers measured within a window."""
    by_worker = defaultdict[int, list[WorkerSecond]](list)
    by_host = defaultdict[str, dict[float, int]](lambda: defaultdict(int))
    for second in seconds:
        if window.holds(second.t, 1.0):
            by_worker[second.worker].append(second)
            by_host[second.host][second.t] += second.memory_bytes
    workers_of = defaultdict[str, int](int)
    for own in by_worker.values():
        workers_of[own[0].host] += 1
    for number, own in sorted(by_worker.items()):
        name, first = f"Worker {number} on {own[0].host}", own[0]
        add = _what_to_add(first.host, first.cores, workers_of[first.host])
        yield from _of_worker(name, own, add)
    most = {own[0].host: own[0].memory_most for own in by_worker.values()}
    yield from _of_hosts(by_host, most)


def _of_worker(name: str, seconds: Sequence[WorkerSecond], add: str) -> Iterator[str]:
    used = sum(second.cpu for second in seconds) / len(seconds)
    if used > CPU:
        yield f"{name} was saturated: it used {share(used)} of its core on average (at most {share(CPU)}); {add}."
    late = [second for second in seconds if second.is_late]
    if len(late) > max(1, LATE_SHARE * len(seconds)):
        worst = max(max(second.lag_p99_ns or 0.0, second.loop_max_ns) for second in late) / 1e9
        yield (
            f"{name} was late in {count(len(late))} of {count(len(seconds))} seconds, by up to {duration(worst)} "
            f"(send lag p99 at most {duration(LAG_P99_S)}, loop at most {duration(LOOP_S)}); {add}."
        )
    fullest = max(seconds, key=lambda second: second.sockets / max(1, second.sockets_most))
    if fullest.sockets > SOCKETS * fullest.sockets_most:
        yield (
            f"{name} had {count(fullest.sockets)} sockets open of the {count(fullest.sockets_most)} that it may have; "
            "raise its limit (ulimit -n), add source addresses, or add a machine."
        )


def _of_hosts(bytes_used: Mapping[str, Mapping[float, int]], most: Mapping[str, int]) -> Iterator[str]:
    for host, by_second in sorted(bytes_used.items()):
        greatest = max(by_second.values())
        if most[host] and greatest > MEMORY * most[host]:
            yield (
                f"The workers on {host} used {share(greatest / most[host])} of its memory (at most {share(MEMORY)}); "
                "add a machine."
            )


def _what_to_add(host: str, cores: int, workers: int) -> str:
    """Say where another worker can run: on a free core of the machine, or on another."""
    free = cores - workers - 1  # one core is for whoever coordinates, or for the system
    return (
        f"add a worker on {host}, which has {cores} cores" if free > 0 else f"add a worker on a machine beside {host}"
    )


def _known(value: Any) -> float | None:
    return None if value is None else float(value)
