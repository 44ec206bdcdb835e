"""Errors of predictions by load as a figure, from the points that `benchmarks.foresight` writes."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter

from benchmarks.foresight_table import GOALS, MODES, Held
from reports.figures.look import BLUE, GREEN, INK, MUTED, ORANGE, drawing

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "foresight.svg"
QUANTITIES = ("throughput", "mean", "p95")
COLOURS = {"cpu": BLUE, "pool": ORANGE, "system": GREEN}
MOST = 0.4
"""Errors beyond are drawn at the edge."""


def draw(points: Sequence[Held], path: Path = PICTURE) -> None:
    """Draw each error over the load: a row a quantity, a column a mode; undecided points are hollow."""
    mpl.rcParams["svg.hashsalt"] = "cutover"
    figure, panels = drawing("How far predictions of what was held out were off", 6.6, len(QUANTITIES), len(MODES))
    places = [(what, mode) for what in QUANTITIES for mode in MODES]
    for panel, (what, mode) in zip(panels, places, strict=True):
        for point in points:
            if (point.mode, point.quantity, point.is_whole) == (mode, what, True):
                _mark(panel, point)
        for goal in GOALS:
            if what in goal.quantities and not goal.changed:
                ends = goal.low, min(goal.high, 1.5)
                panel.fill_between(ends, -goal.within, goal.within, color=MUTED, alpha=0.15, linewidth=0)
        panel.axhline(0.0, color=INK, linewidth=0.6)
        panel.set_ylim(-MOST, MOST)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
    for panel, mode in zip(panels, MODES, strict=False):
        panel.set_title(mode, fontsize=10)
    for row, what in enumerate(QUANTITIES):
        panels[row * len(MODES)].set_ylabel(f"error of {what}")
    for panel in panels[-len(MODES) :]:
        panel.set_xlabel("load, times the knee")
    for of, colour in COLOURS.items():
        panels[0].plot([], [], "o", color=colour, label=of, markersize=4)
    panels[0].plot([], [], "s", color=MUTED, label="changed since", markersize=4)
    panels[0].legend(fontsize=8, loc="upper left", ncols=2)
    figure.savefig(path, metadata={"Date": None})


def _mark(panel: Axes, point: Held) -> None:
    colour = COLOURS.get(point.of, MUTED)
    decides = any(goal.holds(point) and goal.counts(point) for goal in GOALS)
    error = max(-MOST, min(MOST, point.error))
    shape = "s" if point.is_changed else "o"
    filling = colour if decides else "none"
    panel.plot(point.load, error, shape, markersize=4, color=colour, markerfacecolor=filling, clip_on=False)
