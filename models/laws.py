"""Laws of service, delay and think times: their moments, and one uniform a variate.

In TOML: `{ law = "lognormal", mean_s = 8.0, cv = 1.2 }`. `scv` is the squared coefficient of variation.
"""

import math
from functools import cached_property
from typing import Annotated, Literal

from pydantic import Field

from cutover.base.document import Strict
from models.draws import uniform
from models.elementary import exp, log, normal_quantile
from models.kernel import kernel

# 126 years; beyond it an instant could overflow. A lognormal of cv 20 and mean 11 days gets there past six
# sigma.
_LONGEST_S = 4e9

Mean = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]


@kernel
def _nanoseconds(seconds: float) -> int:
    return math.floor(min(seconds, _LONGEST_S) * 1e9 + 0.5)


@kernel
def _exponential_ns(mean_s: float, key: int, entity: int, index: int) -> int:
    return _nanoseconds(-mean_s * log(uniform(key, entity, index)))


@kernel
def _lognormal_ns(mu: float, sigma: float, key: int, entity: int, index: int) -> int:
    return _nanoseconds(exp(mu + sigma * normal_quantile(uniform(key, entity, index))))


class Constant(Strict):
    """Always the mean."""

    law: Literal["constant"]
    mean_s: float = Field(ge=0, le=1e6, allow_inf_nan=False)

    @property
    def scv(self) -> float:
        """Return 0."""
        return 0.0

    @cached_property
    def _mean_ns(self) -> int:
        return round(self.mean_s * 1e9)

    def sample_ns(self, key: int, entity: int, index: int) -> int:  # noqa: ARG002 - one call for all laws
        """Return the mean in nanoseconds."""
        return self._mean_ns


class Exponential(Strict):
    """Exponential: −mean·ln(u)."""

    law: Literal["exponential"]
    mean_s: Mean

    @property
    def scv(self) -> float:
        """Return 1."""
        return 1.0

    def sample_ns(self, key: int, entity: int, index: int) -> int:
        """Return one draw in nanoseconds."""
        return _exponential_ns(self.mean_s, key, entity, index)


class Lognormal(Strict):
    """Lognormal: exp(μ + σ·Φ⁻¹(u)), σ² = ln(1 + cv²), μ = ln(mean) − σ²/2."""

    law: Literal["lognormal"]
    mean_s: Mean
    cv: float = Field(ge=0, le=20, allow_inf_nan=False)

    @property
    def scv(self) -> float:
        """Return cv²."""
        return self.cv * self.cv

    @cached_property
    def _parameters(self) -> tuple[float, float]:
        variance = log(1.0 + self.scv)
        return log(self.mean_s) - variance / 2.0, math.sqrt(variance)

    def sample_ns(self, key: int, entity: int, index: int) -> int:
        """Return one draw in nanoseconds."""
        mu, sigma = self._parameters
        return _lognormal_ns(mu, sigma, key, entity, index)


Law = Annotated[Constant | Exponential | Lognormal, Field(discriminator="law")]
