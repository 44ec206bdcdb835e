"""Laws of service, delay and think times: their moments, and one uniform a variate.

In TOML: `{ law = "lognormal", mean_s = 8.0, cv = 1.2 }`. Every law has `mean_s`, `scv` (squared coefficient of
variation), `least_s` and `sample_ns(key, entity, index)`; `law_table.flat` turns laws into arrays for compiled engines.
`shift_s` is added to every draw, and every time in a law is one of the whole draw: means, `cv` and bounds include it.
"""

import math
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field

from cutover.base.document import Strict
from models.elementary import exp, log
from models.empirical import Empirical
from models.gamma_function import log_gamma_of_one_plus
from models.gamma_table import GREATEST_CV, LEAST_CV, gamma_table
from models.law_base import (
    GREATEST_S,
    MOST_CV,
    Broken,
    LawBase,
    Mean,
    Seconds,
    Shifted,
    Spread,
    cv_mistake,
    few_mistake,
    shift_mistake,
)
from models.law_kernel import BOUNDED_PARETO, CONSTANT, EXPONENTIAL, GAMMA, LOGNORMAL, WEIBULL
from models.law_table import Part

MOST_PARTS = 1000


class Constant(LawBase):
    """Always the mean."""

    law: Literal["constant"]
    mean_s: Seconds

    @property
    def scv(self) -> float:
        """Return 0."""
        return 0.0

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        return ((1.0, Part(CONSTANT, a=float(self._mean_ns))),)

    @cached_property
    def _mean_ns(self) -> int:
        return round(self.mean_s * 1e9)

    def sample_ns(self, key: int, entity: int, index: int) -> int:  # noqa: ARG002 - one call for all laws
        """Return the mean in nanoseconds."""
        return self._mean_ns


class Exponential(Shifted):
    """Exponential: −mean·ln(u)."""

    law: Literal["exponential"]

    @property
    def scv(self) -> float:
        """Return 1, or less with a shift."""
        return self._scv(1.0)

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        return ((1.0, Part(EXPONENTIAL, self.shift_s, self.above_s)),)


class Erlang(Shifted):
    """Erlang: the sum of `shape` exponentials of equal mean; drawn from the table of `models/gamma_table.py`."""

    law: Literal["erlang"]
    shape: int = Field(ge=1, le=10_000)

    @property
    def scv(self) -> float:
        """Return 1/shape, or less with a shift."""
        return self._scv(1.0 / self.shape)

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        return ((1.0, Part(GAMMA, self.shift_s, self.above_s, table=gamma_table(float(self.shape)))),)


class Gamma(Spread):
    """Gamma of shape 1/cv²; drawn from the table of `models/gamma_table.py`."""

    law: Literal["gamma"]

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        table = gamma_table(1.0 / (self.cv_above * self.cv_above))
        return ((1.0, Part(GAMMA, self.shift_s, self.above_s, table=table)),)

    def _broken(self) -> Broken:
        yield from super()._broken()
        yield from cv_mistake(self.cv, self.mean_s, self.shift_s, LEAST_CV, GREATEST_CV)


class Lognormal(Spread):
    """Lognormal: exp(μ + σ·Φ⁻¹(u)), σ² = ln(1 + cv²), μ = ln(mean) − σ²/2."""

    law: Literal["lognormal"]

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        variance = log(1.0 + self.cv_above * self.cv_above)
        return ((1.0, Part(LOGNORMAL, self.shift_s, log(self.above_s) - variance / 2.0, math.sqrt(variance))),)

    def _broken(self) -> Broken:
        yield from super()._broken()
        yield from cv_mistake(self.cv, self.mean_s, self.shift_s, 0.0, MOST_CV)


class Weibull(Shifted):
    """Weibull: scale·(−ln u)^(1/shape), with mean scale·Γ(1 + 1/shape)."""

    law: Literal["weibull"]
    shape: float = Field(ge=0.25, le=100, allow_inf_nan=False)

    @property
    def scv(self) -> float:
        """Return Γ(1 + 2/shape)/Γ(1 + 1/shape)² − 1, or less with a shift."""
        return self._scv(math.expm1(math.lgamma(1.0 + 2.0 / self.shape) - 2.0 * math.lgamma(1.0 + 1.0 / self.shape)))

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        scale = self.above_s * exp(-log_gamma_of_one_plus(1.0 / self.shape))
        return ((1.0, Part(WEIBULL, self.shift_s, scale, 1.0 / self.shape)),)


class BoundedPareto(LawBase):
    """Pareto between L = `least_s` and H = `greatest_s`: P(X > x) = ((L/x)^α − r)/(1 − r), r = (L/H)^α.

    Its moments are E[X^j] = α·L^j·∫₀^ℓ e^((j − α)·t) dt / (1 − r), with ℓ = ln(H/L).
    """

    law: Literal["bounded_pareto"]
    alpha: float = Field(ge=0.1, le=20, allow_inf_nan=False)
    least: float = Field(alias="least_s", ge=1e-9, le=GREATEST_S, allow_inf_nan=False)
    greatest_s: Mean
    shift_s: Seconds = 0.0

    @property
    def mean_s(self) -> float:
        """Return the shift and the mean above it."""
        return self.shift_s + self._moment(1)

    @property
    def scv(self) -> float:
        """Return variance over squared mean."""
        return (self._moment(2) - self._moment(1) ** 2) / self.mean_s**2

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return itself as the only part."""
        least, greatest = self._bounds
        ratio = exp(max(-700.0, self.alpha * log(least / greatest)))
        return ((1.0, Part(BOUNDED_PARETO, self.shift_s, least, 1.0 / self.alpha, ratio)),)

    @property
    def _bounds(self) -> tuple[float, float]:
        return self.least - self.shift_s, self.greatest_s - self.shift_s

    def _moment(self, power: int) -> float:
        least, greatest = self._bounds
        length, gap = math.log(greatest / least), power - self.alpha
        integral = math.expm1(gap * length) / gap if gap else length
        return self.alpha * least**power * integral / -math.expm1(-self.alpha * length)

    def _broken(self) -> Broken:
        yield from shift_mistake(self.shift_s, self.least, "least_s")
        if self.greatest_s <= self.least:
            yield ("greatest_s",), self.greatest_s, "must be above `least_s`; raise it"


class Phase(Strict):
    """One exponential of a hyperexponential law; its mean includes the law's shift."""

    probability: float = Field(gt=0, lt=1)
    mean_s: Mean


