"""The scenario, and the forecast, read back from what a run keeps."""

from pathlib import Path

from cutover.base.document import parse, read_document
from cutover.base.errors import BadInput
from models.plan import read_plan
from reports.run import Run
from scenarios.changes import read_changes
from scenarios.forecast import Forecast
from scenarios.inputs import ASKED, INPUTS, PLAN, PLAYED, Asked, Played
from scenarios.levels import under
from scenarios.scenario import Scenario, find_scenario, read_scenario
from scenarios.span import Span


def kept_forecast(run: Run) -> Forecast:
    """Return the forecast that a simulated run was made by.

    Raises BadInput when the run is a measured one, is not complete, kept no inputs, or when they are not what it was
    made from.
    """
    inputs = run.folder / INPUTS
    refusal = _refusal(run, inputs)
    if refusal is not None:
        raise BadInput.single(run.folder, "replay", None, *refusal)
    asked = parse(read_document(inputs / ASKED), Asked)
    scenario = read_scenario(inputs / asked.scenario, asked.as_of, read_changes(asked.changes))
    if asked.load is not None:
        scenario = under(scenario, asked.load)
    if scenario.hash != run.header.scenario_hash:
        rule = "holds other files than the run was made from: the scenario's hash differs"
        raise BadInput.single(inputs, "scenario", scenario.hash, rule, "restore the folder from a copy of the run")
    span = Span(asked.window, asked.warm_up_s, asked.cool_down_s)
    return Forecast(scenario, read_plan(inputs / PLAN), span, run.header.replications, asked.engine, asked.draws)


def kept_scenario(run: Run) -> Scenario:
    """Return the scenario that a run played, under the load that it was given; a simulated one's replication 0.

    Raises BadInput when the files that it keeps are not those that it was made from.
    """
    header = run.header
    if header.kind == "simulated":
        return kept_forecast(run).of(0).scenario
    scenario = read_scenario(_path(run), header.as_of)
    scenario = scenario if header.load is None else under(scenario, header.load)
    if scenario.hash != header.scenario_hash:
        rule, remedy = "is not what the run played", "restore the file as it was, or work with an export"
        raise BadInput.single(str(scenario.path), "scenario", header.scenario, rule, remedy)
    return scenario


def _path(run: Run) -> Path:
    """Return the scenario's file that the run keeps; of runs that kept none, the shipped one of its name."""
    inputs = run.folder / INPUTS
    if (inputs / PLAYED).is_file():
        return inputs / parse(read_document(inputs / PLAYED), Played).scenario
    return find_scenario(run.header.scenario)


def _refusal(run: Run, inputs: Path) -> tuple[str, str] | None:
    """Say why a run cannot be played again, and what can be done; None where it can."""
    if run.header.kind != "simulated":
        return "is a measured run, which happened once", "play its scenario again with `cutover swarm`"
    if run.state != "complete":
        return f"is {run.state}: nobody knows where it would have ended", "forecast its scenario anew"
    if not (inputs / ASKED).is_file():
        return f"holds no {INPUTS}/{ASKED}, which forecasts keep", "forecast its scenario anew"
    return None
