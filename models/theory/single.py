"""M/G/1, first come first served.

Source: Pollaczek (1930), Khinchine (1932); Kleinrock (1975), "Queueing Systems", volume 1, section 5.6.
"""

import math

from models.theory.ranges import not_negative, positive


def mg1_wait_s(arrival_rps: float, service_s: float, scv: float) -> float:
    """Return the mean wait of M/G/1 FCFS in steady state, λ·S²·(1 + scv) / (2·(1 − ρ)); infinite when ρ = λ·S >= 1.

    Applies to Poisson arrivals and independent services of mean S and squared coefficient of variation `scv`,
    whatever their law. Raises ValueError when λ or scv is negative or S is not above 0.
    """
    not_negative(arrival_rps=arrival_rps, scv=scv)
    positive(service_s=service_s)
    utilisation = arrival_rps * service_s
    if utilisation >= 1.0:
        return math.inf
    return arrival_rps * service_s**2 * (1.0 + scv) / (2.0 * (1.0 - utilisation))


def mg1_in_system(arrival_rps: float, service_s: float, scv: float) -> float:
    """Return the mean number in an M/G/1 system, L = ρ + λ·W; the errors are those of `mg1_wait_s`."""
    return arrival_rps * (mg1_wait_s(arrival_rps, service_s, scv) + service_s)
