"""Fork and join: each arrival splits into parts for two like single servers, and ends when both parts have.

Source: Flatto and Hahn (1984), "Two parallel queues created by arrivals with two demands I", SIAM Journal on Applied
Mathematics 44(5); the mean as in Nelson and Tantawi (1988), IEEE Transactions on Computers 37(6).
"""

import math

from models.theory.ranges import not_negative, positive


def fork_join_response_s(arrival_rps: float, service_s: float) -> float:
    """Return the mean response R of fork-join of 2, (12 − ρ)/8·S/(1 − ρ); infinite when ρ = λ·S >= 1.

    Applies in steady state to Poisson arrivals and independent exponential services of mean S, first come first served.
    Raises ValueError when λ is negative or S is not above 0.
    """
    not_negative(arrival_rps=arrival_rps)
    positive(service_s=service_s)
    utilisation = arrival_rps * service_s
    return (12.0 - utilisation) / 8.0 * service_s / (1.0 - utilisation) if utilisation < 1.0 else math.inf
