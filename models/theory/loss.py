"""M/M/c/K: a station with room for K, where a customer who finds it full is turned away.

Source: Gross, Shortle, Thompson and Harris (2008), "Fundamentals of Queueing Theory", section 3.5.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc

from models.theory.birth_death import stationary
from models.theory.ranges import positive, whole


@dataclass(frozen=True)
class Mmck:
    """An M/M/c/K station, first come first served, in steady state, at any load.

    `arrival_rps` is λ, `service_s` the mean service S, `servers` c, `room` K: all places, those in service included
    (a plan's `queue` is K − c). Raises ValueError when λ or S is not above 0, c is below 1 or K below c.
    """

    arrival_rps: float
    service_s: float
    servers: int
    room: int

    def __post_init__(self) -> None:
        positive(arrival_rps=self.arrival_rps, service_s=self.service_s)
        whole(1, servers=self.servers)
        whole(self.servers, room=self.room)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Return p_0 … p_K, shape (K + 1,): the share of time with n customers, and of arrivals that find n.

        Births at λ, deaths from n at min(n, c)/S.
        """
        deaths = np.minimum(np.arange(1, self.room + 1), self.servers) / self.service_s
        return stationary(np.full(self.room, self.arrival_rps), deaths)

    @property
    def rejected(self) -> float:
        """Return p_K, the share of arrivals turned away."""
        return float(self.shares[-1])

    @property
    def throughput_rps(self) -> float:
        """Return X = λ·(1 − p_K)."""
        return self.arrival_rps * (1.0 - self.rejected)

    @property
    def utilisation(self) -> float:
        """Return the servers' busy share X·S/c."""
        return self.throughput_rps * self.service_s / self.servers

    @property
    def in_system(self) -> float:
        """Return L = Σ n·p_n."""
        return float(self.shares @ np.arange(self.room + 1))

    @property
    def backlog(self) -> float:
        """Return Lq = Σ_{n>c} (n − c)·p_n."""
        return float(self.shares[self.servers :] @ np.arange(self.room - self.servers + 1))

    @property
    def wait_probability(self) -> float:
        """Return the share of those let in that wait, Σ_{c≤n<K} p_n / (1 − p_K)."""
        return float(self.shares[self.servers : -1].sum()) / (1.0 - self.rejected)

    @property
    def wait_s(self) -> float:
        """Return the mean wait of those let in, Lq/X."""
        return self.backlog / self.throughput_rps

    @property
    def response_s(self) -> float:
        """Return the mean time in system of those let in, W + S."""
        return self.wait_s + self.service_s

    def waits_longer(self, wait_s: float) -> float:
        """Return P(W > w) of those let in, for w of 0 or more.

        Who finds n >= c waits for n − c + 1 departures, an Erlang time: Σ p_n/(1 − p_K)·Q(n − c + 1, c·w/S), Q the
        regularised upper incomplete gamma function.
        """
        waiting = self.shares[self.servers : -1]
        later = gammaincc(np.arange(1, waiting.size + 1), self.servers * wait_s / self.service_s)
        return float(waiting @ later) / (1.0 - self.rejected)
