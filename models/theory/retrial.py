"""A retrial queue: nobody waits; who finds the server busy goes into orbit and tries again, each on its own.

Source: Falin and Templeton (1997), "Retrial Queues", section 1.3.
"""

import math

from models.theory.ranges import not_negative, positive


def orbit_mean(arrival_rps: float, service_s: float, retry_rps: float, scv: float = 1.0) -> float:
    """Return the mean number in orbit of M/G/1 with retrials, λ²·S²·(1 + scv)/(2·(1 − ρ)) + λ·ρ/(θ·(1 − ρ)).

    Applies in steady state when each customer in orbit tries again after exponential times of rate θ (`retry_rps`), for
    ever; infinite when ρ = λ·S >= 1. For exponential service of rate 1 it is ρ²/(1 − ρ)·(1 + θ)/θ; as θ grows it
    becomes the backlog of M/G/1. Raises ValueError when λ or `scv` is negative or S or θ is not above 0.
    """
    not_negative(arrival_rps=arrival_rps, scv=scv)
    positive(service_s=service_s, retry_rps=retry_rps)
    utilisation = arrival_rps * service_s
    if utilisation >= 1.0:
        return math.inf
    waiting = utilisation**2 * (1.0 + scv) / 2.0
    return (waiting + arrival_rps * utilisation / retry_rps) / (1.0 - utilisation)
