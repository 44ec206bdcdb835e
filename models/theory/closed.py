"""Closed networks of one class with a product form: N customers who think, then visit stations, and think again.

Applies to FCFS stations with exponential services, the same for every visit, and to processor sharing with any law;
think times may have any law.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.theory.ranges import not_negative, positive, same_length, whole


@dataclass(frozen=True)
class Closed:
    """The steady state of a closed network: X, and of each station R_i (all visits of one cycle) and Q_i."""

    throughput_rps: float
    responses_s: tuple[float, ...]
    in_system: tuple[float, ...]

    @property
    def response_s(self) -> float:
        """Return R = Σ R_i, the time of one cycle without thinking."""
        return sum(self.responses_s)


def mva(population: int, demands_s: tuple[float, ...], think_s: float = 0.0) -> Closed:
    """Solve a closed network of single servers by exact mean value analysis, in population × stations steps.

    R_i(n) = D_i·(1 + Q_i(n−1)),  X(n) = n/(Z + Σ R_i(n)),  Q_i(n) = X(n)·R_i(n)

    `demands_s` are D_i (visits times service), `think_s` is Z. Source: Reiser and Lavenberg (1980), "Mean-value
    analysis of closed multichain queuing networks", JACM 27(2). Raises ValueError when the population is below 1, there
    is no station, a demand is not above 0 or Z is negative.
    """
    check_closed(population, demands_s, think_s)
    demands = np.array(demands_s, np.float64)
    queues, responses, throughput = np.zeros_like(demands), demands, 0.0
    for n in range(1, population + 1):
        responses = demands * (1.0 + queues)
        throughput = n / (think_s + float(responses.sum()))
        queues = throughput * responses
    return Closed(throughput, tuple(responses.tolist()), tuple(queues.tolist()))


def convolution(
    population: int, demands_s: tuple[float, ...], servers: tuple[int, ...], think_s: float = 0.0
) -> Closed:
    """Solve a closed network of multi-server stations, in population² × stations steps.

    With f_i(k) = D_i^k/Π_{j<=k} min(j, c_i), Z^k/k! for thinking, and G their convolution,

        X = G(N−1)/G(N),  Q_i = Σ_k k·f_i(k)·G_{−i}(N−k)/G(N),  R_i = Q_i/X,  G_{−i} without station i

    All terms are positive, so nothing cancels (as it does in load-dependent mean value analysis). Source: Buzen (1973),
    "Computational algorithms for closed queueing networks with exponential servers", CACM 16(9). Raises ValueError as
    `mva` does, and when the lengths differ or a station has no server.
    """
    check_closed(population, demands_s, think_s)
    same_length(demands_s=demands_s, servers=servers)
    whole(1, servers=min(servers))
    slowest_s = max(demand_s / c for demand_s, c in zip(demands_s, servers, strict=True))
    cycle_s = max(
        slowest_s, (sum(demands_s) + think_s) / population
    )  # about 1/X: in this unit G(n) changes little near N
    stations = [_factors(population, demand / cycle_s, c) for demand, c in zip(demands_s, servers, strict=True)]
    first = _factors(population, think_s / cycle_s, population)
    before, behind = [first], [_scaled(np.eye(1, population + 1)[0])]
    for i in range(len(stations)):
        before.append(_convolved(before[-1], stations[i]))
        behind.append(_convolved(behind[-1], stations[-1 - i]))
    throughput = float(before[-1][-2] / before[-1][-1]) / cycle_s
    queues = [
        _mean_queue(factors, _convolved(before[i], behind[len(stations) - 1 - i])) for i, factors in enumerate(stations)
    ]
    return Closed(throughput, tuple(q / throughput for q in queues), tuple(queues))


def check_closed(population: int, demands_s: tuple[float, ...], think_s: float) -> None:
    """Raise ValueError unless the parameters describe a closed network."""
    whole(1, population=population, stations=len(demands_s))
    not_negative(think_s=think_s)
    for demand_s in demands_s:
        positive(demand_s=demand_s)


def _factors(population: int, demand: float, servers: int) -> NDArray[np.float64]:
    """Return f(0) … f(N), scaled so that the greatest is 1."""
    if demand == 0.0:
        return np.asarray(np.eye(1, population + 1)[0], np.float64)
    steps = np.log(demand) - np.log(np.minimum(np.arange(1, population + 1), servers))
    logs = np.concatenate(([0.0], np.cumsum(steps)))
    return np.asarray(np.exp(logs - logs.max()), np.float64)


def _convolved(one: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    return _scaled(np.convolve(one, other)[: one.size])


def _scaled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values / values.max(), np.float64)


def _mean_queue(factors: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return Q of a station from its f and the others' G, whatever the scale of each."""
    shares = factors * others[::-1]
    return float(shares @ np.arange(shares.size) / shares.sum())
