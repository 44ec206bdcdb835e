"""What the workers of a swarm told of themselves, as columns: a day has a line for each second of each of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path
from typing import Any, Self

import msgspec
import numpy as np
from numpy.typing import NDArray

from reports.header import Window
from reports.lines import decoded
from reports.workers import LAG_P99_S, LOOP_S, WorkerSecond

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_CLOSE = 1e-9
_SECOND_S = 1.0
_NUMBERS = ("t", "cpu", "lag_p99_ns", "loop_max_ns")
_COUNTS = ("worker", "cores", "sockets", "sockets_most", "memory_bytes", "memory_most", "in_progress")


class _Second(msgspec.Struct, gc=False):
    t: float
    worker: int
    host: str
    cores: int
    cpu: float
    loop_max_ns: float
    sockets: int
    sockets_most: int
    memory_bytes: int
    memory_most: int
    in_progress: int
    lag_p99_ns: float | None = None


@dataclass(frozen=True, eq=False)
class Vitals:
    """Seconds of workers in the order of the file, as `reports.workers.WorkerSecond` has them.

    Floats are float64[n], counts int64[n]; `host` is a place in `hosts`; `lag_p99_ns` is NaN where nothing was sent.
    """

    hosts: tuple[str, ...]
    host: Ints
    t: Floats
    cpu: Floats
    lag_p99_ns: Floats
    loop_max_ns: Floats
    worker: Ints
    cores: Ints
    sockets: Ints
    sockets_most: Ints
    memory_bytes: Ints
    memory_most: Ints
    in_progress: Ints

    @classmethod
    def read(cls, path: Path, slowly: Callable[[], Iterable[WorkerSecond]]) -> Self:
        """Read `workers.jsonl`; all of it `slowly`, which tells what is wrong, where a line is not as we write it."""
        try:
            return cls._made(decoded(path, _Second))
        except ValueError:
            return cls.of(slowly())

    @classmethod
    def of(cls, seconds: Iterable[WorkerSecond]) -> Self:
        """Make columns of seconds."""
        return cls._made([tuple(seconds)])

    @classmethod
    def _made(cls, blocks: Iterable[Sequence[WorkerSecond | _Second]]) -> Self:
        hosts: dict[str, int] = {}
        columns: dict[str, list[NDArray[Any]]] = {name: [] for name in ("host", *_NUMBERS, *_COUNTS)}
        for block in blocks:
            columns["host"].append(np.array([hosts.setdefault(each.host, len(hosts)) for each in block], np.int64))
            for name in _NUMBERS:
                columns[name].append(np.array(list(map(attrgetter(name), block)), np.float64))  # None is NaN
            for name in _COUNTS:
                columns[name].append(np.array(list(map(attrgetter(name), block)), np.int64))
        none = {name: np.zeros(0, np.float64 if name in _NUMBERS else np.int64) for name in columns}
        return cls(tuple(hosts), **{name: np.concatenate([none[name], *parts]) for name, parts in columns.items()})

    def __len__(self) -> int:
        return len(self.t)

    def within(self, window: Window) -> "Vitals":
        """Return the seconds that lie wholly inside a window."""
        return self.chosen((self.t >= window.from_s - _CLOSE) & (self.t + _SECOND_S <= window.to_s + _CLOSE))

    def chosen(self, chosen: NDArray[np.bool_]) -> "Vitals":
        """Return some of the seconds, bool[n]."""
        return Vitals(self.hosts, *(getattr(self, name)[chosen] for name in ("host", *_NUMBERS, *_COUNTS)))

    def by_worker(self) -> Iterator[tuple[int, "Vitals"]]:
        """Yield each worker's number and seconds, by number."""
        for number in np.unique(self.worker):
            yield int(number), self.chosen(self.worker == number)

    @property
    def first_host(self) -> str:
        """The host of the first second."""
        return self.hosts[int(self.host[0])]

    @property
    def is_late(self) -> NDArray[np.bool_]:
        """Whether steps were sent late, or the loop stood still, in each second."""
        return (np.nan_to_num(self.lag_p99_ns) > LAG_P99_S * 1e9) | (self.loop_max_ns > LOOP_S * 1e9)
