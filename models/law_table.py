"""Laws as arrays for compiled engines: each law becomes a row; the parts of mixtures stand behind all laws."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from models.law_kernel import MIXTURE, LawTable

Floats = NDArray[np.float64]

_Row = tuple[tuple[int, int, int, int], tuple[float, float, float, float]]
_NO_NUMBERS = (0.0, 0.0, 0.0, 0.0)


class Part(NamedTuple):
    """A law that is no mixture, as the kernel wants it; `kind` and the numbers `a`, `b`, `c` are told in `law_kernel`.

    `table` is a Gamma table, `size` values, or `size` + 1 guided fractions and their values; laws that hold the very
    same array share it in a `LawTable`.
    """

    kind: int
    shift_s: float = 0.0
    a: float = 0.0
    b: float = 0.0
    c: float = 0.0
    table: Floats | None = None
    size: int = 0


class Drawn(Protocol):
    """What a law says of itself: its parts, each with its probability; one that is no mixture is its own only part."""

    @property
    def parts_drawn(self) -> tuple[tuple[float, Part], ...]:
        """Return (probability, part) pairs; the probabilities add up to 1."""
        ...


def flat(laws: Sequence[Drawn]) -> LawTable:
    """Return laws as one table; law i is row i.

    Equal Gamma tables are stored once, so a thousand laws of one shape cost no more than one.
    """
    tables = _Tables()
    rows: list[_Row] = []
    behind: list[_Row] = []
    for law in laws:
        parts = law.parts_drawn
        own = [_row(part, tables) for _, part in parts]
        if len(own) == 1:
            rows += own
        else:
            place = tables.add(guided([probability for probability, _ in parts]))
            rows.append(((MIXTURE, place, len(own), len(laws) + len(behind)), _NO_NUMBERS))
            behind += own
    rows += behind
    return LawTable(
        np.array([row for row, _ in rows], np.int64).reshape(-1, 4),
        np.array([numbers for _, numbers in rows], np.float64).reshape(-1, 4),
        tables.joined(),
    )


def guided(probabilities: ArrayLike) -> Floats:
    """Return cumulative fractions from 0 to 1, then the guide: where each of as many equal slices of (0, 1) begins.

    A pick takes about one step (Chen & Asau 1974). Nothing of probability 0 is ever picked.
    """
    sums = np.cumsum(np.asarray(probabilities, np.float64))  # cumsum adds in order; sum would differ between machines
    inner = sums[:-1] / sums[-1]
    return with_guide(np.concatenate([[0.0], inner, [1.0]]))


def with_guide(fractions: Floats) -> Floats:
    """Append the guide to n + 1 fractions that ascend from 0 to 1."""
    slices = np.arange(fractions.size - 1) / (fractions.size - 1)
    return np.concatenate([fractions, np.searchsorted(fractions[1:], slices, side="right")])


def _row(part: Part, tables: "_Tables") -> _Row:
    place = 0 if part.table is None else tables.add(part.table)
    return (part.kind, place, part.size, 0), (part.shift_s, part.a, part.b, part.c)


class _Tables:
    """Arrays laid one behind the other, each once."""

    def __init__(self) -> None:
        self._places: dict[int, int] = {}
        self._arrays: list[Floats] = []
        self._size = 0

    def add(self, array: Floats) -> int:
        """Return the place of an array, laid down now if it is new."""
        if id(array) not in self._places:
            self._places[id(array)] = self._size
            self._arrays.append(array)  # kept, so that no other array gets its id
            self._size += array.size
        return self._places[id(array)]

    def joined(self) -> Floats:
        """Return all arrays as one."""
        return np.concatenate(self._arrays) if self._arrays else np.empty(0)
