"""The look that all figures share: colours that the colour-blind tell apart, and SVG that follows a page.

Colours are near Okabe & Ito's (2008), darkened to a contrast of 3 on white. In SVG each becomes a CSS
variable with the colour itself as fallback, so that a page may show one drawing on light and dark ground.
"""

import io
import math
import re
import textwrap
from html import escape
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MultipleLocator, NullLocator

from reports.budgets import Budget
from reports.quantities import duration
from reports.run import Run
from reports.series import played

INK, MUTED, GRID, GROUND = "#1b1f24", "#59636e", "#d8dde3", "#ffffff"
BLUE, ORANGE, GREEN, PURPLE, LIMIT = "#0072b2", "#d98600", "#009e73", "#a3508a", "#c8350e"

VARIABLES = {
    INK: "--ink", MUTED: "--muted", GRID: "--grid", GROUND: "--ground", BLUE: "--blue", ORANGE: "--orange",
    GREEN: "--green", PURPLE: "--purple", LIMIT: "--limit",
}  # fmt: skip

WIDTH_IN = 6.0

_CLOCK_STEPS_S = (60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 21600)

STYLE: dict[Any, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": MUTED,
    "axes.grid": True,
    "axes.labelcolor": MUTED,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.facecolor": GROUND,
    "axes.facecolor": "none",
    "font.size": 10,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.6,
    "svg.fonttype": "none",
    "text.color": INK,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
}


def drawing(title: str, height_in: float, rows: int = 1, columns: int = 1) -> tuple[Figure, list[Axes]]:
    """Return a figure with axes in reading order and a title that says the finding.

    Axes in one column share their x axis, axes in one row their y axis.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(WIDTH_IN, height_in), layout="constrained")
        axes = figure.subplots(rows, columns, squeeze=False, sharex="col", sharey="row")
        lines = textwrap.fill(title, 62)
        figure.suptitle(lines, x=0.01, ha="left", fontsize=11, fontweight="bold", color=INK)
        for plot in axes.flat:
            # Ticks and grid lines are made later, outside this context, so they are told their looks here.
            plot.tick_params(colors=MUTED, labelsize=10)
            plot.grid(visible=True, color=GRID, linewidth=0.6)
    return figure, list(axes.flat)


def legend(axes: Axes) -> None:
    """Put a legend above the plot, in a row, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if not handles:
        return
    columns = min(4, len(handles))
    axes.legend(
        handles, labels, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns, frameon=False, fontsize=10,
        labelcolor=INK, borderaxespad=0.2, handlelength=1.4, columnspacing=1.4,
    )  # fmt: skip


def seconds_axis(axes: Axes, which: str) -> None:
    """Make an axis of durations logarithmic, with ticks in units, the closer together the shorter the axis.

    Call it when all is drawn.
    """
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    low, high = axes.get_xlim() if which == "x" else axes.get_ylim()
    decades = math.log10(high / low)
    subs = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if decades < 0.7 else (1.0, 2.0, 5.0) if decades < 1.6 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _position: duration(value)))


def budget_line(axes: Axes, budget: Budget) -> None:
    """Draw a budget's limit across a plot over time, with its text."""
    axes.axhline(budget.limit, color=LIMIT, linestyle=(0, (5, 3)), linewidth=1.2)
    axes.annotate(
        budget.text, (1, budget.limit), xycoords=("axes fraction", "data"), xytext=(-2, 3),
        textcoords="offset points", ha="right", va="bottom", color=LIMIT, fontsize=9,
    )  # fmt: skip


def lower_bound(axes: Axes, value: float, row: float, colour: str) -> None:
    """Mark a value that may be greater, in a plot whose rows lie: an open arrow head to the right."""
    axes.plot(value, row, color=colour, marker=">", mfc="none", ls="", ms=7)


def _clock(at_s: float, _position: int | None = None) -> str:
    return f"{at_s // 3600:.0f}:{at_s % 3600 // 60:02.0f}"


def time_axis(axes: Axes, run: Run, label: str) -> None:
    """Make an axis of the scenario time that was to be played, in seconds, or hours and minutes when late."""
    window = played(run)
    axes.set_xlim(window.from_s, window.to_s)
    unit = "s" if window.to_s < 7200 else "h:mm"
    if unit == "h:mm":
        step_s = next((step_s for step_s in _CLOCK_STEPS_S if window.length_s / step_s <= 8), _CLOCK_STEPS_S[-1])
        axes.xaxis.set_major_locator(MultipleLocator(step_s))
        axes.xaxis.set_major_formatter(FuncFormatter(_clock))
    axes.set_xlabel(f"{label} ({unit} since scenario start)")


def not_played(axes: Axes, run: Run) -> None:
    """Shade what an interrupted run has left out of a plot over time."""
    if run.state != "interrupted":
        return
    window = played(run)
    ended_s = float(run.intervals.end_s.max()) if len(run.intervals) else window.from_s
    axes.axvspan(ended_s, window.to_s, color=LIMIT, alpha=0.08, linewidth=0)
    axes.annotate(
        "interrupted", (ended_s, 0.5), xycoords=("data", "axes fraction"), xytext=(4, 0),
        textcoords="offset points", color=LIMIT, fontsize=9,
    )  # fmt: skip


def empty(title: str, why: str) -> Figure:
    """Return a figure that says why there is nothing to draw."""
    figure, (axes,) = drawing(title, 1.3)
    axes.set_axis_off()
    axes.text(0.01, 0.5, why, color=MUTED, transform=axes.transAxes)
    return figure


def png(figure: Figure, dots_per_inch: int = 150) -> bytes:
    """Return a figure as a PNG image."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=dots_per_inch)
    return file.getvalue()


def svg(figure: Figure, alt: str, name: str) -> str:
    """Return a figure as an `<svg>` element for a page: described by `alt`, its colours CSS variables.

    `name` keeps the ids of two figures on a page apart. The same figure gives the same text each time.
    """
    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": name}):
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg ") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' id="([^"]+)"', rf' id="{name}-\1"', text)
    text = re.sub(r'(xlink:href="#|url\(#)', rf"\g<1>{name}-", text)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, f"var({variable}, {colour})")
    size = re.sub(r'<svg (.*?)width="[^"]*"(.*?)height="[^"]*"', r"<svg \1\2", text, count=1)
    return size.replace("<svg ", f'<svg role="img" aria-label="{escape(alt)}" ', 1)
