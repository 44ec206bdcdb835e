"""A forecast with its progress shown, and what theory says beside it."""

import math
import time
from pathlib import Path

from rich.console import Console

from cutover.rehearsal.progress import following, say_if_compiling, tallying
from fixtures.places import Places
from models.analytic import APPLIES, StationLoad, mean_response_s, station_loads
from models.statistics.precision import Precision
from reports.estimates import estimates, first_values
from reports.levels import Levels
from reports.quantities import duration
from reports.replications import replications_of
from reports.run import Run
from reports.stations import StationSummary, stations_of
from reports.summary import Summary
from reports.writer import merge_findings
from scenarios.assumptions import assumptions
from scenarios.extrapolation import extrapolation
from scenarios.forecast import Forecast
from scenarios.foresight import foresight
from scenarios.levels import levels_of, rule_of
from scenarios.precision import told
from scenarios.steady_load import unsteady
from scenarios.tornado import simulations, tornado
from scenarios.troubles import recoveries

DRAWING = "tornado.png"
"""Where a run keeps the drawing of its tornado."""

NEGLIGIBLE = 1e-6
"""Backlogs and shares below it are told as none."""


def play_forecast(
    forecast: Forecast,
    out: Path,
    cluster: str | None = None,
    precision: Precision | None = None,
    *,
    moving: bool = False,
) -> Run:
    """Play a forecast and keep beside it how sure it is, what it answers, and what theory says of the same steady load.

    With a precision, replications go on until the first budget's value has it. `moving` adds a tornado, with as many
    simulations at each point as there are replications.
    """
    span, began_s = forecast.span, time.monotonic()
    say_if_compiling([forecast])
    with following(f"forecast of {forecast.scenario.name}", span.ends_s, span.begins_s) as follower:
        run = forecast.play(out, lambda folders: follower.look(*folders), cluster, precision)
    took_s = time.monotonic() - began_s
    replications = replications_of(run)
    found: dict[str, object] = {"engine": forecast.chosen()._asdict(), "analytic": _analytic(forecast, run)}
    found |= {
        "extrapolation": extrapolation(forecast, run),
        "foresight": foresight(forecast, run, replications),
        "assumptions": assumptions(forecast),
        "recovery": list(recoveries(forecast, run, replications)),
        **_load(forecast, run),
    }
    merge_findings(run.folder, found | _certainty(forecast, run, replications, precision))
    if moving:
        merge_findings(run.folder, {"tornado": _tornado(forecast, run, cluster, took_s)})
    return run.with_new_findings()


def _tornado(forecast: Forecast, run: Run, cluster: str | None, took_s: float) -> dict[str, object]:
    """Move each uncertain figure alone, with progress, and draw it; `took_s` is how long the run took."""
    from reports.figures.look import png  # a drawing library, which no other forecast needs
    from reports.figures.tornado import tornado as drawn

    count = simulations(forecast)
    about = duration(took_s * count / run.header.replications)
    said = f"tornado: {count} simulations, about {about}; more where a verdict flips"
    Console(stderr=True).print(said, highlight=False, soft_wrap=True)
    with tallying("tornado") as tally:
        found = tornado(forecast, cluster, lambda trials: tally.begin(0, trials), tally.end)
    told = found.to_dict()
    (run.folder / DRAWING).write_bytes(png(drawn(told)))
    return told


def _load(forecast: Forecast, run: Run) -> dict[str, object]:
    """Return what each level of the scenario's load in words was answered with, of those that were simulated whole."""
    scenario, window = forecast.scenario, forecast.span.window
    if scenario.load is None:
        return {}
    inside = [level for level in levels_of(scenario) if window.holds(level.from_s, level.to_s - level.from_s)]
    levels = Levels(inside, rule_of(scenario), run.header.replications)
    levels.lines(run.latencies)
    levels.counters(run.counters)
    return {"load": levels.told(scenario.load.text, forecast.span.ends_s)}


def _certainty(
    forecast: Forecast, run: Run, replications: tuple[Run, ...], precision: Precision | None
) -> dict[str, object]:
    """Return the estimates of the budgets' values, and how precise the first came to be."""
    found: dict[str, object] = {"estimates": estimates(run, replications, unsteady(forecast))}
    if precision is not None:
        values = first_values(replications)
        found["precision"] = told(precision, precision.look(values) if values else None)
    return found


def _analytic(forecast: Forecast, run: Run) -> dict[str, object]:
    """Return what theory says at the window's mean rates, each value beside the simulated one, with the gap."""
    network, summary = forecast.network(), Summary.of(run)
    seconds = summary.window.length_s * run.header.replications
    rates = {step: summary.steps[step].offered / seconds for step in run.header.steps}
    simulated = {station.name: station for station in stations_of(run)}
    servers = {name: station.servers for name, station in simulated.items() if station.servers is not None}
    changing = [name for name, station in simulated.items() if station.least_servers != station.most_servers]
    loads = station_loads(network, rates, _province_shares(forecast.scenario.places), servers, changing)
    return {
        "applies": APPLIES,
        "stations": [_station(load, simulated[load.name]) for load in loads if load.arrival_rps > 0],
        "steps": [
            _beside("step", step, "mean_s", mean_response_s(network, loads, step), latency.mean_ok_s)
            for step, latency in ((step, summary.steps[step].response) for step in rates)
            if latency is not None
        ],
    }


def _station(load: StationLoad, simulated: StationSummary) -> dict[str, object]:
    """Set a station's utilisation and backlog beside the simulated ones."""
    busy = _beside("station", load.name, "utilisation", load.utilisation, simulated.mean)
    waiting = _beside("station", load.name, "backlog", load.arrival_rps * load.wait_s, simulated.mean_backlog)
    return {"station": load.name, "servers": load.servers, "arrival_rps": load.arrival_rps} | busy | waiting


def _beside(what: str, name: str, key: str, theory: float, simulated: float | None) -> dict[str, object]:
    """Return a value of theory, the simulated one, and how far theory is from it; what is not finite is left out."""
    stem, unit = (key.removesuffix("_s"), "_s") if key.endswith("_s") else (key, "")
    known = None if not math.isfinite(theory) else theory if theory >= NEGLIGIBLE else 0.0
    gap = None if known is None or not simulated else known / simulated - 1.0
    return {what: name, f"{stem}_theory{unit}": known, f"{stem}_simulated{unit}": simulated, f"{stem}_gap_share": gap}


def _province_shares(places: Places) -> list[float]:
    return [province.population / places.total for province in places.provinces]
