"""Measured beside predicted: response-time quantiles per step, each with its interval."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from reports.comparison import Comparison, Reading
from reports.figures.look import BLUE, ORANGE, drawing, empty, legend, lower_bound, seconds_axis
from reports.quantities import at_least, quantity

_SHOWN = ("p50", "p95")
_SIDES = {"measured": (BLUE, "o", -0.14), "predicted": (ORANGE, "s", 0.14)}


def comparison(found: Comparison) -> Figure:
    """Draw p50 and p95 of each step, measured and predicted, with 95 % intervals."""
    names = found.steps
    if not names:
        return empty(comparison_title(found), "No step ended well in both runs.")
    figure, panels = drawing(comparison_title(found), 1.7 + 0.34 * len(names), columns=2)
    for axes, quantile in zip(panels, _SHOWN, strict=True):
        for side, (colour, marker, _) in _SIDES.items():
            axes.plot([], [], color=colour, marker=marker, ls="", ms=5.5, label=side)
        for row, name in enumerate(names):
            pair = found.pair(name, quantile)
            if pair is not None:
                _mark(axes, "measured", pair.measured, row)
                _mark(axes, "predicted", pair.predicted, row)
        seconds_axis(axes, "x")
        axes.set_xlabel(f"{quantile} of response time")
        axes.set_yticks(range(len(names)), list(names))
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="x", labelrotation=30)
    legend(panels[0])
    return figure


def comparison_title(found: Comparison) -> str:
    """Say how far the prediction was off, over all steps and where it was worst."""
    overall, worst = found.pair("all", "p95"), found.worst("p95")
    if overall is None:
        return "Measured and predicted response times cannot be compared"
    if overall.error is None:
        measured, predicted = (
            at_least(each.value, "s", is_bound=each.is_at_least) for each in (overall.measured, overall.predicted)
        )
        return f"p95 of all steps: measured {measured}, predicted {predicted}"
    said = f"Predicted p95 of all steps is {_off(overall.error)} measured"
    if worst is None or worst.error is None:
        return said
    return f"{said}; furthest off: {worst.step}, {_off(worst.error)}"


def _off(error: float) -> str:
    return f"{quantity(abs(error), 'share')} {'above' if error > 0 else 'below'}"


def _mark(axes: Axes, side: str, reading: Reading, row: int) -> None:
    colour, marker, shift = _SIDES[side]
    ends = np.clip([reading.low, reading.high], reading.value / 100, reading.value * 100)
    axes.plot(ends, [row + shift] * 2, color=colour, linewidth=1.4)
    if reading.is_at_least:
        lower_bound(axes, reading.value, row + shift, colour)
    else:
        axes.plot(reading.value, row + shift, color=colour, marker=marker, ls="", ms=5.5)
