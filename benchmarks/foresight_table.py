"""The table of predictions against goals: which points count, how many are within, and what is undecided."""

import csv
import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from reports.budgets import ALL
from reports.validation import Point

METRICS, BLACK_BOX = "with metrics", "black box"
MODES = (METRICS, BLACK_BOX)

PART = 3.0
"""A point counts only if its measurement's own 95 % half-width is below this part of the goal; of issue 8."""

FEWEST = 12
"""So many points must count; of issue 8."""

COVERED = 0.9
NARROW = {"mean": 0.12, "p95": 0.25}
"""What prediction intervals must cover, and their median half-widths at most; of issue 8."""

Row = tuple[str, str, str]


@dataclass(frozen=True)
class Held:
    """A held-out point of a case: where it was measured, and how far the prediction was off; shares.

    `load` is the level's, as a multiple of the knee; `of` is the configuration that was calibrated, another than the
    case where that was changed. `corrected` is the error of the prediction for the target's speed around the level, by
    probes; None where they do not tell.
    """

    mode: str
    case: str
    of: str
    load: float
    level: str
    step: str
    quantity: str
    measured: float
    predicted: float
    error: float
    corrected: float | None
    covered: bool
    half_width: float
    own_half_width: float | None

    @classmethod
    def at(cls, point: Point, mode: str, case: str, of: str, load: float) -> "Held | None":
        """Return a point of a validation at a load; None where nothing can be said of its error."""
        if point.error is None or point.half_width is None:
            return None
        return cls(
            mode,
            case,
            of,
            load,
            point.level,
            point.step,
            point.quantity,
            point.measured.value,
            point.predicted.value,
            point.error,
            point.corrected_error,
            point.covered,
            point.half_width,
            point.own_half_width,
        )

    @property
    def is_changed(self) -> bool:
        """Whether another configuration was calibrated than was measured."""
        return self.case != self.of

    @property
    def is_whole(self) -> bool:
        """Whether it is of all steps together, or of a station: of what goals are about."""
        return self.step == ALL or self.quantity == "utilisation"


@dataclass(frozen=True)
class Goal:
    """How near predictions of some quantities must be, at loads from `low` to `high` times the knee."""

    name: str
    quantities: tuple[str, ...]
    within: float
    published: str = "none"
    low: float = 0.0
    high: float = math.inf
    changed: bool = False

    def holds(self, point: Held) -> bool:
        """Tell whether it is about a point."""
        right = point.quantity in self.quantities and point.is_whole and point.is_changed == self.changed
        return right and (point.quantity == "knee" or self.low <= point.load <= self.high)

    def counts(self, point: Held) -> bool:
        """Tell whether a point was measured well enough to decide."""
        return point.own_half_width is not None and point.own_half_width < self.within / PART

    def reached(self, error: float) -> bool:
        """Tell whether an error is small enough."""
        return abs(error) <= self.within

    @property
    def bound(self) -> str:
        """The goal in words."""
        return f"within {_percent(self.within)} (published best: {self.published})"


GOALS = (
    Goal("throughput and utilisation, up to 0.9 of the knee", ("throughput", "utilisation"), 0.03, "3 %", high=0.9),
    Goal("throughput and goodput, 1.1 to 1.5 times the knee", ("throughput", "goodput"), 0.05, low=1.1, high=1.5),
    Goal("mean response, up to 0.8 of the knee", ("mean",), 0.08, "9 %", high=0.8),
    Goal("p95, up to 0.8 of the knee", ("p95",), 0.15, high=0.8),
    Goal("p95, 0.8 to 0.95 of the knee", ("p95",), 0.25, low=0.8, high=0.95),
    Goal("knee", ("knee",), 0.05),
    Goal("changed configurations: knee", ("knee",), 0.10, "15 to 20 % on means", changed=True),
    Goal("changed configurations: mean response, up to 0.8", ("mean",), 0.15, "15 to 20 %", high=0.8, changed=True),
    Goal("changed configurations: p95, up to 0.8", ("p95",), 0.25, high=0.8, changed=True),
)


