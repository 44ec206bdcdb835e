"""The rows of a run that took turns with another: one for each block, so that the n-th of both are neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.header import Window
from reports.series import Floats

_CLOSE = 1e-9


@dataclass(frozen=True)
class TurnRows:
    """A row for each block, in order; what began between them, while the other run had its turn, has none."""

    blocks: Sequence[Window]

    def row(self, start_s: float) -> int | None:
        """Return the block that an instant falls into; None outside of all."""
        place = int(np.searchsorted([block.from_s - _CLOSE for block in self.blocks], start_s, side="right")) - 1
        return place if place >= 0 and start_s < self.blocks[place].to_s - _CLOSE else None

    @property
    def count(self) -> int:
        """How many blocks there are."""
        return len(self.blocks)

    @property
    def from_s(self) -> float:
        """Where the first begins, seconds."""
        return self.blocks[0].from_s

    @property
    def to_s(self) -> float:
        """Where the last ends, seconds."""
        return self.blocks[-1].to_s

    @property
    def lengths_s(self) -> Floats:
        """How long each is, seconds."""
        return np.array([block.length_s for block in self.blocks])
