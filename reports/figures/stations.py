"""Stations: how busy each was, on average and in its busiest interval."""

from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from reports.budgets import Budget
from reports.figures.look import BLUE, LIMIT, ORANGE, drawing, empty, legend
from reports.quantities import share
from reports.run import Run
from reports.stations import StationSummary, stations_of


def stations(run: Run, budgets: tuple[Budget, ...] = ()) -> Figure:
    """Draw each station's mean utilisation and busiest interval in the measurement window, busiest first."""
    found = stations_of(run)
    if not found:
        return empty(stations_title(found), "The run holds no station.")
    figure, (axes,) = drawing(stations_title(found), 1.4 + 0.3 * len(found))
    rows = range(len(found))
    axes.barh(rows, [station.mean for station in found], height=0.55, color=BLUE, label="mean")
    axes.plot(
        [station.busiest for station in found],
        rows,
        color=ORANGE,
        marker="D",
        ls="",
        ms=6,
        label="busiest interval",
    )
    names = [station.name for station in found]
    for budget in budgets:
        if budget.metric == "utilisation" and budget.subject in names:
            row = names.index(budget.subject)
            axes.plot([budget.limit] * 2, [row - 0.42, row + 0.42], color=LIMIT, linewidth=2, label="budget")
    axes.set_yticks(rows, names)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xlim(0, 1.005)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("utilisation: busy share of all servers")
    legend(axes)
    return figure


def stations_title(found: tuple[StationSummary, ...]) -> str:
    """Name the busiest station."""
    if not found:
        return "No station was simulated"
    return f"Busiest station: {found[0].name}, {share(found[0].mean)} of its servers busy on average"
