"""M/M/c written by hand: the event loop that one would write for this model and no other."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.draws import uniform
from models.elementary import log
from models.kernel import lean_kernel
from models.tally import bucket

_QUEUE = 1 << 16
_MASK = _QUEUE - 1


class Station(NamedTuple):
    """Servers, the keys of gaps and services, customers a second, and the mean service in seconds."""

    servers: int
    gap_key: int
    time_key: int
    rate_rps: float
    mean_s: float


def play_one_station(
    servers: int,
    gap_key: int,
    time_key: int,
    rate_rps: float,
    mean_s: float,
    until_ns: int,
    counts: NDArray[np.int64],
    half_bits: int,
    greatest_ns: int,
) -> int:
    """Count the responses of all customers who are served before `until_ns`; return how many."""
    ends, came = np.empty(servers, np.int64), np.empty(servers, np.int64)
    queue, numbers = np.empty(_QUEUE, np.int64), np.empty(_QUEUE, np.int64)
    keys = gap_key, time_key, 1e9 / rate_rps, mean_s * 1e9
    return int(_play(ends, came, queue, numbers, *keys, until_ns, counts, half_bits, greatest_ns))


@lean_kernel
def _play(  # noqa: C901 - one loop, as such programs are
    ends: NDArray[np.int64],
    came: NDArray[np.int64],
    queue: NDArray[np.int64],
    numbers: NDArray[np.int64],
    gap_key: int,
    time_key: int,
    gap_ns: float,
    mean_ns: float,
    until_ns: int,
    counts: NDArray[np.int64],
    half_bits: int,
    greatest_ns: int,
) -> int:
    """Play on: the heap of ends, and when each customer came, are two arrays; the queue is a ring."""
    busy = first = last = served = number = 0
    arrival = np.int64(-gap_ns * log(uniform(gap_key, 0, 0)) + 0.5)
    while True:
        if busy > 0 and ends[0] <= arrival:
            now = ends[0]
            if now >= until_ns:
                return served
            counts[bucket(now - came[0], half_bits, greatest_ns)] += 1
            served += 1
            busy -= 1
            at, since = ends[busy], came[busy]
            hole, below = 0, 1
            while below < busy:
                if below + 1 < busy and ends[below + 1] < ends[below]:
                    below += 1
                if ends[below] >= at:
                    break
                ends[hole] = ends[below]
                came[hole] = came[below]
                hole, below = below, 2 * below + 1
            ends[hole] = at
            came[hole] = since
            if first == last:
                continue
            since, who = queue[first & _MASK], numbers[first & _MASK]
            first += 1
        else:
            now = since = arrival
            if now >= until_ns:
                return served
            who = number
            number += 1
            arrival += np.int64(-gap_ns * log(uniform(gap_key, 0, number)) + 0.5)
            if busy == ends.size:
                queue[last & _MASK] = now
                numbers[last & _MASK] = who
                last += 1
                continue
        at = now + np.int64(-mean_ns * log(uniform(time_key, who, 0)) + 0.5)
        hole = busy
        busy += 1
        while hole > 0 and ends[(hole - 1) >> 1] > at:
            ends[hole] = ends[(hole - 1) >> 1]
            came[hole] = came[(hole - 1) >> 1]
            hole = (hole - 1) >> 1
        ends[hole] = at
        came[hole] = since
