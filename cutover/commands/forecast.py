"""`cutover forecast`: a scenario through the queueing model of a plan."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.chosen import AsOf, Changes, Named, Profile, chosen_with_plans
from cutover.commands.output import folder, give, give_json, say


def forecast(
    scenario: Named,
    plan: Annotated[str | None, typer.Option(help="Path of a plan, or the name of a shipped one.")] = None,
    replications: Annotated[int | None, typer.Option(min=1, help="How many times to simulate.")] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="Replicate until the first budget's value is as precise, such as 5%; --replications is then the least."
        ),
    ] = None,
    window: Annotated[
        str | None, typer.Option(help="all, 07:30..09:30, or seconds 0..600; the busiest minutes if not given.")
    ] = None,
    engine: Annotated[
        str, typer.Option(help="auto, recursion, event or simpy; all give the same answer, to the bit.")
    ] = "auto",
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    profile: Profile = None,
    as_of: AsOf = None,
    changes: Changes = None,
    point: Annotated[
        bool, typer.Option("--point", help="Play every figure at its estimate: draw nothing from its range.")
    ] = False,
    tornado: Annotated[
        bool,
        typer.Option("--tornado", help="Move each uncertain figure alone: which moves the answer most, what flips it."),
    ] = False,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to simulate on.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Forecast a scenario at full volume, its busiest minutes or any; the exit code is the verdict on its budgets."""
    from cutover.rehearsal.forecast import play_forecast
    from reports.estimates import words
    from reports.gate import judge
    from reports.levels import table
    from reports.summary import Summary
    from scenarios.forecast import Forecast
    from scenarios.precision import asked as asked_precision
    from scenarios.span import asked, busiest

    rule = None if precision is None else asked_precision(precision, replications)
    found, (model,) = chosen_with_plans(scenario, [plan] if plan else [], as_of, profile, changes or ())
    settings = found.file.forecast
    whole = "all" if profile is not None and window is None else window
    span = busiest(found) if whole is None else asked(found, whole)
    count = rule.at_least if rule else replications or settings.replications
    order = Forecast(found, model, span, count, engine, "nothing" if point else "all")
    run = play_forecast(order, folder(out), cluster, rule, moving=tornado)
    verdict = judge(run)
    if json:
        parts = {"run": str(run.folder), "summary": Summary.of(run).to_dict(), "model": dict(run.findings)}
        give_json({"schema": 1, **verdict.to_dict(), **parts})
    else:
        give(run.findings["extrapolation"]["words"])
        give(verdict.words())
        give("\n".join(("How sure its values are:", *(f"  {words(one)}" for one in run.findings["estimates"]))))
        told = run.findings["foresight"]["words"]
        give("\n".join(("What it foresees:", *(f"  {line}" for line in told))))
        if tornado:
            give("\n".join(("What moves the answer:", *(f"  {line}" for line in run.findings["tornado"]["words"]))))
    if "load" in run.findings:
        say("\n".join(table(run.findings["load"])))
    if rule:
        say(run.findings["precision"]["words"])
    returns = Summary.of(run).arrivals.returns()
    if returns:
        say(returns)
    for recovery in run.findings["recovery"]:
        say(recovery["words"])
    if tornado:
        say(f"tornado: {run.folder / 'tornado.png'}")
    say(f"engine: {run.findings['engine']['name']} ({run.findings['engine']['why']})")
    say(f"run: {run.folder}")
    return verdict.exit_code
