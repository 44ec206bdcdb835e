"""A population in pictures: its pyramid, where its communes lie, and what its citizens are called."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fixtures.description import Description
from fixtures.places import SIZE_CLASSES, Places
from reports.figures.look import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, drawing, legend
from reports.nation import map_words, names_words, pyramid_words

GROUP_YEARS = 5
MOST_NAMES = 12
CLASS_COLOURS = (PURPLE, BLUE, GREEN, ORANGE)  # as many as size classes, the smallest first
_KM_RATIO = 1.04  # a degree of latitude over one of longitude at 16°N, the nation's middle: 1/cos(16°)


def pyramid(description: Description) -> Figure:
    """Draw the citizens by sex and age, in groups of five years, as shares of the nation."""
    figure, (axes,) = drawing(pyramid_words(description), 4.2)
    ages = description.ages
    edges = np.arange(0, ages.shape[1], GROUP_YEARS)
    for sign, colour, sex, row in zip((-1, 1), (BLUE, ORANGE), description.sexes, ages, strict=True):
        percents = 100 * np.add.reduceat(row, edges) / description.total
        axes.barh(edges, sign * percents, GROUP_YEARS * 0.9, align="edge", color=colour, label=sex)
    last = int(np.flatnonzero(ages.sum(axis=0))[-1])
    axes.set_ylim(0, last + 1)
    axes.set_ylabel("age in completed years, end of 2024")
    axes.set_xlabel("% of all citizens, by groups of five years")
    axes.xaxis.set_major_formatter(lambda value, _position: f"{abs(value):g}")
    axes.axvline(0, color=MUTED, linewidth=0.8)
    legend(axes)
    return figure


def commune_map(places: Places) -> Figure:
    """Draw every commune at its coordinates, coloured by its size class; its caption tells where sizes come from."""
    figure, (axes,) = drawing(map_words(places), 6.6)
    for name, colour in zip(SIZE_CLASSES, CLASS_COLOURS, strict=True):
        points = [
            (commune.longitude, commune.latitude)
            for commune in places.communes
            if commune.size_class == name and commune.longitude is not None and commune.latitude is not None
        ]
        if points:
            longitudes, latitudes = zip(*points, strict=True)
            axes.plot(longitudes, latitudes, ls="", marker="o", ms=2.4, mew=0, color=colour, label=name)
    axes.set_aspect(_KM_RATIO)
    axes.set_xlabel("degrees east")
    axes.set_ylabel("degrees north")
    _caption(axes, f"communes of 1 July 2025; people of communes: {places.allocation}")
    _column(axes)
    return figure


def names(description: Description) -> Figure:
    """Draw the most frequent family names and given names, as shares of all citizens."""
    figure, (family, given) = drawing(names_words(description), 3.6, columns=2)
    for axes, counts, colour, words in (
        (family, description.family_names, BLUE, "family name"),
        (given, description.given_names, GREEN, "given name"),
    ):
        most = list(counts.items())[:MOST_NAMES]
        axes.barh(range(len(most)), [100 * n / description.total for _, n in most], color=colour, height=0.75)
        _rows(axes, [name for name, _ in most])
        axes.set_xlabel(f"% of citizens, by {words}")
    return figure


def _rows(axes: Axes, labels: list[str]) -> None:
    """Name the rows of a plot from its top down, inside it, since plots in a row share their axis."""
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), [""] * len(labels))
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.3)
    for row, label in enumerate(labels):
        width = axes.patches[row].get_width()  # type: ignore[attr-defined]  # bars are rectangles
        axes.annotate(
            label, (width, row), xytext=(4, 0), textcoords="offset points", va="center", color=INK, fontsize=9
        )


def _caption(axes: Axes, text: str) -> None:
    axes.annotate(text, (0, 0), xycoords="axes fraction", xytext=(4, 4), textcoords="offset points",
                  color=MUTED, fontsize=8)  # fmt: skip


def _column(axes: Axes) -> None:
    """Put a legend in a column at the upper right, where the map has only sea."""
    axes.legend(loc="upper right", frameon=False, fontsize=9, labelcolor=INK, markerscale=2.4)
