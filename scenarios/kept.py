"""A forecast read back from what its run keeps."""

from pathlib import Path

from cutover.base.document import parse, read_document
from cutover.base.errors import BadInput
from models.plan import read_plan
from reports.run import Run
from scenarios.forecast import Forecast
from scenarios.inputs import ASKED, INPUTS, PLAN, Asked
from scenarios.levels import under
from scenarios.scenario import read_scenario
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
    scenario = read_scenario(inputs / asked.scenario, asked.as_of)
    if asked.load is not None:
        scenario = under(scenario, asked.load)
    if scenario.hash != run.header.scenario_hash:
        rule = "holds other files than the run was made from: the scenario's hash differs"
        raise BadInput.single(inputs, "scenario", scenario.hash, rule, "restore the folder from a copy of the run")
    span = Span(asked.window, asked.warm_up_s, asked.cool_down_s)
    return Forecast(scenario, read_plan(inputs / PLAN), span, run.header.replications, asked.engine)


def _refusal(run: Run, inputs: Path) -> tuple[str, str] | None:
    """Say why a run cannot be played again, and what can be done; None where it can."""
    if run.header.kind != "simulated":
        return "is a measured run, which happened once", "play its scenario again with `cutover swarm`"
    if run.state != "complete":
        return f"is {run.state}: nobody knows where it would have ended", "forecast its scenario anew"
    if not (inputs / ASKED).is_file():
        return f"holds no {INPUTS}/{ASKED}, which forecasts keep", "forecast its scenario anew"
    return None
