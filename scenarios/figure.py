"""A figure about the world: its value, and either who published it and when, or why it is assumed."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Self

from pydantic import BaseModel, Field, model_validator

from cutover.base.document import Keys, Strict


class Figure(Strict):
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

    def known_on(self, day: date) -> bool:
        """Tell whether the figure could be used on a day: what was published later is hindsight."""
        return self.published is None or self.published <= day


def figures(part: object, keys: Keys = ()) -> Iterator[tuple[Keys, Figure]]:
    """Yield every figure inside a schema's value, with the keys that lead to it."""
    if isinstance(part, Figure):
        yield keys, part
    elif isinstance(part, BaseModel):
        for name in type(part).model_fields:
            yield from figures(getattr(part, name), (*keys, name))
    elif isinstance(part, tuple):
        for i, inner in enumerate(part):
            yield from figures(inner, (*keys, i))
