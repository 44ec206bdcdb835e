"""A station played through by hand: when does each customer leave, given arrivals and services.

Source: Kiefer and Wolfowitz (1955), "On the theory of queues with many servers", Transactions of the AMS 78(1).
"""

import heapq
from collections.abc import Sequence

from models.theory.ranges import same_length, whole


def departures(arrivals_s: Sequence[float], services_s: Sequence[float], servers: int) -> tuple[float, ...]:
    """Return each customer's departure from c servers, first come first served: max(arrival, first free) + service.

    Applies to any sequence of arrivals in order of time. Raises ValueError when the lengths differ or are 0, c is below
    1 or the arrivals are out of order.
    """
    whole(1, servers=servers)
    same_length(arrivals_s=tuple(arrivals_s), services_s=tuple(services_s))
    if list(arrivals_s) != sorted(arrivals_s):
        raise ValueError("`arrivals_s` must be in order of time; sort them")
    free_s = [arrivals_s[0]] * servers
    ends = []
    for arrival_s, service_s in zip(arrivals_s, services_s, strict=True):
        ends.append(max(arrival_s, free_s[0]) + service_s)
        heapq.heapreplace(free_s, ends[-1])
    return tuple(ends)
