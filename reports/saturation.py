"""Which workers of a swarm were past their limits: a generator that is at its limit measures itself.

Each finding names the worker, what was seen, the limit, and what to add.
"""

from collections.abc import Iterator

import numpy as np

from reports.header import Window
from reports.quantities import count, duration, share
from reports.vitals import Vitals
from reports.workers import CPU, LAG_P99_S, LATE_SHARE, LOOP_S, MEMORY, SOCKETS


def saturation(vitals: Vitals, window: Window) -> Iterator[str]:
    """Yield why no verdict can rest on what these workers measured within a window.

    A worker's number may be told from two hosts, as when logs were put together: it is judged on the host that it was
    first seen on, memory on each.
    """
    within = vitals.within(window)
    workers = list(within.by_worker())
    for number, own in workers:
        host, cores = own.first_host, int(own.cores[0])
        beside = sum(other.first_host == host for _, other in workers)
        yield from _of_worker(f"Worker {number} on {host}", own, _what_to_add(host, cores, beside))
    for host in sorted({within.hosts[at] for at in within.host}):
        yield from _of_host(host, within.chosen(within.host == within.hosts.index(host)))


def _of_worker(name: str, own: Vitals, add: str) -> Iterator[str]:
    used = float(own.cpu.mean())
    if used > CPU:
        yield f"{name} was saturated: it used {share(used)} of its core on average (at most {share(CPU)}); {add}."
    late = own.chosen(own.is_late)
    if len(late) > max(1, LATE_SHARE * len(own)):
        worst = float(np.maximum(np.nan_to_num(late.lag_p99_ns), late.loop_max_ns).max()) / 1e9
        yield (
            f"{name} was late in {count(len(late))} of {count(len(own))} seconds, by up to {duration(worst)} "
            f"(send lag p99 at most {duration(LAG_P99_S)}, loop at most {duration(LOOP_S)}); {add}."
        )
    fullest = int(np.argmax(own.sockets / np.maximum(1, own.sockets_most)))
    sockets, most = int(own.sockets[fullest]), int(own.sockets_most[fullest])
    if sockets > SOCKETS * most:
        yield (
            f"{name} had {count(sockets)} sockets open of the {count(most)} that it may have; "
            "raise its limit (ulimit -n), add source addresses, or add a machine."
        )


def _of_host(host: str, own: Vitals) -> Iterator[str]:
    _, seconds = np.unique(own.t, return_inverse=True)
    greatest, most = float(np.bincount(seconds, own.memory_bytes).max()), int(own.memory_most[0])
    if most and greatest > MEMORY * most:
        yield (
            f"The workers on {host} used {share(greatest / most)} of its memory (at most {share(MEMORY)}); "
            "add a machine."
        )


def _what_to_add(host: str, cores: int, workers: int) -> str:
    """Say where another worker can run: on a free core of the machine, or on another."""
    free = cores - workers - 1  # one core is for whoever coordinates, or for the system
    return (
        f"add a worker on {host}, which has {cores} cores" if free > 0 else f"add a worker on a machine beside {host}"
    )
