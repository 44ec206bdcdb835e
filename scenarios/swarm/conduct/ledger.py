"""The ledger: adds up what all workers report, and lets go of what is to be written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

from reports.counters import Counters, added_up
from reports.histogram import Histogram
from reports.hlog import Line
from reports.recorder import Closed

FOLDED = 16
"""So many parts of one line are kept before they are added up."""


class Ledger:
    """Lines by step, outcome, kind and interval; counters by second. Memory grows with what is not let go of.

    `interval_s` is the length of the run's histogram intervals; workers report by seconds.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._cells = defaultdict[tuple[str, str, str, int], list[Histogram]](list)
        self._counters: list[Counters] = []

    def lines(self, lines: Iterable[Line]) -> None:
        """Add lines of any second."""
        for line in lines:
            parts = self._cells[line.step, line.outcome, line.kind, int(line.start_s // self._interval_s)]
            parts.append(line.histogram)
            if len(parts) >= FOLDED:
                parts[:] = [Histogram.total(parts)]

    def counters(self, counters: Iterable[Counters]) -> None:
        """Add what a worker counted; what is planned, and the CPU of all, the coordinator counts itself."""
        self._counters += [replace(each, planned=0, cpu=None) for each in counters]

    def own(self, counters: Counters) -> None:
        """Add what the coordinator counted."""
        self._counters.append(counters)

    def drain(self, before_s: float) -> Closed:
        """Return and forget all about intervals, of lines and of counters, that end by `before_s`.

        What comes later about such an interval comes with a later call; lines of one interval add up.
        """
        ended = [each for each in self._counters if each.end_s <= before_s]
        self._counters = [each for each in self._counters if each.end_s > before_s]
        return Closed(tuple(self._drained(before_s)), added_up(ended))

    def _drained(self, before_s: float) -> Iterator[Line]:
        length_s = self._interval_s
        for key in sorted(key for key in self._cells if (key[3] + 1) * length_s <= before_s):
            step, outcome, kind, interval = key
            yield Line(step, outcome, kind, interval * length_s, length_s, Histogram.total(self._cells.pop(key)))
