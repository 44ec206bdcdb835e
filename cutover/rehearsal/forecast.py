"""A forecast with its progress shown, and what theory says beside it."""

import math
from pathlib import Path

from cutover.base.document import dotted
from cutover.rehearsal.progress import following, say_if_compiling
from fixtures.places import Places
from models.analytic import APPLIES, StationLoad, mean_response_s, station_loads
from models.statistics.precision import Precision
from reports.estimates import estimates, first_values
from reports.levels import Levels
from reports.replications import replications_of
from reports.run import Run
from reports.stations import StationSummary, stations_of
from reports.summary import Summary
from reports.writer import merge_findings
from scenarios.demand import volumes_used
from scenarios.figure import Figure, figures
from scenarios.forecast import Forecast
from scenarios.levels import levels_of, rule_of
from scenarios.precision import told
from scenarios.scenario import ScenarioFile
from scenarios.steady_load import unsteady
from scenarios.troubles import recoveries

NEGLIGIBLE = 1e-6
"""Backlogs and shares below it are told as none."""


def play_forecast(forecast: Forecast, out: Path, cluster: str | None = None, precision: Precision | None = None) -> Run:
    """Play a forecast and keep beside it how sure it is, and what queueing theory says of the same steady load.

    With a precision, replications go on until the first budget's value has it.
    """
    span = forecast.span
    say_if_compiling([forecast])
    with following(f"forecast of {forecast.scenario.name}", span.ends_s, span.begins_s) as follower:
        run = forecast.play(out, lambda folders: follower.look(*folders), cluster, precision)
    found: dict[str, object] = {"engine": forecast.chosen()._asdict(), "analytic": _analytic(forecast, run)}
    found |= {
        "assumptions": _assumptions(forecast),
        "recovery": list(recoveries(forecast, run)),
        **_load(forecast, run),
    }
    merge_findings(run.folder, found | _certainty(forecast, run, precision))
    return run.with_new_findings()


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


def _certainty(forecast: Forecast, run: Run, precision: Precision | None) -> dict[str, object]:
    """Return the estimates of the budgets' values, and how precise the first came to be."""
    replications = replications_of(run)
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


def _assumptions(forecast: Forecast) -> list[dict[str, str]]:
    """List what the forecast takes as given: the scenario's figures and the plan."""
    file = forecast.scenario.file
    listed = [
        {
            "what": dotted(keys),
            "value": f"{figure.value:,.10g}",
            "origin": _origin(figure),
        }
        for keys, figure in figures(file)
    ]
    listed += [
        {"what": dotted((*keys, "volume")), "value": f"{share.times:g} times {share.of}", "origin": origin}
        for keys, share, origin in volumes_used(file.flow_entries, file.as_of)
    ]
    return [
        *listed,
        {"what": "people of communes", "value": forecast.scenario.places.allocation, "origin": _communes_from(file)},
        {"what": "plan", "value": forecast.plan.name, "origin": forecast.plan.description},
    ]


def _communes_from(file: ScenarioFile) -> str:
    """Say where the people of the communes come from."""
    if file.population.communes is None:
        return "assumed: dealt from the published distribution of commune sizes"
    return _origin(file.population)


def _origin(figure: Figure) -> str:
    return f"assumed: {figure.assumed}" if figure.assumed else f"{figure.source}, {figure.published}"
