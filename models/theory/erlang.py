"""Erlang's two formulas, of offered load a = λ·E[S] and c servers.

Source: Erlang (1917), "Solution of some problems in the theory of probabilities of significance in automatic telephone
exchanges"; Kleinrock (1975), "Queueing Systems", volume 1, section 3.5 and 3.6.
"""

from models.theory.ranges import not_negative, whole


def erlang_b(servers: int, offered: float) -> float:
    """Return the share of arrivals that find all servers busy when none may wait.

    Applies to M/G/c/c: Poisson arrivals, any law of service. By recursion, which adds positive terms only:

        B(0) = 1,  B(n) = a·B(n−1) / (n + a·B(n−1))

    Raises ValueError when `servers` is below 0 or `offered` (erlangs) is negative or not finite.
    """
    whole(0, servers=servers)
    not_negative(offered=offered)
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Return the share of arrivals that wait when all may: C = B / (1 − ρ·(1 − B)), ρ = a/c; 1 when ρ >= 1.

    Applies to M/M/c. Raises ValueError when `servers` is below 1 or `offered` (erlangs) is negative or not finite.
    """
    whole(1, servers=servers)
    blocked = erlang_b(servers, offered)
    utilisation = offered / servers
    return blocked / (1.0 - utilisation * (1.0 - blocked)) if utilisation < 1.0 else 1.0
