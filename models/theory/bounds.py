"""Bounds of a closed network of single servers that need no solution: N customers, demands D_i, think time Z.

D = Σ D_i, D_max the greatest, D_ave the mean of the D_i. Applies to every mix of services for the asymptotic bounds, to
product-form networks for the balanced-job bounds. Source: Lazowska, Zahorjan, Graham and Sevcik (1984), "Quantitative
System Performance", chapter 5, tables 5.1 and 5.2.
"""

from dataclasses import dataclass

from models.theory.closed import check_closed


@dataclass(frozen=True)
class Bounds:
    """What throughput X and response R (without thinking) of a closed network lie between."""

    least_throughput_rps: float
    most_throughput_rps: float
    least_response_s: float
    most_response_s: float


def asymptotic(population: int, demands_s: tuple[float, ...], think_s: float = 0.0) -> Bounds:
    """Return N/(N·D + Z) <= X <= min(1/D_max, N/(D + Z)) and max(D, N·D_max − Z) <= R <= N·D.

    Raises ValueError as `closed.mva` does.
    """
    check_closed(population, demands_s, think_s)
    total, most = sum(demands_s), max(demands_s)
    return Bounds(
        population / (population * total + think_s),
        min(1.0 / most, population / (total + think_s)),
        max(total, population * most - think_s),
        population * total,
    )


def balanced_job(population: int, demands_s: tuple[float, ...], think_s: float = 0.0) -> Bounds:
    """Return the bounds given by networks whose stations all have the same demand.

    max(N·D_max − Z, D + (N−1)·D_ave/(1 + Z/D)) <= R <= D + (N−1)·D_max/(1 + Z/(N·D)), and with these two bounds of R
    N/(Z + upper) <= X <= min(1/D_max, N/(Z + lower)). Raises ValueError as `closed.mva` does.
    """
    check_closed(population, demands_s, think_s)
    total, most, others = sum(demands_s), max(demands_s), population - 1
    mean = total / len(demands_s)
    upper_s = total + others * most / (1.0 + think_s / (population * total))
    lower_s = total + others * mean / (1.0 + think_s / total)
    return Bounds(
        population / (think_s + upper_s),
        min(1.0 / most, population / (think_s + lower_s)),
        max(population * most - think_s, lower_s),
        upper_s,
    )
