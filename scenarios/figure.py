"""A figure about the world: its value, who published it and when or why it is assumed, and perhaps its range."""

from collections.abc import Iterator
from datetime import date
from math import inf
from typing import Annotated, ClassVar, Self

from pydantic import BaseModel, Field, model_validator

from cutover.base.document import Keys, Strict
from models.demand.gamma import GREATEST_CV, LEAST_CV
from models.elementary import exp, log, normal_quantile

LOW, HIGH = 0.025, 0.975
Z_HIGH = 1.9599639845400545
"""Φ⁻¹(0.975)."""

End = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Ranged(Strict):
    """A number that may have a range around it: `low` and `high` are its 2.5 % and 97.5 % quantiles.

    The number itself is the median. Its logarithm is normal, with a deviation of its own below the median and one above
    (a two-piece lognormal law; where the median is the geometric mean of both ends it is the lognormal one):

        q(u) = value·(value/low)^(z/1.96) for z = Φ⁻¹(u) < 0        value·(high/value)^(z/1.96) for z >= 0

    and never beyond `LEAST` and `MOST`, between which the number makes sense.
    """

    low: End | None = None
    high: End | None = None

    NUMBER: ClassVar[str] = "value"
    LEAST: ClassVar[float] = 0.0
    MOST: ClassVar[float] = inf

    @property
    def origin(self) -> str:
        """Who published it and when, or why it is assumed."""
        raise NotImplementedError

    @property
    def number(self) -> float:
        """The number, whatever its key is called."""
        return float(getattr(self, self.NUMBER))

    @property
    def is_uncertain(self) -> bool:
        """Tell whether it has a range."""
        return self.low is not None

    def at(self, quantile: float) -> float:
        """Return a quantile of the number, 0 < quantile < 1: the number itself where it has no range."""
        if self.low is None or self.high is None:
            return self.number
        z = float(normal_quantile(quantile))
        middle, end = log(self.number), log(self.low if z < 0 else self.high)
        return min(max(float(exp(middle + (end - middle) * abs(z) / Z_HIGH)), self.LEAST), self.MOST)

    def fixed(self, number: float) -> Self:
        """Return it with another number, and without a range."""
        return self.model_copy(update={self.NUMBER: number, "low": None, "high": None})

    @model_validator(mode="after")
    def _has_a_sound_range(self) -> Self:
        if self.low is None and self.high is None:
            return self
        if self.low is None or self.high is None:
            raise ValueError("must have both `low` and `high`, or neither; add the other")
        if not self.low <= self.number <= self.high or self.low == self.high:
            msg = f"must have low <= {self.NUMBER} <= high, and low < high: the number is the median; correct them"
            raise ValueError(msg)
        if self.low < self.LEAST or self.high > self.MOST:
            raise ValueError(f"must have its range between {self.LEAST:g} and {self.MOST:g}; narrow it")
        return self


class Figure(Ranged):
    """A number with its origin: `source` and `published` together, or `assumed` (the reason)."""

    value: Annotated[float, Field(allow_inf_nan=False)]
    source: str | None = None
    published: date | None = None
    assumed: str | None = None

    @model_validator(mode="after")
    def _has_one_origin(self) -> Self:
        published = self.source is not None and self.published is not None
        if published == (self.assumed is not None):
            msg = (
                "must have either `source` and `published`, or `assumed`; "
                'write for example assumed = "half of an ordinary day"'
            )
            raise ValueError(msg)
        return self

    @property
    def origin(self) -> str:
        """Who published it and when, or why it is assumed."""
        return f"assumed: {self.assumed}" if self.assumed else f"{self.source}, {self.published}"

    def known_on(self, day: date) -> bool:
        """Tell whether the figure could be used on a day: what was published later is hindsight."""
        return self.published is None or self.published <= day


class Share(Figure):
    """A share, or a probability."""

    MOST: ClassVar[float] = 1.0


class SurgeFactor(Figure):
    """How many times as many come in a surge."""

    LEAST: ClassVar[float] = 1.0
    MOST: ClassVar[float] = 1000.0


class Factor(Figure):
    """A factor around 1."""

    LEAST: ClassVar[float] = 0.001
    MOST: ClassVar[float] = 999.0


class DayCv(Figure):
    """How much days differ beyond chance."""

    LEAST: ClassVar[float] = LEAST_CV
    MOST: ClassVar[float] = GREATEST_CV


def figures(part: object, keys: Keys = ()) -> Iterator[tuple[Keys, Figure]]:
    """Yield every figure inside a schema's value, with the keys that lead to it."""
    for found, each in ranged(part, keys):
        if isinstance(each, Figure):
            yield found, each


def ranged(part: object, keys: Keys = ()) -> Iterator[tuple[Keys, Ranged]]:
    """Yield every number that may have a range inside a schema's value, with the keys that lead to it."""
    if isinstance(part, Ranged):
        yield keys, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from ranged(getattr(part, name), (*keys, name))
    elif isinstance(part, tuple):
        for i, inner in enumerate(part):
            yield from ranged(inner, (*keys, i))
    elif isinstance(part, dict):
        for name, inner in part.items():
            yield from ranged(inner, (*keys, name))
