"""Beginning together: two coordinators on one machine whose runs have the same origin.

Each writes down when it is ready and waits until the other has done so too. The monotonic clock is the machine's, so
both find the same origin by themselves.
"""

from dataclasses import dataclass
from pathlib import Path

from cutover.base.clock import SECOND_NS

RUNS = 2
AHEAD_NS = 2 * SECOND_NS
"""The runs begin so long after the later of them was ready: long enough to be read by the other."""


@dataclass(frozen=True)
class Together:
    """A folder that two runs share, and which of them this is (0 or 1)."""

    folder: Path
    index: int

    def origin_ns(self, now_ns: int) -> int | None:
        """Say that this run is ready, and return the origin of both, on the monotonic clock; None while alone."""
        mine = self._file(self.index)
        if not mine.exists():
            partial = mine.with_suffix(".partial")
            partial.write_text(str(now_ns), encoding="ascii")
            partial.rename(mine)
        try:
            ready = [int(self._file(index).read_text(encoding="ascii")) for index in range(RUNS)]
        except FileNotFoundError:
            return None
        return max(ready) + AHEAD_NS

    def _file(self, index: int) -> Path:
        return self.folder / f"ready-{index}"
