"""A forecast with its progress shown, and what theory says beside it."""

from dataclasses import asdict
from pathlib import Path

from cutover.base.document import dotted
from cutover.rehearsal.progress import following
from models.analytic import mean_response_s, station_loads
from reports.run import Run
from reports.summary import Summary
from reports.writer import merge_findings
from scenarios.demand import volumes_used
from scenarios.figure import Figure, figures
from scenarios.forecast import Forecast
from scenarios.scenario import ScenarioFile


def play_forecast(forecast: Forecast, out: Path, cluster: str | None = None) -> Run:
    """Play a forecast and keep beside it what queueing theory says of the same steady load."""
    span = forecast.span
    with following(f"forecast of {forecast.scenario.name}", span.ends_s, span.begins_s) as follower:
        run = forecast.play(out, lambda folders: follower.look(*folders), cluster)
    merge_findings(run.folder, {"analytic": _analytic(forecast, run), "assumptions": _assumptions(forecast)})
    return Run.open(run.folder)


def _analytic(forecast: Forecast, run: Run) -> dict[str, object]:
    """Return stations' loads and steps' mean responses in steady state at the window's mean rates."""
    network, summary = forecast.network(), Summary.of(run)
    seconds = summary.window.length_s * forecast.replications
    rates = {step: summary.steps[step].offered / seconds for step in run.header.steps}
    loads = station_loads(network, rates)
    responses = {step: mean_response_s(network, loads, step) for step in rates}
    finite = {step: mean_s for step, mean_s in responses.items() if mean_s < float("inf")}
    return {
        "applies": "open stations in steady state, every arrival stream taken as Poisson",
        "stations": [asdict(load) | {"wait_s": load.wait_s if load.wait_s < float("inf") else None} for load in loads],
        "mean_response_s": finite,
    }


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