def counting(points: Sequence[Held], mode: str) -> int:
    """Return how many points of a mode count for a goal."""
    own = [point for point in points if point.mode == mode]
    return sum(any(goal.holds(point) and goal.counts(point) for goal in GOALS) for point in own)


def rows_of(points: Sequence[Held]) -> Iterator[Row]:
    """Yield the rows of the table, for the target with metrics and as a black box."""
    for mode in MODES:
        own = [point for point in points if point.mode == mode]
        for goal in GOALS:
            yield f"{mode}: {goal.name}", judged([point for point in own if goal.holds(point)], goal), goal.bound
        for name, changed in (("held-out levels", False), ("changed configurations", True)):
            yield (
                f"{mode}: 95 % prediction intervals, {name}",
                covering([point for point in own if point.is_whole and point.is_changed == changed]),
                f"cover {_percent(COVERED)}; median half-width at most "
                + ", ".join(f"{_percent(most)} ({of})" for of, most in NARROW.items()),
            )
        yield f"{mode}: points that count", f"{counting(points, mode)}", f"at least {FEWEST}"


def judged(points: Sequence[Held], goal: Goal) -> str:
    """Say how many of a goal's points count and reach it, raw and corrected for speed, and what is undecided."""
    deciding = [point for point in points if goal.counts(point)]
    undecided = [point for point in points if not goal.counts(point)]
    said = []
    if deciding:
        verdict = "reached" if all(goal.reached(point.error) for point in deciding) else "MISSED"
        said.append(f"{verdict}: {_errors([point.error for point in deciding], goal)}")
        corrected = [point.error if point.corrected is None else point.corrected for point in deciding]
        if any(point.corrected is not None for point in deciding):
            said.append(f"speed-corrected {_errors(corrected, goal)}")
    if undecided:
        said.append(f"{len(undecided)} undecided (off by {_spread([point.error for point in undecided])})")
    return "; ".join(said) or "not measured"


def covering(points: Sequence[Held]) -> str:
    """Say how many measurements the prediction intervals held, and how wide those were."""
    if not points:
        return "not measured"
    covered = sum(point.covered for point in points)
    said = [f"{covered} of {len(points)} ({_percent(covered / len(points))})"]
    good = covered >= COVERED * len(points)
    for what, most in NARROW.items():
        widths = [point.half_width for point in points if point.quantity == what]
        if widths:
            width = statistics.median(widths)
            good = good and width <= most
            said.append(f"{what} ±{_percent(width)}")
    return f"{'reached' if good else 'MISSED'}: {', '.join(said)}"


def _errors(errors: Sequence[float], goal: Goal) -> str:
    reached = sum(map(goal.reached, errors))
    return f"{reached} of {len(errors)} within, {_spread(errors)}"


def _spread(errors: Sequence[float]) -> str:
    sizes = [abs(error) for error in errors]
    return f"median {_percent(statistics.median(sizes))}, at most {_percent(max(sizes))}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def write_points(points: Sequence[Held], path: Path) -> None:
    """Write points as a table."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Held)], lineterminator="\n")
        writer.writeheader()
        for point in points:
            told = {
                name: f"{value:.6g}" if isinstance(value, float) else value for name, value in asdict(point).items()
            }
            writer.writerow(told | {"covered": int(point.covered)})


def read_points(path: Path) -> tuple[Held, ...]:
    """Read what `write_points` wrote."""
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_point(row) for row in csv.DictReader(file))


def _point(row: dict[str, str]) -> Held:
    told: dict[str, Any] = {name: row[name] for name in ("mode", "case", "of", "level", "step", "quantity")}
    told |= {name: float(row[name]) for name in ("load", "measured", "predicted", "error", "half_width")}
    told |= {name: float(row[name]) if row[name] else None for name in ("corrected", "own_half_width")}
    return Held(**told, covered=row["covered"] == "1")
