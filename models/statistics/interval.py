"""An estimate: a value that never stands without its interval, or without the reason why none can be given."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    """A value that lies, with the probability `level`, between `low` and `high`; in the unit of the samples.

    `samples` is how many numbers it rests on, `method` how the interval was made. An end that is not known is infinite,
    and then, and only then, `why` says why, as a sentence.
    """

    value: float
    low: float
    high: float
    level: float
    samples: int
    method: str
    why: str | None = None

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise ValueError(f"a level of {self.level} is not between 0 and 1")
        if not self.low <= self.value <= self.high:
            raise ValueError(f"the value {self.value} is not in its interval from {self.low} to {self.high}")
        if math.isfinite(self.low) and math.isfinite(self.high) and math.isfinite(self.value):
            if self.why is not None:
                raise ValueError("an interval that is known needs no reason")
        elif self.why is None:
            raise ValueError("an interval without an end must say why")

    @classmethod
    def unknown(cls, value: float, level: float, samples: int, method: str, why: str) -> "Interval":
        """Make the estimate of which nothing but the value can be told."""
        return cls(value, -math.inf, math.inf, level, samples, method, why)

    @property
    def half_width(self) -> float:
        """The distance from the value to the end farther away; infinite where an end is not known."""
        return math.inf if self.why else max(self.high - self.value, self.value - self.low)

    @property
    def relative_half_width(self) -> float:
        """The half-width as a share of the value's size; infinite for the value 0."""
        return self.half_width / abs(self.value) if self.value else math.inf

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name; a number that is not finite is None."""
        return {
            "value": _finite(self.value),
            "low": _finite(self.low),
            "high": _finite(self.high),
            "level": self.level,
            "samples": self.samples,
            "method": self.method,
            "why": self.why,
        }


def samples_of(values: ArrayLike) -> Floats:
    """Return samples as float64[n]; raise ValueError unless there is one, in one dimension, and each is a number."""
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or not array.size:
        raise ValueError(f"samples must be one row with a number at least; their shape is {array.shape}")
    if np.isnan(array).any():
        raise ValueError("samples must be numbers; at least one is NaN")
    return array


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
