"""A frontier: what a plan costs against how many times the scenario's sessions it survives."""

from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from reports.figures.look import BLUE, INK, ORANGE, drawing, legend
from reports.quantities import significant


def frontier(found: Mapping[str, Any]) -> Figure:
    """Draw what a search for capacity keeps: a point for each load, and the answer."""
    points = [point for point in found["frontier"] if point["cost"] is not None]
    figure, (axes,) = drawing(frontier_title(found), 3.0)
    label = f"the cheapest found, with {significant(100 * found['probability'])} %"
    axes.plot([p["times"] for p in points], [p["cost"] for p in points], color=BLUE, marker="o", label=label)
    axes.plot(1.0, found["cost"], color=ORANGE, marker="D", ls="", ms=8, label="the answer")
    for point in points:
        axes.annotate(
            significant(point["cost"]), (point["times"], point["cost"]), xytext=(4, -12), textcoords="offset points",
            color=INK, fontsize=9,
        )  # fmt: skip
    axes.set_xlabel("times the scenario's sessions")
    axes.set_ylabel("cost")
    axes.set_ylim(0, 1.15 * max(found["cost"], *(p["cost"] for p in points), 0.0) or 1.0)
    legend(axes)
    return figure


def frontier_title(found: Mapping[str, Any]) -> str:
    """Say what twice, or the most, of the sessions would cost."""
    last = max((p for p in found["frontier"] if p["cost"] is not None), key=lambda p: p["times"])
    if not found["cost"]:
        return "What surviving more sessions costs"
    ratio = significant(last["cost"] / found["cost"])
    return f"{significant(last['times'])} times the sessions cost {ratio} times as much"
