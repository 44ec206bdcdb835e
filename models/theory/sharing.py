"""Processor sharing: all present are served at once, c servers' worth of work among n customers, at most one each.

Insensitive: the number in system and mean responses depend on the service law by its mean only, and are those of
M/M/c. Source: Kelly (1979), "Reversibility and Stochastic Networks", section 3.3 (symmetric queues); Kleinrock (1976),
"Queueing Systems", volume 2, section 4.4.
"""

from models.theory.delay import Mmc
from models.theory.ranges import not_negative


def sharing_response_s(arrival_rps: float, service_s: float, servers: int = 1) -> float:
    """Return the mean response R of M/G/c-PS in steady state: that of M/M/c, for one server S/(1 − ρ).

    Infinite when offered too much. Raises ValueError as `Mmc` does.
    """
    return Mmc(arrival_rps, service_s, servers).response_s


def sharing_response_of_s(demand_s: float, arrival_rps: float, service_s: float, servers: int = 1) -> float:
    """Return the mean response of a customer who needs `demand_s` (x): x·R/S, for one server x/(1 − ρ).

    Everybody is slowed down alike. Raises ValueError as `Mmc` does, and when the demand is negative.
    """
    not_negative(demand_s=demand_s)
    return demand_s * sharing_response_s(arrival_rps, service_s, servers) / service_s
