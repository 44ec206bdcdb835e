"""The history of baselines: where a metric changed for good, found over many runs rather than between two.

Change points are those of PELT (Killick, Fearnhead & Eckley 2012, "Optimal detection of changepoints with a linear
computational cost") on the logarithms of the values, by the package `ruptures` (Truong, Oudre & Vayatis 2020). The
noise is measured by the differences of neighbouring runs, which a change touches once.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.statistics.interval import Floats
from reports.baselines.store import Move, by_kind
from reports.quantities import quantity, share

LEAST_RUNS = 12
STAYS = 3
"""A change counts when so many runs stay with it."""

PENALTY = 5.0
"""Times log n, what a change point has to be worth: 3 % of histories of 20 runs of one code have one, 1 % of 40."""

ODD = 3.0
"""Deviations from the median of five neighbours beyond which a run is taken as no farther; assumed."""

FLOOR = 0.002
"""Values that agree better than this are taken to differ by it, so that histograms' steps are no changes."""


@dataclass(frozen=True)
class Change:
    """A metric that changed with a run: `before` and `after` are its medians on either side, over `runs` of them.

    `of` is the kind of the runs (`reports.baselines.store`); empty where it is not known.
    """

    metric: str
    run: str
    at: str
    before: float
    after: float
    runs: int
    of: str = ""

    @property
    def share(self) -> float:
        """The change as a share of what was before."""
        return self.after / self.before - 1

    def words(self) -> str:
        """Tell the change in a line."""
        unit = "s" if " response " in self.metric else "per_s"
        sides = f"{quantity(self.before, unit)} to {quantity(self.after, unit)}"
        sign, where = "+" if self.share > 0 else "", f" ({self.of})" if self.of else ""
        return f"{self.at[:10]}  {self.metric}: {sides} ({sign}{share(self.share)}) from {self.run} on{where}"

    def to_dict(self) -> dict[str, Any]:
        """Return the change as a JSON object."""
        return {**asdict(self), "share": self.share}


def changes(moves: Sequence[Move]) -> tuple[Change, ...]:
    """Return the changes of all metrics over the runs of a name, each kind of run by itself, in the order of time.

    Short histories have none.
    """
    found = []
    for own in by_kind(moves).values():
        metrics = dict.fromkeys(metric for move in own for metric in move.values if "error_rate" not in metric)
        found += [change for metric in metrics for change in _of(metric, own)]
    return tuple(sorted(found, key=lambda change: (change.at, change.metric)))


def _of(metric: str, moves: Sequence[Move]) -> Iterator[Change]:
    known = [move for move in moves if 0 < move.values.get(metric, 0.0) < math.inf]
    if len(known) < LEAST_RUNS:
        return
    values = np.array([move.values[metric] for move in known])
    points = change_points(values)
    for at, (begin, end) in zip(points, zip([0, *points], [*points[1:], len(known)], strict=False), strict=False):
        before, after = float(np.median(values[begin:at])), float(np.median(values[at:end]))
        yield Change(metric, known[at].folder, known[at].at, before, after, end - at, known[at].of)


def change_points(values: Floats) -> list[int]:
    """Return the places at which positive values, float64[n], begin to be others."""
    import ruptures

    logs = np.log(values)
    noise = 1.4826 * float(np.median(np.abs(np.diff(logs)))) / math.sqrt(2)
    scaled = _without_odd_runs((logs - logs.mean()) / max(noise, FLOOR))
    search = ruptures.Pelt(model="l2", min_size=STAYS, jump=1).fit(scaled.reshape(-1, 1))
    return [int(at) for at in search.predict(pen=PENALTY * math.log(len(values)))[:-1]]


def _without_odd_runs(scaled: Floats) -> Floats:
    """Bring runs nearer that lie far from their neighbours' median: one that was odd is no change."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(scaled, 2, mode="edge"), 5)
    middle = np.median(around, axis=1)
    return np.clip(scaled, middle - ODD, middle + ODD)
