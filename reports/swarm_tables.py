"""The tables of a swarm: how near their limits its workers came, and how they reached the target."""

from collections.abc import Mapping, Sequence
from typing import Any

from reports.generators import Generator
from reports.quantities import NOTHING, count, duration, share
from reports.tables import Table, table
from reports.workers import CPU, LAG_P99_S, LOOP_S, MEMORY, SOCKETS


def generators(found: Sequence[Generator]) -> Table:
    """Return a row for each worker, over the measurement window."""
    titles = (
        "Worker",
        "CPU, mean",
        "CPU, greatest",
        "Send lag p99",
        "Loop stood",
        "Late seconds",
        "Sockets",
        "Memory",
        "Sessions",
    )
    caption = (
        f"Workers while measured, the greatest of any second; limits (assumed): CPU {share(CPU)} on average, send lag "
        f"p99 {duration(LAG_P99_S)}, loop {duration(LOOP_S)}, {share(SOCKETS)} of sockets, {share(MEMORY)} of memory"
    )
    return table(caption, titles, map(_generator, found))


def _generator(one: Generator) -> tuple[str, ...]:
    return (
        f"{one.worker} on {one.host}",
        share(one.cpu_mean),
        share(one.cpu_max),
        NOTHING if one.lag_p99_s is None else duration(one.lag_p99_s),
        duration(one.loop_max_s),
        f"{count(one.late)} of {count(one.seconds)}",
        f"{count(one.sockets)} of {count(one.sockets_most)}",
        f"{count(one.memory_bytes / 2**20)} MiB ({share(one.memory_bytes / max(1, one.memory_most))})",
        count(one.in_progress),
    )


def connections(opened: Sequence[Mapping[str, Any]]) -> Table:
    """Return how many connections were opened, by address and protocol; of a run's finding."""
    rows = ((str(one["address"]), str(one["protocol"]), count(one["opened"])) for one in opened)
    return table("Connections opened", ("Address", "Protocol", "Opened"), rows, words=(0, 1))
