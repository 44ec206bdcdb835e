"""The pace: how fast the schedule passes, changed while it runs: raised, lowered, or standing still."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Change = tuple[int, float]
"""From a played instant on (nanoseconds), the schedule passes so many times as fast; 0 stands still."""

NEVER = 1 << 62
"""An instant that never comes, nanoseconds."""


class Pace:
    """The map between the schedule's instants s and the instants p at which they are played.

    p = s until the first change; from a change (p₀, f) on, with s₀ the schedule's instant then, s = s₀ + (p − p₀)·f.
    Changes ascend; raises ValueError when they do not, or a factor is negative.
    """

    def __init__(self, changes: Sequence[Change] = ()) -> None:
        if any(second[0] < first[0] for first, second in pairwise(changes)) or any(f < 0 for _, f in changes):
            raise ValueError("changes of pace must ascend, and no factor may be negative")
        self._played, self._factors, self._scheduled = [-NEVER], [1.0], [-NEVER]
        for from_ns, factor in changes:
            scheduled_ns = self.scheduled_ns(from_ns)
            self._played.append(from_ns)
            self._factors.append(factor)
            self._scheduled.append(scheduled_ns)
        self._starts = np.asarray(self._scheduled, np.int64)

    @property
    def has_changed(self) -> bool:
        """Whether the schedule passes otherwise than as written, now or later."""
        return len(self._played) > 1

    def scheduled_ns(self, played_ns: int) -> int:
        """Return the schedule's instant that is reached at a played one."""
        at = bisect_right(self._played, played_ns) - 1
        factor, since_ns = self._factors[at], played_ns - self._played[at]
        return self._scheduled[at] + (since_ns if factor == 1.0 else round(since_ns * factor))

    def played_ns(self, scheduled_ns: int) -> int:
        """Return when a schedule's instant is played: `NEVER` where the schedule stands still before it."""
        return int(self.played(np.asarray([scheduled_ns], np.int64))[0])

    def played(self, scheduled_ns: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return when the schedule's instants are played, int64[n] for int64[n].

        Instants at which the schedule stood still are played when it moves on.
        """
        if len(self._played) == 1:
            return scheduled_ns
        pieces = np.searchsorted(self._starts, scheduled_ns, side="right") - 1
        out = np.empty_like(scheduled_ns)
        for at in np.unique(pieces).tolist():
            here = pieces == at
            since_ns, factor = scheduled_ns[here] - self._scheduled[at], self._factors[at]
            if factor == 0.0:
                out[here] = NEVER
            elif factor == 1.0:
                out[here] = self._played[at] + since_ns
            else:
                out[here] = self._played[at] + np.rint(since_ns / factor).astype(np.int64)
        return out
