"""One server, classes by priority, first come first served within each: M/G/1 with Poisson arrivals of each class.

Classes are given from the most urgent to the least; ρ_k = λ_k·S_k, σ_k = ρ_1 + … + ρ_k. A class with σ_k >= 1 never
comes to rest: its times are infinite, and those of the classes above it still hold. Source: Cobham (1954), "Priority
assignment in waiting line problems", Operations Research 2(1); Kleinrock (1976), "Queueing Systems", volume 2,
sections 3.3 and 3.4.
"""

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise

from models.theory.erlang import erlang_c
from models.theory.ranges import not_negative, positive, same_length, whole


@dataclass(frozen=True)
class PriorityMg1:
    """An M/G/1 station with priorities, in steady state.

    `arrivals_rps`, `services_s` and `scvs` have one value for each class. Raises ValueError when their lengths differ
    or are 0, a rate or squared coefficient of variation is negative, or a service is not above 0.
    """

    arrivals_rps: tuple[float, ...]
    services_s: tuple[float, ...]
    scvs: tuple[float, ...]

    def __post_init__(self) -> None:
        same_length(arrivals_rps=self.arrivals_rps, services_s=self.services_s, scvs=self.scvs)
        for arrival_rps, service_s, scv in zip(self.arrivals_rps, self.services_s, self.scvs, strict=True):
            not_negative(arrival_rps=arrival_rps, scv=scv)
            positive(service_s=service_s)

    def non_preemptive_wait_s(self) -> tuple[float, ...]:
        """Return each class's mean wait where a service once begun is finished: W_k = W_0/((1 − σ_{k−1})·(1 − σ_k)).

        W_0 = Σ λ'_i·E[S_i²]/2 over all classes, where λ'_i is what the server can take of λ_i.
        """
        residual_s = sum(
            min(rate, max(1.0 - above, 0.0) / service_s) * self._square(i) / 2.0
            for i, (rate, service_s, above) in enumerate(
                zip(self.arrivals_rps, self.services_s, self._loads()[:-1], strict=True)
            )
        )
        return tuple(self._wait_s(residual_s, k) for k in range(len(self.services_s)))

    def non_preemptive_response_s(self) -> tuple[float, ...]:
        """Return each class's mean time in system, W_k + S_k, where a service once begun is finished."""
        return tuple(w + s for w, s in zip(self.non_preemptive_wait_s(), self.services_s, strict=True))

    def preemptive_resume_response_s(self) -> tuple[float, ...]:
        """Return each class's mean time in system where a more urgent arrival interrupts, and work is not lost.

        R_k = S_k/(1 − σ_{k−1}) + Σ_{i<=k} λ_i·E[S_i²]/2 / ((1 − σ_{k−1})·(1 − σ_k))
        """
        residuals_s = accumulate(rate * self._square(i) / 2.0 for i, rate in enumerate(self.arrivals_rps))
        return tuple(
            self._wait_s(residual_s, k) + (self.services_s[k] / (1.0 - above) if above < 1.0 else math.inf)
            for k, (residual_s, above) in enumerate(zip(residuals_s, self._loads()[:-1], strict=True))
        )

    def _loads(self) -> tuple[float, ...]:
        """Return σ_0 = 0, σ_1, σ_2 and so on."""
        loads = (rate * service_s for rate, service_s in zip(self.arrivals_rps, self.services_s, strict=True))
        return tuple(accumulate(loads, initial=0.0))

    def _square(self, i: int) -> float:
        """Return E[S_i²]."""
        return self.services_s[i] ** 2 * (1.0 + self.scvs[i])

    def _wait_s(self, residual_s: float, k: int) -> float:
        above, upto = self._loads()[k : k + 2]
        return residual_s / ((1.0 - above) * (1.0 - upto)) if upto < 1.0 else math.inf


def mmc_priority_wait_s(arrivals_rps: tuple[float, ...], service_s: float, servers: int) -> tuple[float, ...]:
    """Return each class's mean wait at c servers, non-preemptive, with the same exponential service for all.

    W_k = C·S/c / ((1 − σ_{k−1})·(1 − σ_k)), with σ_k = (λ_1 + … + λ_k)·S/c and Erlang's C of the whole load (1 when it
    is 1 or more). Raises ValueError when there is no class, a rate is negative, S not above 0 or c below 1.
    """
    whole(1, servers=servers, classes=len(arrivals_rps))
    positive(service_s=service_s)
    for arrival_rps in arrivals_rps:
        not_negative(arrival_rps=arrival_rps)
    loads = tuple(accumulate((rate * service_s / servers for rate in arrivals_rps), initial=0.0))
    between_s = erlang_c(servers, sum(arrivals_rps) * service_s) * service_s / servers
    return tuple(
        between_s / ((1.0 - above) * (1.0 - upto)) if upto < 1.0 else math.inf for above, upto in pairwise(loads)
    )
