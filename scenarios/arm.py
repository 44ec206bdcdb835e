"""Arms: two targets that take turns within one run, so that what disturbs the machine disturbs both.

Time is cut into pairs of blocks; in each pair one block, by a draw, is the first target's and the other the second's.
A session belongs to the target whose block its instant lies in, and stays there. That is a duet in turns (compare
Bulej et al. 2020, "Duet benchmarking"): neighbours in time share the machine's mood, and neither is loaded while the
other is, so that a slow target does not slow its fellow.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import SECOND_NS
from models.draws import bits, stream
from reports.header import Window

BLOCK_S = 5.0
"""Long against a request, short against a machine's moods; assumed."""

ARMS = 2


@dataclass(frozen=True)
class Arm:
    """One of the two: `index` 0 or 1, under the scenario's seed."""

    index: int
    seed: int

    def holds(self, instants_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell for each played instant whether its block is this arm's."""
        blocks = np.asarray(instants_ns, np.int64) // round(BLOCK_S * SECOND_NS)
        pairs, place = np.unique(blocks // ARMS, return_inverse=True)
        firsts = np.array([self._first(pair) for pair in pairs.tolist()], np.int64)
        return np.asarray((firsts[place] + blocks) % ARMS == self.index) if blocks.size else np.zeros(0, bool)

    def blocks(self, from_s: float, to_s: float) -> tuple[Window, ...]:
        """Return this arm's blocks of the pairs that lie wholly between two instants."""
        pair_s = ARMS * BLOCK_S
        pairs = range(math.ceil(round(from_s / pair_s, 9)), math.floor(round(to_s / pair_s, 9)))
        begins = ((pair * ARMS + (self._first(pair) != self.index)) * BLOCK_S for pair in pairs)
        return tuple(Window(from_s=begin_s, to_s=begin_s + BLOCK_S) for begin_s in begins)

    def _first(self, pair: int) -> int:
        """Return which arm has the first block of a pair."""
        return int(bits(stream(self.seed, 0, "arms"), pair, 0)) & 1
