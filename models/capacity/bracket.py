"""Between which numbers of servers the answer lies, by theory alone, in milliseconds.

Below floor(a) + 1 servers a steady offered load of a erlangs has no end to its queue. Above, the wait of M/M/c falls
within a few square roots of a beyond it: Halfin and Whitt (1981), "Heavy-traffic limits for queues with many
exponential servers", Operations Research 29(3).
"""

import math

from models.capacity.offered import Offered
from models.theory.delay import Mmc

NEGLIGIBLE = 1e-3
"""The share of visits that may wait longer than is asked at the upper end."""


def least_stable(load: Offered) -> int:
    """Return the least servers with which a steady load's queue has an end: floor(a) + 1."""
    return math.floor(load.erlangs) + 1


def enough(load: Offered, wait_s: float) -> int:
    """Return the least servers of M/M/c with which all but a thousandth wait no longer than `wait_s`, above 0."""
    servers = least_stable(load)
    if not load.erlangs:
        return servers
    low, high = servers - 1, servers
    while not _is_enough(load, high, wait_s):
        low, high = high, high + max(1, math.ceil(math.sqrt(load.erlangs)))
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _is_enough(load, middle, wait_s) else (middle, high)
    return high


def _is_enough(load: Offered, servers: int, wait_s: float) -> bool:
    return Mmc(load.arrival_rps, load.service_s, servers).waits_longer(wait_s) <= NEGLIGIBLE
