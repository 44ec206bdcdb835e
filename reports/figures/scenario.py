"""A scenario's demand: sessions per second over its time, stacked by what they come for."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MultipleLocator
from numpy.typing import NDArray

from cutover.base.errors import BadInput
from reports.figures.look import BLUE, GREEN, GRID, INK, MUTED, ORANGE, PURPLE, drawing
from reports.quantities import rate, share

_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, MUTED, GRID)
_HOUR_S = 3600.0
_LONG_S = 7200.0
_CLOCK_STEPS_S = (900, 1800, 3600, 7200, 14_400, 21_600, 43_200, 86_400)
_MOST_NAMES = len(_COLOURS)

Rates = Mapping[str, NDArray[np.float64]]
"""Sessions per second in each interval, by name."""


Band = tuple[NDArray[np.float64], NDArray[np.float64]]
"""The lower and the upper end of the sessions per second of all together, in each interval."""


def demand(
    title: str,
    edges_s: NDArray[np.float64],
    parts: Mapping[str, Rates],
    at_zero_s: float,
    band: Band | None = None,
    meaning: str = "",
) -> Figure:
    """Draw a stacked plot for each way of splitting the sessions (`{"by journey": {name: rates}}`).

    `edges_s` are the intervals' ends since scenario start, one more than rates; `at_zero_s` is the time of day then.
    A `band` is drawn over each stack, with its `meaning` in the legend.
    """
    figure, plots = drawing(title, 1.2 + 2.1 * len(parts), rows=len(parts))
    for axes, (way, rates) in zip(plots, parts.items(), strict=True):
        _stack(axes, edges_s, _largest(rates))
        if band is not None:
            _across(axes, edges_s, band, meaning)
        _legend(axes, 3 if band is None else 2)
        axes.set_ylabel(f"sessions per second\n{way}", color=MUTED)
        axes.set_xlim(edges_s[0], edges_s[-1])
    _clock_axis(plots[-1], float(edges_s[-1]), at_zero_s)
    return figure


def _stack(axes: Axes, edges_s: NDArray[np.float64], rates: Rates) -> None:
    below = np.zeros(edges_s.size - 1)
    total = float(sum(values.sum() for values in rates.values()))
    for (name, values), colour in zip(rates.items(), _COLOURS, strict=False):
        part = f"{name} {share(values.sum() / total)}"
        axes.stairs(below + values, edges_s, baseline=below, fill=True, color=colour, label=part)
        below = below + values
    axes.stairs(below, edges_s, baseline=None, color=INK, linewidth=1.0)
    axes.set_ylim(0, max(1.25 * float(below.max()), 1e-9))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _position: rate(value).removesuffix("/s")))


def _across(axes: Axes, edges_s: NDArray[np.float64], band: Band, meaning: str) -> None:
    low, high = band
    axes.stairs(high, edges_s, baseline=low, fill=True, facecolor=(*to_rgb(INK), 0.2), edgecolor=INK, linewidth=0.6,
                linestyle=(0, (3, 2)), label=meaning)  # fmt: skip
    axes.set_ylim(0, max(1.25 * float(high.max()), axes.get_ylim()[1]))


def _legend(axes: Axes, most_in_a_row: int) -> None:
    names = len(axes.get_legend_handles_labels()[1])
    with mpl.rc_context({"legend.fontsize": 9}):
        axes.legend(
            loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2 if names > most_in_a_row else names, frameon=False,
            labelcolor=INK, borderaxespad=0.2, handlelength=1.2, columnspacing=1.2,
        )  # fmt: skip


def _largest(rates: Rates) -> Rates:
    """Keep as many parts as there are colours, the largest first, the rest together."""
    ordered = dict(sorted(rates.items(), key=lambda item: -float(item[1].sum())))
    if len(ordered) <= _MOST_NAMES:
        return ordered
    names = list(ordered)
    rest = names[_MOST_NAMES - 1 :]
    kept = {name: ordered[name] for name in names[: _MOST_NAMES - 1]}
    return kept | {f"{len(rest)} others": np.sum([ordered[name] for name in rest], axis=0)}


def _clock_axis(axes: Axes, to_s: float, at_zero_s: float) -> None:
    """Label time: seconds since the start when short, else the time of day (and the day, from the second on)."""
    if to_s < _LONG_S:
        axes.set_xlabel("time (s since scenario start)")
        return

    def clock(at_s: float, _position: int | None = None) -> str:
        wall_s = at_s + at_zero_s
        day = int(wall_s // 86_400)
        text = f"{wall_s % 86_400 // _HOUR_S:.0f}:{wall_s % _HOUR_S // 60:02.0f}"
        return f"{text}\n+{day} d" if day else text

    step_s = next((step_s for step_s in _CLOCK_STEPS_S if to_s / step_s <= 8), to_s / 8)
    axes.xaxis.set_major_locator(MultipleLocator(step_s, offset=-(at_zero_s % step_s)))
    axes.xaxis.set_major_formatter(FuncFormatter(clock))
    axes.set_xlabel("time of day (+07:00)")


def write_image(figure: Figure, path: Path) -> None:
    """Write a figure as the image that its path's suffix says, whole or not at all.

    Raises BadInput for a suffix other than .png and .svg, and for a path that cannot be written.
    """
    form = path.suffix.removeprefix(".").lower()
    if form not in ("png", "svg"):
        raise BadInput.single("options", "--out", str(path), "must end in .png or .svg", "give one of the two")
    new = path.with_name(f".{path.name}.new")
    try:
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": path.stem}):
            figure.savefig(new, format=form, dpi=150, metadata={"Date": None} if form == "svg" else None)
        new.replace(path)
    except OSError as error:
        new.unlink(missing_ok=True)
        why = error.strerror or str(error)
        raise BadInput.single("options", "--out", str(path), f"cannot be written ({why})", "choose another") from None
