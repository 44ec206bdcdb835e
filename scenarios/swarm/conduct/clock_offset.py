"""The offset between two machines' monotonic clocks, read by question and answer.

A question leaves at a, is answered at b on the other clock, and is back at c: the other clock is ahead by
b − (a + c)/2, to within (c − a)/2, whatever the ways took (Cristian 1989, "Probabilistic clock synchronization").
"""

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True)
class ClockOffset:
    """How far the other clock is ahead of ours, and how wrong that may be; nanoseconds."""

    ahead_ns: int
    error_ns: int

    @classmethod
    def read(cls, asked_ns: int, theirs_ns: int, answered_ns: int) -> Self:
        """Read the offset from one question and answer."""
        return cls(theirs_ns - (asked_ns + answered_ns) // 2, (answered_ns - asked_ns + 1) // 2)

    def better(self, other: "ClockOffset | None") -> "ClockOffset":
        """Return the reading with the smaller error."""
        return self if other is None or self.error_ns < other.error_ns else other

    def drift_ns(self, later: "ClockOffset") -> int:
        """Return by how much a later reading surely differs from this one; 0 while the errors may explain it."""
        apart = abs(later.ahead_ns - self.ahead_ns)
        return max(0, apart - self.error_ns - later.error_ns)
