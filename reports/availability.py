"""Availability: in which share of its seconds a portal answered somebody well.

A second (in simulated runs an interval of the counters) counts when a step ended in it, or is open: meant to start and
not ended. It is up when a step that ended in it was ok. Where none ended in it, it is what the next one is in which a
step ended, since that answer is what was waited for; after the last one it is down. Seconds in which nobody asked
anything do not count, and what was skipped or blocked (the generator's fault, a firewall's answer) tells nothing.
"""

import numpy as np

from models.statistics.ratio import Ratio
from reports.header import Window
from reports.intervals import Bools, Intervals
from reports.run import Run


def availability(run: Run, window: Window) -> Ratio:
    """Return seconds that were up and seconds that count, by interval of the counters that lies in a window."""
    told = run.intervals
    if availability not in run.kept:
        run.kept[availability] = told.length_s * _counts(told), _up(told)
    lengths_s, up = run.kept[availability]
    held = told.held(window)
    return Ratio((lengths_s * up)[held], lengths_s[held])


def _counts(told: Intervals) -> Bools:
    """Tell of each interval whether a step ended in it, or was open."""
    opened = np.cumsum(told.offered) - np.cumsum(told.ended)  # at its end; those never told to have ended stay open
    before = np.append(0, opened)[: len(opened)]
    counts: Bools = (opened != 0) | (told.ended != 0) | (before != 0)
    return counts


def _up(told: Intervals) -> Bools:
    """Tell of each interval whether somebody was answered well in it, or in the next in which a step ended."""
    tells = np.flatnonzero(told.ended != told.untold)
    following = np.searchsorted(tells, np.arange(len(told)))
    up = np.append(told.ok[tells] > 0, [False])
    return np.asarray(up[following], np.bool_)
