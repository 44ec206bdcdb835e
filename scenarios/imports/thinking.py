"""Think times from a log: a lognormal law fitted by maximum likelihood to differences of cut-off stamps.

A log cuts instants down to a grid of r (a second; 0.1 s where stamps have fractions). For a pause T that begins
uniformly within a grid step, the difference of its two stamps is k·r with probability

    p_k = H(k + 1) − 2·H(k) + H(k − 1),   H(x) = E[(T/r − x)⁺] = m·Φ(σ − z) − x·Φ(−z),   z = (ln x − μ)/σ

(m = E[T/r], H(x) = m − x for x <= 0), so the fit is exact on the grid and short pauses are not biased by it.
Standard errors come from the observed information.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import ndtr

from models.laws import Constant, Exponential, Law, Lognormal

GRID_NS = 100_000_000
"""Differences are counted in tenths of a second."""

TENTHS_PER_S = 10
LEAST = 20
"""A pause seen less often gets no cv of its own: exponential (assumed)."""

_CV = (0.02, 20.0)
_STEP = 1e-3


@dataclass(frozen=True)
class Thinking:
    """The pauses before a step: how many were seen, their plain mean, the law, and relative standard errors."""

    samples: int
    observed_mean_s: float
    law: Law
    mean_error: float | None = None
    cv_error: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; standard errors relative to the estimate."""
        return {
            "samples": self.samples,
            "observed_mean_s": round(self.observed_mean_s, 4),
            "law": self.law.model_dump(exclude_defaults=True),
            "mean_standard_error": self.mean_error,
            "cv_standard_error": self.cv_error,
        }


def fit(tenths: Mapping[int, int], *, whole_seconds: bool) -> Thinking:
    """Fit the law of pauses given as counts by tenths of a second."""
    merge = TENTHS_PER_S if whole_seconds else 1
    counts: dict[int, int] = {}
    for tenth, count in tenths.items():
        counts[round(tenth / merge)] = counts.get(round(tenth / merge), 0) + count
    k = np.array(sorted(counts), np.float64)
    n = np.array([counts[int(i)] for i in k], np.float64)
    samples, unit_s = int(n.sum()), merge / TENTHS_PER_S
    mean = float(n @ k / n.sum())
    if mean == 0:
        return Thinking(samples, 0.0, Constant(law="constant", mean_s=0.0))
    if samples < LEAST:
        return Thinking(samples, mean * unit_s, Exponential(law="exponential", mean_s=_rounded(mean * unit_s)))
    return _fitted(k, n, mean, unit_s)


def _fitted(k: NDArray[np.float64], n: NDArray[np.float64], mean: float, unit_s: float) -> Thinking:
    """Maximise the likelihood over ln(mean) and ln(cv), from the moments (less the grid's variance of 1/6)."""
    variance = max(float(n @ (k - mean) ** 2 / n.sum()) - 1 / 6, (_CV[0] * mean) ** 2)
    start = np.log([mean, np.clip(np.sqrt(variance) / mean, *_CV)])
    bounds = [(start[0] - 3.0, start[0] + 3.0), tuple(np.log(_CV))]

    def cost(at: NDArray[np.float64]) -> float:
        return -float(n @ np.log(np.maximum(_probabilities(k, at), 1e-15)))

    found = minimize(cost, start, method="Nelder-Mead", bounds=bounds, options={"xatol": 1e-5, "fatol": 1e-6})
    mean_s, cv = float(np.exp(found.x[0])) * unit_s, float(np.exp(found.x[1]))
    law = Lognormal(law="lognormal", mean_s=_rounded(mean_s), cv=_rounded(cv))
    return Thinking(int(n.sum()), mean * unit_s, law, *_standard_errors(cost, found.x))


def _probabilities(k: NDArray[np.float64], at: NDArray[np.float64]) -> NDArray[np.float64]:
    mean, cv = np.exp(at)
    sigma2 = np.log1p(cv * cv)
    sigma, mu = np.sqrt(sigma2), at[0] - sigma2 / 2

    def beyond(x: NDArray[np.float64]) -> NDArray[np.float64]:
        z = (np.log(np.maximum(x, 1e-300)) - mu) / sigma
        above: NDArray[np.float64] = np.where(x > 0, mean * ndtr(sigma - z) - x * ndtr(-z), mean - x)
        return above

    return beyond(k + 1) - 2 * beyond(k) + beyond(k - 1)


def _standard_errors(cost: Any, at: NDArray[np.float64]) -> tuple[float, float] | tuple[None, None]:
    """Return the relative standard errors of mean and cv; None where the likelihood has no peak inside."""
    e = np.eye(2) * _STEP
    information = np.array(
        [
            [
                cost(at + e[i] + e[j]) - cost(at + e[i] - e[j]) - cost(at - e[i] + e[j]) + cost(at - e[i] - e[j])
                for j in range(2)
            ]
            for i in range(2)
        ]
    ) / (4 * _STEP**2)
    if information[0, 0] <= 0 or np.linalg.det(information) <= 0:
        return None, None
    mean_error, cv_error = np.sqrt(np.diag(np.linalg.inv(information)))
    return _rounded(float(mean_error)), _rounded(float(cv_error))


def _rounded(value: float) -> float:
    """Keep five significant digits."""
    return float(f"{value:.5g}")
