"""A validation drawn: measured beside predicted at each level, with the 95 % prediction interval."""

from collections.abc import Iterator, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from reports.budgets import ALL
from reports.figures.look import BLUE, LIMIT, ORANGE, drawing, empty, legend, seconds_axis
from reports.quantities import change, share
from reports.validation import Point, Validation

DRAWN = ("throughput", "goodput", "mean", "p50", "p95", "p99", "knee")
"""Quantities of all steps that are drawn, beside the utilisation of each station."""


def figures_of(found: Validation) -> Iterator[tuple[str, Figure]]:
    """Yield a figure of each quantity that was measured, after its name."""
    stations = dict.fromkeys(point.step for point in found.points if point.quantity == "utilisation")
    for what, step in (*((what, ALL) for what in DRAWN), *(("utilisation", station) for station in stations)):
        if any((point.step, point.quantity) == (step, what) for point in found.points):
            yield what if step == ALL else f"{what}-{step}", validation(found, what, step)


def validation(found: Validation, what: str, step: str = ALL) -> Figure:
    """Draw a quantity of a step (or station) at all levels, in the order of their measured throughput.

    Filled marks are levels that the plan was not fitted on.
    """
    points = _ordered(found, what, step)
    title = validation_title(points, what, step)
    if not points:
        return empty(title, "It was not measured.")
    figure, (axes,) = drawing(title, 1.7 + 0.34 * len(points))
    for row, point in enumerate(points):
        _mark(axes, point, row)
    for colour, marker, label in ((BLUE, "o", "measured"), (ORANGE, "s", "predicted"), (LIMIT, "x", "not covered")):
        axes.plot([], [], color=colour, marker=marker, ls="", ms=5.5, label=label)
    axes.set_yticks(range(len(points)), [_name(point) for point in points])
    axes.set_ylim(len(points) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    if points[0].unit == "s":
        seconds_axis(axes, "x")
    elif points[0].unit == "share":
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel(
        {"s": f"{what} of response time", "share": what, "per_s": f"{what}, steps a second"}[points[0].unit]
    )
    legend(axes)
    return figure


def validation_title(points: Sequence[Point], what: str, step: str) -> str:
    """Say how far the predictions were off at the levels held out, and how many intervals held."""
    of = f"{what} of {'all steps' if step == ALL else step}"
    judged = [point for point in points if point.held_out] or list(points)
    errors = [abs(point.error) for point in judged if point.error is not None]
    if not errors:
        return f"{of}: nothing to compare"
    kind = "held-out" if judged[0].held_out else "fitted"
    within = sum(point.covered for point in judged)
    many = "levels" if len(judged) > 1 else "level"
    return (
        f"{of}: off by {share(max(errors))} at most at {len(judged)} {kind} {many}; {within} of {len(judged)} covered"
    )


def _ordered(found: Validation, what: str, step: str) -> list[Point]:
    def load(point: Point) -> float:
        throughput = found.point(point.level, ALL, "throughput")
        return 0.0 if throughput is None else throughput.measured.value

    return sorted((p for p in found.points if (p.step, p.quantity) == (step, what)), key=load)


def _name(point: Point) -> str:
    error = "" if point.error is None else f" {change(point.error)}"
    return f"{point.level}{error}"


def _mark(axes: Axes, point: Point, row: int) -> None:
    measured, predicted = point.measured, point.predicted
    axes.plot([measured.low, min(measured.high, 10 * measured.value)], [row - 0.14] * 2, color=BLUE, linewidth=1.4)
    axes.plot([predicted.low, predicted.high], [row + 0.14] * 2, color=ORANGE, linewidth=1.4)
    fills = ("full", "full") if point.held_out else ("none", "none")
    axes.plot(measured.value, row - 0.14, color=BLUE, marker="o", ls="", ms=5.5, fillstyle=fills[0])
    axes.plot(predicted.value, row + 0.14, color=ORANGE, marker="s", ls="", ms=5.5, fillstyle=fills[1])
    if not point.covered:
        axes.plot(predicted.value, row + 0.38, color=LIMIT, marker="x", ls="", ms=5.5)
