"""When sessions began: counted on a grid that coarsens with the log, and turned into a scenario's arrivals."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import VIETNAM
from scenarios.arrivals import HOURS
from scenarios.imports.blocks import blocks
from scenarios.imports.courses import rounded_shares

OFFSET_S = 7 * 3600
DAYS = 7
HOUR_S = 3600
DAY_S = 86_400
EDGE_S = 600
"""A log that begins or ends within so many seconds of a full hour covers that hour wholly (assumed)."""

_WIDTHS_S = (1, 2, 5, 10, 30, 60, 300)
_MOST_KEYS = 100_000
_MOST_INTERVALS = 2000
_ROUNDS = 100


@dataclass(frozen=True)
class ImportedArrivals:
    """The `[arrivals]` of a scenario, the wall time of its second 0, how long it lasts and how it was counted."""

    table: dict[str, Any]
    starts: datetime
    duration_s: int
    counted: str


class Starts:
    """The starts of sessions and the span that the log covers, in Vietnam's time, whatever zone the log is in."""

    def __init__(self) -> None:
        self._width_s = 1
        self._counts: Counter[int] = Counter()
        self._first_s: int | None = None
        self._last_s = 0

    def cover(self, start_ns: int) -> None:
        """Take note that the log has a request at an instant."""
        at_s = start_ns // 1_000_000_000 + OFFSET_S
        self._first_s = at_s if self._first_s is None else min(self._first_s, at_s)
        self._last_s = max(self._last_s, at_s)

    def add(self, start_ns: int) -> None:
        """Count the start of a session."""
        at_s = start_ns // 1_000_000_000 + OFFSET_S
        self._counts[at_s // self._width_s] += 1
        if len(self._counts) > _MOST_KEYS and self._width_s < HOUR_S:
            self._coarsen()

    def _coarsen(self) -> None:
        wider_s = 60 if self._width_s == 1 else HOUR_S
        coarse: Counter[int] = Counter()
        for at, count in self._counts.items():
            coarse[at * self._width_s // wider_s] += count
        self._counts, self._width_s = coarse, wider_s

    @property
    def last_day(self) -> datetime:
        """The local day on which the log ends."""
        return self._wall(self._last_s // DAY_S * DAY_S)

    def arrivals(self, source: str) -> ImportedArrivals:
        """Return the mean day when the log covers one, else the rate over the log's time."""
        if self._first_s is None:
            raise AssertionError("a log without a request has no arrivals")
        first_s, last_s = _outward(self._first_s, -1), _outward(self._last_s + 1, 1)
        return self._day(first_s, last_s, source) if last_s - first_s >= DAY_S else self._points()

    def _day(self, first_s: int, last_s: int, source: str) -> ImportedArrivals:
        """Fit the mean day by hours, and by weekdays too when the log covers a week."""
        begun, covered_s = np.zeros((DAYS, HOURS)), np.zeros((DAYS, HOURS))
        for at, count in self._counts.items():
            begun[_cell(at * self._width_s)] += count
        for hour_s in range(first_s // HOUR_S * HOUR_S, last_s, HOUR_S):
            covered_s[_cell(hour_s)] += min(last_s, hour_s + HOUR_S) - max(first_s, hour_s)
        days = (last_s - first_s) / DAY_S
        weekly = days >= DAYS
        hours, weekdays = _fitted(begun, covered_s, rounds=_ROUNDS if weekly else 0)
        figure = {
            "value": round(float(hours.sum()) * HOUR_S, 6),
            "source": f"{source}: {begun.sum():,.0f} sessions in {days:.3g} days",
            "published": self.last_day.date(),
        }
        table = {"sessions": figure, "hourly_shares": _shares(hours)}
        if weekly:
            table["weekdays"] = [DAYS * share for share in _shares(weekdays)]
        counted = f"the mean of {days:.3g} days by hours" + (" and weekdays" if weekly else "")
        lasts_s = DAY_S * (DAYS if weekly else 1)
        return ImportedArrivals(table, self._wall(first_s // DAY_S * DAY_S), lasts_s, counted)

    def _points(self) -> ImportedArrivals:
        """Give the rate of each span within which it did not change."""
        first_s = self._first_s or 0
        width = next(width for width in _WIDTHS_S if (self._last_s + 1 - first_s) / width <= _MOST_INTERVALS)
        zero = first_s // width * width
        counts = [0] * -(-(self._last_s + 1 - zero) // width)
        for at, count in self._counts.items():
            counts[(at * self._width_s - zero) // width] += count
        spans = blocks(counts)
        points: list[list[float]] = []
        for begin, end in spans:
            rate = sum(counts[begin:end]) / ((end - begin) * width)
            points += [[begin * width, rate], [end * width, rate]]
        counted = f"piecewise constant: {len(spans)} spans, found in intervals of {width} s"
        return ImportedArrivals({"points": points}, self._wall(zero), len(counts) * width, counted)

    def _wall(self, at_s: int) -> datetime:
        return datetime.fromtimestamp(at_s - OFFSET_S, VIETNAM)


def _outward(at_s: int, direction: int) -> int:
    """Move an end of the log to the full hour beyond it when that is near."""
    hour_s = at_s // HOUR_S * HOUR_S if direction < 0 else -(-at_s // HOUR_S) * HOUR_S
    return hour_s if abs(hour_s - at_s) <= EDGE_S else at_s


def _cell(at_s: int) -> tuple[int, int]:
    """Return the weekday (0 is Monday; 1 January 1970 was a Thursday) and the hour of a local time."""
    return (at_s // DAY_S + 3) % DAYS, at_s // HOUR_S % HOURS


def _fitted(
    begun: NDArray[np.float64], covered_s: NDArray[np.float64], rounds: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Fit rate(day, hour) = w_day·r_hour by maximum likelihood; return r (sessions/s) and w (mean 1).

    The counts are Poisson, so r_h = Σ_d n/Σ_d T·w_d and w_d = Σ_h n/Σ_h T·r_h: each in turn until they agree. So a
    log that begins at noon counts no morning against its first day.
    """
    weekdays = np.ones(DAYS)
    for _ in range(rounds):
        hours = begun.sum(axis=0) / (weekdays @ covered_s)
        weekdays = begun.sum(axis=1) / (covered_s @ hours)
        weekdays *= DAYS / weekdays.sum()
    return begun.sum(axis=0) / (weekdays @ covered_s), weekdays


def _shares(rates: NDArray[np.float64]) -> list[float]:
    parts = rounded_shares(dict(enumerate(rates.tolist())))
    return [parts[i] for i in range(rates.size)]
