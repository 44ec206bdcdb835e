"""The error storm: when hardly any step is answered well for long, more load tells nothing and does harm."""

from collections import deque
from dataclasses import dataclass, field

from reports.counters import Counters

SHARE = 0.9
"""Above this share of steps not ok, a target is gone rather than slow; assumed."""

OVER_S = 30
"""For so long it must be so: a restart of a server takes less; assumed."""

LEAST = 100
"""Fewer steps than this tell nothing; assumed."""

OWN = ("skipped", "unfinished")
"""Outcomes that are not the target's."""


@dataclass
class Storm:
    """Looks at each second's outcomes; `share` above 1 never stops a run."""

    share: float = SHARE
    over_s: int = OVER_S
    _seconds: deque[tuple[float, int, int]] = field(default_factory=deque)

    def add(self, counters: Counters) -> str | None:
        """Take the outcomes of the next second; return why the run must stop, if it must."""
        ended = counters.ended() - counters.ended(*OWN)
        bad = ended - counters.ended("ok")
        self._seconds.append((counters.start_s, ended, bad))
        while self._seconds[0][0] <= counters.start_s - self.over_s:
            self._seconds.popleft()
        total, wrong = (sum(second[part] for second in self._seconds) for part in (1, 2))
        is_long = self._seconds[-1][0] - self._seconds[0][0] >= self.over_s - 1
        if not is_long or total < LEAST or wrong < self.share * total:
            return None
        return f"error storm: {wrong:,} of {total:,} steps in {self.over_s} s were not ok"
