"""Shares: which worker starts which session of the numbered stream, with no word between workers.

A session belongs to the worker with the greatest weight among those that have a share at its instant (rendezvous
hashing: Thaler & Ravishankar 1996, "A name-based mapping scheme for rendezvous"):

    owner(n, W) = the w in W with the greatest mix64(mix64(n + 1) ^ mix64(w + 1)·γ)

so a worker that leaves gives up its own sessions and moves no other, and one that joins takes from each its part. Who
has a share changes with time: a list of (from_ns, workers), in force from a played instant on. Workers count from 1.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Stretch = tuple[int, tuple[int, ...]]

NOBODY = 0
_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_30, _27, _31 = np.uint64(30), np.uint64(27), np.uint64(31)


def owners(numbers: ArrayLike, workers: Sequence[int]) -> Integers:
    """Return for each session number, int64[n], the worker it belongs to among these, int64[n]; 0 where there are none.

    >>> owners([1, 2, 3, 4, 5, 6], [1, 2, 3]).tolist()
    [2, 1, 1, 1, 2, 2]
    """
    sessions = _mixed(np.asarray(numbers, np.int64).astype(np.uint64) + np.uint64(1))
    found = np.full(sessions.shape, NOBODY, np.int64)
    greatest = np.zeros(sessions.shape, np.uint64)
    for worker in sorted(workers):
        weight = _mixed(sessions ^ (_mixed(np.array([worker + 1], np.uint64)) * _GAMMA))
        is_greater = weight >= greatest
        found[is_greater] = worker
        greatest[is_greater] = weight[is_greater]
    return found


def owned(
    numbers: ArrayLike, instants_ns: ArrayLike, me: int, shares: Sequence[tuple[int, Sequence[int]]]
) -> NDArray[np.bool_]:
    """Tell for each session, by number and played instant (int64[n] each), whether it is this worker's, bool[n].

    `shares` ascends by from_ns; before the first, nobody has a share.
    """
    all_numbers, instants = np.asarray(numbers, np.int64), np.asarray(instants_ns, np.int64)
    mine = np.zeros(all_numbers.shape, np.bool_)
    for (from_ns, workers), (until_ns, _) in pairwise([*shares, (None, ())]):
        if from_ns is None or me not in workers:
            continue
        here = instants >= from_ns
        if until_ns is not None:
            here &= instants < until_ns
        if here.any():
            mine[here] = owners(all_numbers[here], workers) == me
    return mine


def _mixed(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Mix 64 bits (the finaliser of SplitMix64, see models/draws.py)."""
    z = (z ^ (z >> _30)) * _MIX_1
    z = (z ^ (z >> _27)) * _MIX_2
    return z ^ (z >> _31)


@dataclass(frozen=True)
class Shares:
    """Who has a share from which played instant on: (from_ns, workers in ascending order), ascending by from_ns."""

    stretches: tuple[Stretch, ...] = ()

    def at(self, instant_ns: int) -> tuple[int, ...]:
        """Return the workers that have a share at an instant."""
        return next((workers for from_ns, workers in reversed(self.stretches) if from_ns <= instant_ns), ())

    def joined(self, worker: int, from_ns: int) -> "Shares":
        """Give a worker a share from an instant on."""
        return self._changed(from_ns, lambda workers: tuple(sorted({*workers, worker})))

    def without(self, worker: int, from_ns: int) -> "Shares":
        """Take a worker's share away from an instant on."""
        return self._changed(from_ns, lambda workers: tuple(one for one in workers if one != worker))

    def spans(self, worker: int, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
        """Return the spans within `[from_ns, to_ns)` in which a worker has a share."""
        ends = [begin for begin, _ in self.stretches[1:]] + [to_ns]
        cut = [
            (max(begin, from_ns), min(end, to_ns))
            for (begin, workers), end in zip(self.stretches, ends, strict=True)
            if worker in workers
        ]
        return [(begin, end) for begin, end in cut if begin < end]

    def to_list(self) -> list[list[object]]:
        """Return the shares as they travel: `[[from_ns, [workers]], …]`."""
        return [[from_ns, list(workers)] for from_ns, workers in self.stretches]

    def _changed(self, from_ns: int, change: Callable[[tuple[int, ...]], tuple[int, ...]]) -> "Shares":
        """Change who has a share from an instant on, in all later stretches too."""
        kept = [stretch for stretch in self.stretches if stretch[0] < from_ns]
        later = [stretch for stretch in self.stretches if stretch[0] > from_ns]
        changed = [(from_ns, self.at(from_ns)), *later]
        return Shares((*kept, *((begin, change(workers)) for begin, workers in changed)))
