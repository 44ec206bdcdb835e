"""`cutover forecast`: a scenario through the queueing model of a plan."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.chosen import AsOf, Named, chosen
from cutover.commands.output import folder, give, give_json, say, say_if_first


def forecast(
    scenario: Named,
    plan: Annotated[str | None, typer.Option(help="Path of a plan, or the name of a shipped one.")] = None,
    replications: Annotated[int | None, typer.Option(min=1, help="How many times to simulate.")] = None,
    window: Annotated[
        str | None, typer.Option(help="all, 07:30..09:30, or seconds 0..600; the busiest minutes if not given.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="auto, recursion, event or simpy; all give the same answer, to the bit.")
    ] = "auto",
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    as_of: AsOf = None,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to simulate on.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Forecast a scenario at full volume, its busiest minutes or any; the exit code is the verdict on its budgets."""
    from cutover.rehearsal.forecast import play_forecast
    from models.plan import find_plan, read_plan
    from reports.gate import judge
    from reports.summary import Summary
    from scenarios.forecast import Forecast
    from scenarios.span import asked, busiest

    found = chosen(scenario, as_of)
    say_if_first()
    settings = found.file.forecast
    model = read_plan(find_plan(plan or settings.plan))
    span = busiest(found) if window is None else asked(found, window)
    order = Forecast(found, model, span, replications or settings.replications, engine)
    run = play_forecast(order, folder(out), cluster)
    verdict = judge(run)
    if json:
        parts = {"run": str(run.folder), "summary": Summary.of(run).to_dict(), "model": dict(run.findings)}
        give_json({"schema": 1, **verdict.to_dict(), **parts})
    else:
        give(verdict.words())
    for recovery in run.findings["recovery"]:
        say(recovery["words"])
    say(f"engine: {run.findings['engine']['name']} ({run.findings['engine']['why']})")
    say(f"run: {run.folder}")
    return verdict.exit_code
