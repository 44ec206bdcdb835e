"""Profiles of a week: which part of a mean day's sessions comes in each hour of each weekday."""

import hashlib
import math
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field

from cutover.base.document import Strict
from cutover.base.errors import BadInput
from fixtures.tables import read_table
from models.elementary import exp, log

Part = Annotated[float, Field(ge=0, le=7)]

HOURS, DAYS = 24, 7
Week = tuple[tuple[float, ...], ...]
"""7 days from Monday, 24 cells each; all cells add up to 7."""


class Hour(Strict):
    """A row of the CSV."""

    hour: Annotated[int, Field(ge=0, le=23)]
    monday: Part
    tuesday: Part
    wednesday: Part
    thursday: Part
    friday: Part
    saturday: Part
    sunday: Part


def shipped_profiles() -> tuple[str, ...]:
    """Return the names of the profiles that come with cutover; all are assumed."""
    return tuple(sorted(path.stem for path in _folder().glob("*.csv")))


def read_week(name: str, beside: Path) -> tuple[Week, bytes]:
    """Read a profile by the name of a shipped one, or from a CSV whose path starts at the folder `beside`.

    Returns the week and the digest of its file. Raises BadInput with all mistakes: columns, cells, hours missing; in a
    whole week, cells that do not add up to 7.
    """
    if not name.endswith(".csv") and name not in shipped_profiles():
        rule = "is no shipped profile and no CSV"
        remedy = f"give a path that ends in .csv, or one of: {', '.join(shipped_profiles())}"
        raise BadInput.single("profile", "name", name, rule, remedy)
    path = beside / name if name.endswith(".csv") else _folder() / f"{name}.csv"
    rows = sorted(read_table(path, Hour, key="hour"), key=lambda row: row.hour)
    week = tuple(tuple(list(row.model_dump().values())[day + 1] for row in rows) for day in range(DAYS))
    missing = ", ".join(str(hour) for hour in sorted(set(range(HOURS)) - {row.hour for row in rows}))
    if missing:
        raise BadInput.single(path, "hour", None, f"misses {missing}", "add a row for each hour from 0 to 23")
    sums = sum(sum(day) for day in week)
    if not math.isclose(sums, DAYS, abs_tol=1e-6):
        rule = f"has cells that add up to {sums:.6g}, not to 7"
        remedy = f"multiply every cell by {DAYS / sums:.6g}" if sums > 0 else "fill in the cells"
        raise BadInput.single(path, "(whole file)", None, rule, remedy)
    return week, hashlib.sha256(path.read_bytes()).digest()


def daily(hourly_shares: tuple[float, ...], weekdays: tuple[float, ...] | None) -> Week:
    """Return the week whose days have the same shape, and weights (1 each by default) that add up to 7."""
    return tuple(tuple(share * weight for share in hourly_shares) for weight in weekdays or (1.0,) * DAYS)


def sharpened(week: Week, power: float) -> Week:
    """Return the week whose hours are raised to a power, each day scaled to add up to what it did.

    >>> sharpened(((1.0, 2.0),), 2.0)[0]
    (0.6, 2.4)
    """
    return week if power == 1.0 else tuple(_sharpened(day, power) for day in week)


def _sharpened(day: tuple[float, ...], power: float) -> tuple[float, ...]:
    raised = [float(exp(power * log(cell))) if cell > 0 else 0.0 for cell in day]
    factor = sum(day) / sum(raised) if sum(raised) > 0 else 0.0
    return tuple(cell * factor for cell in raised)


def working_day(week: Week) -> float:
    """Return the mean of Monday to Friday, in mean days."""
    return sum(sum(day) for day in week[:5]) / 5


def _folder() -> Path:
    return Path(str(resources.files("scenarios"))) / "profiles"
