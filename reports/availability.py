"""Availability: in which share of its seconds a portal answered somebody well.

A second (in simulated runs an interval of the counters) counts when a step ended in it, or is open: meant to start and
not ended. It is up when a step that ended in it was ok. Where none ended in it, it is what the next one is in which a
step ended, since that answer is what was waited for; after the last one it is down. Seconds in which nobody asked
anything do not count, and what was skipped or blocked (the generator's fault, a firewall's answer) tells nothing.
"""

import numpy as np

from models.statistics.ratio import Ratio
from reports.counters import Counters
from reports.header import Window
from reports.outcomes import BLOCKED, OK, SKIPPED
from reports.run import Run


def availability(run: Run, window: Window) -> Ratio:
    """Return seconds that were up and seconds that count, by interval of the counters that lies in a window."""
    lines = run.counters
    asked = [line.offered for line in lines]
    ended = [line.ended() for line in lines]
    opened = np.cumsum(asked) - np.cumsum(ended)  # at each interval's end; those never told to have ended stay open
    counts = [bool(open_ or own or before) for open_, own, before in zip(opened, ended, [0, *opened], strict=False)]
    up = _up(lines)
    held = np.array([window.holds(line.start_s, line.length_s) for line in lines], np.bool_)
    lengths_s = np.array([line.length_s for line in lines]) * np.array(counts)
    return Ratio((lengths_s * np.array(up))[held], lengths_s[held])


def _up(lines: tuple[Counters, ...]) -> list[bool]:
    """Tell of each interval whether somebody was answered well in it, or in the next in which a step ended."""
    found: list[bool] = []
    state = False
    for line in reversed(lines):
        told = line.ended() - line.ended(SKIPPED, BLOCKED)
        state = line.ended(OK) > 0 if told else state
        found.append(state)
    return found[::-1]
