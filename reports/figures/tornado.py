"""A tornado: how far each uncertain figure alone moves the answer, the widest bar above."""

import math
import textwrap
from collections.abc import Mapping
from typing import Any

from matplotlib.figure import Figure

from reports.figures.look import BLUE, INK, LIMIT, ORANGE, drawing, legend, lower_bound, seconds_axis
from reports.quantities import quantity

MOST_BARS = 20


def tornado(found: Mapping[str, Any]) -> Figure:
    """Draw what a run's findings keep of a tornado; a value that is not known or infinite is an arrow at the edge."""
    bars = found["bars"][:MOST_BARS]
    figure, (axes,) = drawing(tornado_title(found), 2.2 + 0.34 * len(bars))
    values = [bar[end] for bar in bars for end in ("value_at_low", "value_at_high")]
    known = [value for value in (*values, found["value"], found["limit"]) if value is not None and value > 0]
    edge = max(known, default=1.0) * 1.15
    base = edge if found["value"] is None else found["value"]
    sides = (("value_at_low", BLUE, "2.5 %"), ("value_at_high", ORANGE, "97.5 %"))
    for end, colour, label in sides:
        ends = [edge if bar[end] is None else bar[end] for bar in bars]
        widths, lefts = [abs(value - base) for value in ends], [min(value, base) for value in ends]
        axes.barh(range(len(bars)), widths, left=lefts, height=0.55, color=colour, label=label)
        for row, bar in enumerate(bars):
            if bar[end] is None:
                lower_bound(axes, edge, row, colour)
    axes.axvline(base, color=INK, linewidth=1.0, label="estimates")
    axes.axvline(found["limit"], color=LIMIT, linestyle=(0, (5, 3)), linewidth=1.2, label="limit")
    axes.set_yticks(range(len(bars)), [textwrap.fill(bar["name"], 28) for bar in bars])
    axes.set_ylim(len(bars) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(found["budget"])
    if found["unit"] == "s" and min(known, default=0.0) > 0:
        spread = max(known) / min(known)
        axes.set_xlim(min(known) / max(1.05, math.sqrt(spread) ** 0.1), edge * 1.05)
        seconds_axis(axes, "x")
    else:
        axes.xaxis.set_major_formatter(lambda value, _position: quantity(value, found["unit"]))
    legend(axes)
    return figure


def tornado_title(found: Mapping[str, Any]) -> str:
    """Name the figure that moves the answer most."""
    first = found["bars"][0]
    ends = [
        quantity(math.inf if first[end] is None else first[end], found["unit"])
        for end in ("value_at_low", "value_at_high")
    ]
    return f"{first['name']} moves the answer most: {ends[0]} to {ends[1]}"
