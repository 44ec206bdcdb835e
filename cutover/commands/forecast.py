"""`cutover forecast`: a scenario through the queueing model of a plan."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import folder, give, give_json, say


def forecast(
    scenario: Annotated[str, typer.Argument(help="Path of a scenario, or the name of a shipped one.")],
    plan: Annotated[str | None, typer.Option(help="Path of a plan, or the name of a shipped one.")] = None,
    replications: Annotated[int | None, typer.Option(min=1, help="How many times to simulate.")] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    as_of: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Use only figures of that day.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to simulate on.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Forecast a scenario's busiest minutes at full volume; the exit code is the verdict on its budgets."""
    from cutover.rehearsal.forecast import play_forecast
    from models.plan import find_plan, read_plan
    from reports.gate import judge
    from reports.summary import Summary
    from scenarios.forecast import Forecast, busiest
    from scenarios.scenario import find_scenario, read_scenario

    found = read_scenario(find_scenario(scenario), as_of.date() if as_of else None)
    settings = found.file.forecast
    chosen = read_plan(find_plan(plan or settings.plan))
    order = Forecast(found, chosen, busiest(found), replications or settings.replications)
    run = play_forecast(order, folder(out), cluster)
    verdict = judge(run)
    if json:
        parts = {"run": str(run.folder), "summary": Summary.of(run).to_dict(), "model": dict(run.findings)}
        give_json({"schema": 1, **verdict.to_dict(), **parts})
    else:
        give(verdict.words())
    say(f"run: {run.folder}")
    return verdict.exit_code
