"""M/M/c, where all wait as long as it takes, and what is known of M/G/c.

Source: Kleinrock (1975), "Queueing Systems", volume 1, section 3.5.
"""

import math
from dataclasses import dataclass

from models.theory.erlang import erlang_c
from models.theory.ranges import fraction, not_negative, positive, whole


@dataclass(frozen=True)
class Mmc:
    """An M/M/c station, first come first served, in steady state; offered too much, its wait and backlog are infinite.

    `arrival_rps` is λ, `service_s` the mean service S = 1/μ, `servers` c. Raises ValueError when λ is negative,
    S is not above 0 or c is below 1.
    """

    arrival_rps: float
    service_s: float
    servers: int

    def __post_init__(self) -> None:
        not_negative(arrival_rps=self.arrival_rps)
        positive(service_s=self.service_s)
        whole(1, servers=self.servers)

    @property
    def offered(self) -> float:
        """Return the offered load a = λ·S, in erlangs."""
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
        """Return P(W > w) = C·exp(−(c/S − λ)·w), for w of 0 or more."""
        return self.wait_probability * math.exp(-max(self._spare_rps, 0.0) * wait_s)

    def wait_quantile(self, fraction_of_all: float) -> float:
        """Return the wait, in seconds, that this fraction of customers does not exceed: ln(C/(1 − q))/(c/S − λ) or 0.

        Raises ValueError when the fraction q is not in [0, 1).
        """
        fraction(fraction_of_all=fraction_of_all)
        late, waits = 1.0 - fraction_of_all, self.wait_probability
        if waits <= late:
            return 0.0
        return math.log(waits / late) / self._spare_rps if self._spare_rps > 0 else math.inf

    def responds_later(self, response_s: float) -> float:
        """Return P(R > t), of wait and exponential service together, for t of 0 or more.

        exp(−μt)·(1 + C·(1 − exp(−βt))/(β/μ)),  μ = 1/S,  β = c·μ − λ − μ  (its limit 1 + C·μ·t at β = 0).
        """
        if self._spare_rps <= 0:
            return 1.0
        rate, time = 1.0 / self.service_s, response_s
        beta = self._spare_rps - rate
        grown = time if abs(beta * time) < 1e-12 else -math.expm1(-beta * time) / beta
        return math.exp(-rate * time) * (1.0 + self.wait_probability * rate * grown)

    def response_quantile(self, fraction_of_all: float) -> float:
        """Return the time in system, in seconds, that this fraction of customers does not exceed.

        Raises ValueError when the fraction is not in [0, 1).
        """
        from scipy.optimize import brentq

        fraction(fraction_of_all=fraction_of_all)
        if self._spare_rps <= 0:
            return math.inf
        late = 1.0 - fraction_of_all
        highest = self.service_s
        while self.responds_later(highest) > late:
            highest *= 2.0
        return float(brentq(lambda t: self.responds_later(t) - late, 0.0, highest, xtol=1e-15 * highest))


def mgc_wait_s(arrival_rps: float, service_s: float, scv: float, servers: int) -> float:
    """Return about the mean wait of M/G/c FCFS: that of M/M/c times (1 + scv)/2 (Lee and Longton 1959).

    Exact for one server and for exponential service; elsewhere within some per cent. Raises ValueError as `Mmc`
    does, and when the squared coefficient of variation is negative.
    """
    not_negative(scv=scv)
    return Mmc(arrival_rps, service_s, servers).wait_s * (1.0 + scv) / 2.0