class Hyperexponential(LawBase):
    """One of several exponentials, chosen by probability: `phases`, or two with balanced means from `mean_s` and `cv`.

    Balanced means p₁·m₁ = p₂·m₂ give p₁ = (1 + √((c² − 1)/(c² + 1)))/2, with c >= 1 the cv above the shift (Tijms
    2003, "A First Course in Stochastic Models", appendix B).
    """

    law: Literal["hyperexponential"]
    given_mean_s: Mean | None = Field(default=None, alias="mean_s")
    cv: float | None = Field(default=None, gt=0, le=MOST_CV, allow_inf_nan=False)
    phases: tuple[Phase, ...] | None = Field(default=None, max_length=MOST_PARTS)
    shift_s: Seconds = 0.0

    @property
    def mean_s(self) -> float:
        """Return Σ p·m."""
        return self.shift_s + math.fsum(p * above_s for p, above_s in self._means_above)

    @property
    def scv(self) -> float:
        """Return variance over squared mean."""
        above_s = math.fsum(p * mean_s for p, mean_s in self._means_above)
        square = math.fsum(2.0 * p * mean_s * mean_s for p, mean_s in self._means_above)
        return (square - above_s * above_s) / (self.mean_s * self.mean_s)

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return the phases."""
        return tuple((p, Part(EXPONENTIAL, self.shift_s, above_s)) for p, above_s in self._means_above)

    @cached_property
    def _means_above(self) -> tuple[tuple[float, float], ...]:
        """Return each phase's probability and its mean above the shift."""
        if self.phases is not None:
            return tuple((phase.probability, phase.mean_s - self.shift_s) for phase in self.phases)
        assert self.given_mean_s is not None, "a rule of the law"
        assert self.cv is not None, "a rule of the law"
        above_s = self.given_mean_s - self.shift_s
        c = self.cv * (self.given_mean_s / above_s)
        first = (1.0 + math.sqrt(max(0.0, c * c - 1.0) / (c * c + 1.0))) / 2.0
        return tuple((p, above_s / (2.0 * p)) for p in (first, 1.0 - first))

    def _broken(self) -> Broken:
        two = self.given_mean_s is not None and self.cv is not None
        either = self.given_mean_s is not None or self.cv is not None
        if (self.phases is None and not two) or (self.phases is not None and either):
            yield (), None, "must have `phases` alone, or else `mean_s` and `cv`; give one of the two"
            return
        if self.phases is not None:
            yield from self._broken_phases(self.phases)
        elif self.given_mean_s is not None and self.cv is not None:
            yield from shift_mistake(self.shift_s, self.given_mean_s, "mean_s")
            yield from cv_mistake(self.cv, self.given_mean_s, self.shift_s, 1.0, MOST_CV)

    def _broken_phases(self, phases: tuple[Phase, ...]) -> Broken:
        yield from few_mistake("phases", len(phases), 2)
        total = math.fsum(phase.probability for phase in phases)
        if abs(total - 1.0) > 1e-9:
            yield ("phases",), None, f"probabilities must add up to 1, not {total:.6g}; correct them"
        for index, phase in enumerate(phases):
            if phase.mean_s <= self.shift_s:
                rule = "must be above `shift_s`, which it includes; raise it, or lower the shift"
                yield ("phases", index, "mean_s"), phase.mean_s, rule


class Weighted(Strict):
    """A law within a mixture."""

    weight: float = Field(gt=0, le=1e9, allow_inf_nan=False)
    of: "Law"


class Mixture(LawBase):
    """One of several laws, chosen in proportion to their weights, with one uniform for choice and draw.

    Mixtures may stand in mixtures. A part of probability p is drawn from 52 + log₂ p bits.
    """

    law: Literal["mixture"]
    parts: tuple[Weighted, ...] = Field(max_length=MOST_PARTS)

    @property
    def mean_s(self) -> float:
        """Return Σ p·m."""
        return math.fsum(p * law.mean_s for p, law in self._parts)

    @property
    def scv(self) -> float:
        """Return variance over squared mean; 0 where every value is 0."""
        mean_s = self.mean_s
        square = math.fsum(p * law.mean_s * law.mean_s * (1.0 + law.scv) for p, law in self._parts)
        return max(0.0, square / (mean_s * mean_s) - 1.0) if mean_s else 0.0

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return the parts of all parts."""
        return tuple((p * q, part) for p, law in self._parts for q, part in law.parts_drawn)

    def _broken(self) -> Broken:
        yield from few_mistake("parts", len(self.parts), 2)

    @cached_property
    def _parts(self) -> tuple[tuple[float, Any], ...]:
        total = math.fsum(part.weight for part in self.parts)
        return tuple((part.weight / total, part.of) for part in self.parts)


Law = Annotated[
    Constant
    | Exponential
    | Erlang
    | Hyperexponential
    | Gamma
    | Lognormal
    | Weibull
    | BoundedPareto
    | Empirical
    | Mixture,
    Field(discriminator="law"),
]
Weighted.model_rebuild()
Mixture.model_rebuild()
