"""M/M/c+D: a station whose customers all wait up to the same time, then leave.

Source: Barrer (1957), "Queuing with impatient customers and ordered service", Operations Research 5(5).
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from models.theory.birth_death import stationary
from models.theory.ranges import positive, whole


@dataclass(frozen=True)
class ConstantPatience:
    """An M/M/c station whose customers leave after waiting exactly `patience_s` (τ), in steady state, at any load.

    `arrival_rps` is λ, `service_s` the mean service S, `servers` c. With β = c/S − λ and p_n ∝ (λ·S)^n/n! for n < c,
    the wait that service would take to begin has the density λ·p_{c−1}·exp(−β·v) up to τ and
    λ·p_{c−1}·exp(λ·τ − c·v/S) beyond it. Raises ValueError when λ, S or τ is not above 0 or c is below 1.
    """

    arrival_rps: float
    service_s: float
    servers: int
    patience_s: float

    def __post_init__(self) -> None:
        positive(arrival_rps=self.arrival_rps, service_s=self.service_s, patience_s=self.patience_s)
        whole(1, servers=self.servers)

    @property
    def abandoned(self) -> float:
        """Return the share of arrivals that leave before service."""
        return self._masses[2]

    @property
    def wait_probability(self) -> float:
        """Return the share of arrivals that find all servers busy."""
        return self._masses[1] + self._masses[2]

    @property
    def served_wait_s(self) -> float:
        """Return the mean wait of those served."""
        return self._masses[3] / (1.0 - self.abandoned)

    @property
    def wait_s(self) -> float:
        """Return the mean wait of all, those who leave included."""
        return self._masses[3] + self.abandoned * self.patience_s

    @property
    def backlog(self) -> float:
        """Return the mean number waiting, λ·W."""
        return self.arrival_rps * self.wait_s

    @property
    def throughput_rps(self) -> float:
        """Return the rate of those served."""
        return self.arrival_rps * (1.0 - self.abandoned)

    @property
    def in_system(self) -> float:
        """Return the mean number in system, waiting and in service."""
        return self.backlog + self.throughput_rps * self.service_s

    @cached_property
    def _masses(self) -> tuple[float, float, float, float]:
        """Return the shares that start at once, that wait and start, that leave; and ∫_0^τ v·density, in s.

        Each is multiplied by exp(min(βτ, 0)) on the way, so that nothing overflows under overload.
        """
        deaths = np.arange(1, self.servers) / self.service_s
        last = float(stationary(np.full(self.servers - 1, self.arrival_rps), deaths)[-1])
        spare_rps = self.servers / self.service_s - self.arrival_rps
        x = spare_rps * self.patience_s
        scale = math.exp(min(x, 0.0))
        rate, end = self.arrival_rps * last, math.exp(min(x, 0.0) - x)
        started, moment = (
            rate * self.patience_s * _area(x, scale, end),
            rate * self.patience_s**2 * _moment(x, scale, end),
        )
        left = rate * end * self.service_s / self.servers
        total = scale + started + left
        return scale / total, started / total, left / total, moment / total


def _area(x: float, scale: float, end: float) -> float:
    """Return scale·∫_0^1 exp(−x·u) du, where end = scale·exp(−x)."""
    return (scale - end) / x if abs(x) > 1e-4 else scale * (1.0 - x / 2.0 + x * x / 6.0 - x**3 / 24.0)


def _moment(x: float, scale: float, end: float) -> float:
    """Return scale·∫_0^1 u·exp(−x·u) du, where end = scale·exp(−x)."""
    if abs(x) > 1e-2:
        return (scale - end * (1.0 + x)) / (x * x)
    return scale * sum((-x) ** k / (math.factorial(k) * (k + 2)) for k in range(8))
