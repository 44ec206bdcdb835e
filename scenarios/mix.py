"""A mix of journeys: the share of each, a number or a figure with its origin, and perhaps its range."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from scenarios.figure import Share


def _kind(value: Any) -> str:
    return "figure" if isinstance(value, (dict, Share)) else "number"


Mix = dict[
    str,
    Annotated[
        Annotated[float, Field(ge=0, le=1), Tag("number")] | Annotated[Share, Tag("figure")], Discriminator(_kind)
    ],
]
"""The share of each journey by its name; they add up to 1."""


def shares_of(mix: Mapping[str, float | Share] | None) -> dict[str, float]:
    """Return the shares as numbers; where any is a figure, which may have been drawn, they are made to add up to 1."""
    numbers = {name: each.value if isinstance(each, Share) else each for name, each in (mix or {}).items()}
    if not any(isinstance(each, Share) for each in (mix or {}).values()):
        return numbers
    total = sum(numbers.values())
    return {name: each / total for name, each in numbers.items()}
