"""Erlang A: M/M/c+M and M/M/c/K+M, where those who wait leave when their patience ends.

Source: Palm (1957), "Research on telephone traffic carried by full availability groups"; Garnett, Mandelbaum and
Reiman (2002), "Designing a call center with impatient customers", M&SOM 4(3).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.theory.birth_death import stationary
from models.theory.ranges import positive, whole

_NEGLIGIBLE = 1e-18
"""Without a limit of room, states are counted until the share of all beyond them is below this."""

_MOST_STATES = 20_000_000
"""States that are counted at most: 160 MB an array of them."""


@dataclass(frozen=True)
class ErlangA:
    """A station whose waiting customers leave after an exponential patience, in steady state, at any load.

    `arrival_rps` is λ, `service_s` the mean service S, `servers` c, `patience_s` the mean patience 1/θ, counted while
    waiting only, `room` K all places, or None for no limit. Raises ValueError when λ, S or the patience is not above 0
    and finite, c is below 1 or K below c, or the room has no limit and the patience is so long that more than
    20 million states matter.
    """

    arrival_rps: float
    service_s: float
    servers: int
    patience_s: float
    room: int | None = None

    def __post_init__(self) -> None:
        positive(arrival_rps=self.arrival_rps, service_s=self.service_s, patience_s=self.patience_s)
        whole(1, servers=self.servers)
        if self.room is not None:
            whole(self.servers, room=self.room)

    @cached_property
    def shares(self) -> NDArray[np.float64]:
        """Return p_0 … p_K: the share of time with n customers, and of arrivals that find n.

        Births at λ, deaths from n at min(n, c)/S + (n − c)⁺·θ; without a limit up to the n beyond which 1e-18 is left.
        """
        if self.room is not None:
            return self._shares(self.room)
        states = 2 * self.servers + 100
        while not self._enough(states):
            states *= 2
            if states > _MOST_STATES:
                raise ValueError(f"`patience_s` is too long for the states to be counted: {self.patience_s}")
        return self._shares(states)

    def _shares(self, states: int) -> NDArray[np.float64]:
        n = np.arange(1, states + 1)
        deaths = np.minimum(n, self.servers) / self.service_s + np.maximum(n - self.servers, 0) / self.patience_s
        return stationary(np.full(states, self.arrival_rps), deaths)

    def _enough(self, states: int) -> bool:
        """Return whether the states beyond can be left out: they fall at least as fast as a geometric series."""
        waiting = states - self.servers
        ratio = self.arrival_rps / (self.servers / self.service_s + waiting / self.patience_s)
        return bool(ratio < 1.0 and self._shares(states)[-1] * ratio / (1.0 - ratio) < _NEGLIGIBLE)

    @property
    def rejected(self) -> float:
        """Return the share of arrivals that find no place; 0 without a limit."""
        return 0.0 if self.room is None else float(self.shares[-1])

    @property
    def entered_rps(self) -> float:
        """Return the rate of those let in, λ·(1 − p_K)."""
        return self.arrival_rps * (1.0 - self.rejected)

    @property
    def wait_probability(self) -> float:
        """Return the share of those let in that find all servers busy."""
        finding = self.shares if self.room is None else self.shares[:-1]
        return float(finding[self.servers :].sum()) / (1.0 - self.rejected)

    @property
    def abandoned(self) -> float:
        """Return the share of those let in that leave before service, θ·Lq/(λ·(1 − p_K))."""
        return self.backlog / (self.patience_s * self.entered_rps)

    @property
    def throughput_rps(self) -> float:
        """Return the rate of those served."""
        return self.entered_rps * (1.0 - self.abandoned)

    @property
    def utilisation(self) -> float:
        """Return the servers' busy share."""
        return self.throughput_rps * self.service_s / self.servers

    @property
    def backlog(self) -> float:
        """Return Lq = Σ_{n>c} (n − c)·p_n."""
        return float(self.shares[self.servers :] @ np.arange(self.shares.size - self.servers))

    @property
    def in_system(self) -> float:
        """Return L = Σ n·p_n."""
        return float(self.shares @ np.arange(self.shares.size))

    @property
    def wait_s(self) -> float:
        """Return the mean wait of all let in, those who leave included: Lq/(λ·(1 − p_K))."""
        return self.backlog / self.entered_rps
