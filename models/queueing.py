"""Closed forms for one station: Erlang B and C, M/M/c, M/G/1. Offered load a = λ·E[S], utilisation ρ = a/c.

Source: Kleinrock (1975), "Queueing Systems", volume 1.
"""

import math
from dataclasses import dataclass

from scipy.optimize import brentq


def erlang_b(servers: int, offered: float) -> float:
    """Return the share of arrivals that find all servers busy when none may wait.

    B(0) = 1,  B(n) = a·B(n−1) / (n + a·B(n−1))
    """
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = offered * blocked / (n + offered * blocked)
    return blocked


def erlang_c(servers: int, offered: float) -> float:
    """Return the share of arrivals that wait when all may: C = B / (1 − ρ·(1 − B)); 1 when ρ >= 1."""
    utilisation = offered / servers
    if utilisation >= 1.0:
        return 1.0
    blocked = erlang_b(servers, offered)
    return blocked / (1.0 - utilisation * (1.0 - blocked))


@dataclass(frozen=True)
class Mmc:
    """An M/M/c station in steady state; offered more than it can do, its wait and backlog are infinite."""

    arrival_rps: float
    service_s: float
    servers: int

    @property
    def offered(self) -> float:
        """Return the offered load a, in erlangs."""
        return self.arrival_rps * self.service_s

    @property
    def utilisation(self) -> float:
        """Return ρ = a/c, also above 1."""
        return self.offered / self.servers

    @property
    def wait_probability(self) -> float:
        """Return P(wait) by Erlang C."""
        return erlang_c(self.servers, self.offered)

    @property
    def wait_s(self) -> float:
        """Return the mean wait, C / (c/S − λ)."""
        spare_rps = self._spare_rps
        return self.wait_probability / spare_rps if spare_rps > 0 else math.inf

    @property
    def response_s(self) -> float:
        """Return the mean time in system, W + S."""
        return self.wait_s + self.service_s

    @property
    def backlog(self) -> float:
        """Return the mean number waiting, λ·W."""
        return self.arrival_rps * self.wait_s

    @property
    def in_system(self) -> float:
        """Return the mean number in system, λ·R."""
        return self.arrival_rps * self.response_s

    @property
    def _spare_rps(self) -> float:
        return self.servers / self.service_s - self.arrival_rps

    def waits_longer(self, wait_s: float) -> float:
        """Return P(W > w) = C·exp(−(c/S − λ)·w)."""
        return self.wait_probability * math.exp(-max(self._spare_rps, 0.0) * wait_s)

    def responds_later(self, response_s: float) -> float:
        """Return P(R > t), of wait and exponential service together.

        exp(−μt)·(1 + C·(1 − exp(−βt))/(β/μ)),  μ = 1/S,  β = c·μ − λ − μ  (its limit 1 + C·μ·t at β = 0).
        """
        if self._spare_rps <= 0:
            return 1.0
        rate, time = 1.0 / self.service_s, response_s
        beta = self._spare_rps - rate
        grown = time if abs(beta * time) < 1e-12 else -math.expm1(-beta * time) / beta
        return math.exp(-rate * time) * (1.0 + self.wait_probability * rate * grown)

    def response_quantile(self, fraction: float) -> float:
        """Return the time in system, in seconds, that this fraction of customers does not exceed."""
        if self._spare_rps <= 0:
            return math.inf
        late = 1.0 - fraction
        highest = self.service_s
        while self.responds_later(highest) > late:
            highest *= 2.0
        return float(brentq(lambda t: self.responds_later(t) - late, 0.0, highest, xtol=1e-15 * highest))


def mg1_wait_s(arrival_rps: float, service_s: float, scv: float) -> float:
    """Return the mean wait of M/G/1 FCFS, λ·S²·(1 + scv) / (2·(1 − ρ)) (Pollaczek and Khinchine)."""
    utilisation = arrival_rps * service_s
    if utilisation >= 1.0:
        return math.inf
    return arrival_rps * service_s**2 * (1.0 + scv) / (2.0 * (1.0 - utilisation))


def mgc_wait_s(arrival_rps: float, service_s: float, scv: float, servers: int) -> float:
    """Return about the mean wait of M/G/c FCFS: that of M/M/c times (1 + scv)/2 (Lee and Longton 1959).

    Exact for one server and for exponential service; elsewhere within some per cent.
    """
    return Mmc(arrival_rps, service_s, servers).wait_s * (1.0 + scv) / 2.0
