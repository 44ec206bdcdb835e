"""A series of a target's metrics: values of one name and its labels over time."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_NAME = re.compile(r"([a-zA-Z_:][\w:.-]*)\s*(?:\{(.*)\})?")
_LABEL = re.compile(r'\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPED = re.compile(r"\\(.)")


@dataclass(frozen=True)
class Series:
    """`values` float64[n] at `times_s` float64[n], ascending, seconds since the epoch."""

    name: str
    labels: Mapping[str, str]
    times_s: Floats
    values: Floats

    @classmethod
    def of(cls, name: str, labels: Mapping[str, str], samples: Iterable[tuple[float, float]]) -> "Series":
        """Make a series of (time, value) in any order; of several at one instant the last counts."""
        by_time = dict(samples)
        times_s = np.array(sorted(by_time), np.float64)
        return cls(name, dict(labels), times_s, np.array([by_time[at] for at in times_s.tolist()], np.float64))

    @property
    def called(self) -> str:
        """Its name with its labels, as Prometheus writes them."""
        said = ",".join(f'{name}="{value}"' for name, value in sorted(self.labels.items()))
        return f"{self.name}{{{said}}}" if said else self.name


def parse_name(text: str) -> tuple[str, dict[str, str]] | None:
    r"""Read a name with its labels, if any; None where it is none.

    >>> parse_name('cpu_seconds_total{step="submit"}')
    ('cpu_seconds_total', {'step': 'submit'})
    """
    found = _NAME.fullmatch(text.strip())
    if found is None:
        return None
    labels, rest = {}, (found[2] or "").strip()
    while rest:
        label = _LABEL.match(rest)
        if label is None:
            return None
        labels[label[1]] = _ESCAPED.sub(r"\1", label[2])
        rest = rest[label.end() :]
    return found[1], labels
