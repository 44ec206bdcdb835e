"""What all laws share: their draws, their least value, and that they report every mistake at once."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cutover.base.document import Keys, Strict
from models.law_kernel import GREATEST_U, LEAST_U, MIXTURE, LawTable, first_ns, quantile_ns
from models.law_table import Part, flat

GREATEST_S = 1e6
MOST_CV = 20.0

Mean = Annotated[float, Field(gt=0, le=GREATEST_S, allow_inf_nan=False)]
Seconds = Annotated[float, Field(ge=0, le=GREATEST_S, allow_inf_nan=False)]

Broken = Iterator[tuple[Keys, object, str]]
"""Rules that values break between them: where, the value, and the rule with what to do after a semicolon."""


@dataclass(frozen=True, eq=False)
class _Own:
    """A law's own table, equal to itself only: pydantic compares cached values of two laws too; arrays refuse that."""

    table: LawTable


class LawBase(Strict, ABC):
    """A law: `mean_s`, `scv` (squared coefficient of variation), `least_s` and `sample_ns`.

    Every time in a law is one of the whole draw, its shift included.
    """

    @model_validator(mode="after")
    def _keeps_its_rules(self) -> Self:
        broken = [
            InitErrorDetails(type=PydanticCustomError("law", "{rule}", {"rule": rule}), loc=keys, input=value)
            for keys, value, rule in self._broken()
        ]
        if broken:
            raise ValidationError.from_exception_data(type(self).__name__, broken)
        return self

    def _broken(self) -> Broken:
        yield from ()

    @property
    @abstractmethod
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return (probability, part) pairs, of which the kernel draws: one pair if the law is no mixture."""

    @cached_property
    def _own(self) -> _Own:
        return _Own(flat([self]))

    @cached_property
    def least_s(self) -> float:
        """Return the least value that any draw can take: no `sample_ns` is below round(least_s·1e9)."""
        table = self._own.table
        rows = (row for row in range(len(table.rows)) if table.rows[row, 0] != MIXTURE)
        return min(quantile_ns(table, row, u) for row in rows for u in (LEAST_U, GREATEST_U)) / 1e9

    def sample_ns(self, key: int, entity: int, index: int) -> int:
        """Return one draw in nanoseconds, a function of its arguments: the bits that `law_kernel.sample_ns` gives."""
        return first_ns(*self._own.table, key, entity, index)


class Shifted(LawBase):
    """A law of values above `shift_s`; `mean_s` is the mean of the whole draw, shift included, so above the shift."""

    mean_s: Mean
    shift_s: Seconds = 0.0

    @property
    def above_s(self) -> float:
        """Return the mean of what is drawn above the shift."""
        return self.mean_s - self.shift_s

    def _broken(self) -> Broken:
        yield from shift_mistake(self.shift_s, self.mean_s, "mean_s")

    def _scv(self, above: float) -> float:
        """Return the scv of the whole draw, given that of the part above the shift."""
        return above * (self.above_s / self.mean_s) ** 2


class Spread(Shifted):
    """A shifted law told by its mean and `cv`, both of the whole draw."""

    cv: float = Field(ge=0, le=MOST_CV, allow_inf_nan=False)

    @property
    def scv(self) -> float:
        """Return cv²."""
        return self.cv * self.cv

    @property
    def cv_above(self) -> float:
        """Return the coefficient of variation of what is drawn above the shift."""
        return self.cv * (self.mean_s / self.above_s)


def cv_mistake(cv: float, mean_s: float, shift_s: float, least: float, greatest: float) -> Broken:
    """Yield a cv that, taken of what is drawn above the shift, is not from `least` to `greatest`."""
    scale = (mean_s - shift_s) / mean_s
    if shift_s < mean_s and not least * scale <= cv <= greatest * scale:
        rule = f"must be from {least * scale:.4g} to {greatest * scale:.4g} with this mean and shift"
        yield ("cv",), cv, f"{rule}; correct it"


def shift_mistake(shift_s: float, above_s: float, name: str) -> Broken:
    """Yield a shift that is not below the value called `name`."""
    if shift_s >= above_s:
        yield ("shift_s",), shift_s, f"must be below `{name}`, which includes it; lower it, or drop it"


def few_mistake(name: str, count: int, least: int) -> Broken:
    """Yield a list that is too short: pydantic's own rule would count the sound entries only, and complain twice."""
    if count < least:
        yield (name,), None, f"must have {least} or more entries, not {count}; add the rest"
