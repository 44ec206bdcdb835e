"""Whether a system comes back by itself when what troubled it has passed, and what load would have to be shed if not.

A surge passes, and retries keep the system down: work that nobody waits for any more fills the servers, so that answers
come too late and are asked for again. The state outlives its cause (Bronson, Aghayev, Charapko & Zhu 2021, "Metastable
failures in distributed systems", HotOS; Huang et al. 2022, "Metastable failures in the wild", OSDI).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

TOLERANCE = 0.05
"""How far below its share before the trouble the share of good answers may lie when all is well again (assumed)."""

SETTLED = 3
"""Intervals in a row that must be well (assumed): one good interval may be chance."""


@dataclass(frozen=True)
class Recovery:
    """What became of a system after a trouble that lasted up to `passed_s`.

    `before` is the share of steps that ended well before it, `after` that of the last intervals. `at_s` is when the
    first of those intervals began that were well up to the end, None where it did not recover.
    """

    passed_s: float
    before: float
    after: float
    at_s: float | None

    @property
    def lasted_s(self) -> float | None:
        """How long the system needed once the trouble had passed; 0 if it never was down, None if it stayed so."""
        return None if self.at_s is None else max(0.0, self.at_s - self.passed_s)

    @property
    def words(self) -> str:
        """Say it in one sentence."""
        if self.at_s is None:
            return (
                f"does not recover by itself: at the end {self.after:.1%} of steps end well, "
                f"{self.before:.1%} did before the trouble"
            )
        if self.at_s <= self.passed_s:
            return "is well as soon as the trouble has passed"
        return f"recovers by itself {self.at_s - self.passed_s:,.0f} s after the trouble has passed"


def recovery(
    start_s: Sequence[float], offered: Sequence[int], good: Sequence[int], began_s: float, passed_s: float
) -> Recovery:
    """Tell whether and when a system recovered.

    For each interval from `start_s` on, ascending: how many steps were `offered`, by intended start, and how many of
    them were `good`. The trouble lasted from `began_s` to `passed_s`. Raises ValueError when nothing was offered before
    it, or too little after it.
    """
    before = [(o, g) for at, o, g in zip(start_s, offered, good, strict=True) if at < began_s and o]
    after = [(at, o, g) for at, o, g in zip(start_s, offered, good, strict=True) if at >= passed_s and o]
    if not before or len(after) < SETTLED:
        raise ValueError(f"needs steps before {began_s:g} s and in {SETTLED} intervals after {passed_s:g} s")
    normal = sum(g for _, g in before) / sum(o for o, _ in before)
    last = after[-SETTLED:]
    well_from = None
    for at, o, g in reversed(after):
        if g < (normal - TOLERANCE) * o:
            break
        well_from = at
    if well_from is not None and well_from > last[0][0]:
        well_from = None
    share = sum(g for _, _, g in last) / sum(o for _, o, _ in last)
    return Recovery(passed_s, normal, share, well_from)


def share_to_shed(recovers: Callable[[float], bool], resolution: float = 0.02) -> float | None:
    """Return the least share of the load that must be turned away for a system to recover, to a resolution.

    `recovers(share)` plays the system with that share shed from the end of its trouble on. 0 where it recovers anyhow;
    None where even shedding all but the resolution does not help. Bisection: shedding more never does harm.
    """
    if recovers(0.0):
        return 0.0
    low, high = 0.0, 1.0 - resolution
    if not recovers(high):
        return None
    while high - low > resolution:
        middle = (low + high) / 2.0
        if recovers(middle):
            high = middle
        else:
            low = middle
    return high
