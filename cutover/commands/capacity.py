"""`cutover capacity`: the smallest plan whose budgets hold with a probability."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.base.errors import BadInput
from cutover.commands.chosen import AsOf, Changes, Named, Profile, chosen_with_plans
from cutover.commands.output import folder, give, give_json, say, writing

BREACHED = 3
Each = "NAME=NUMBER"


def capacity(
    scenario: Named,
    plan: Annotated[str | None, typer.Option(help="Path of a plan, or the name of a shipped one.")] = None,
    probability: Annotated[float, typer.Option(help="With what probability all budgets shall hold.")] = 0.95,
    cost: Annotated[
        list[str] | None,
        typer.Option(metavar=Each, help="Price of a server or token; a server costs 1 and a token 0 if not given."),
    ] = None,
    at_most: Annotated[list[str] | None, typer.Option(metavar=Each, help="No more servers or tokens there.")] = None,
    at_least: Annotated[list[str] | None, typer.Option(metavar=Each, help="No fewer servers or tokens there.")] = None,
    budget: Annotated[
        list[str] | None, typer.Option(help="What shall hold; may be repeated. The scenario's budgets if none.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(help="all, 07:30..09:30, or seconds 0..600; the minutes that can bind if not given."),
    ] = None,
    replications: Annotated[
        int | None, typer.Option(help="By how many replications the probability is told; 80 for 0.95 if not given.")
    ] = None,
    plan_out: Annotated[Path | None, typer.Option(help="Write the plan that was found to this file.")] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the search's folder is made, or found.")] = Path(
        "capacity"
    ),
    profile: Profile = None,
    as_of: AsOf = None,
    changes: Changes = None,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to simulate on.")] = None,
    engine: Annotated[
        str, typer.Option(help="auto, recursion, event or simpy; all give the same answer, to the bit.")
    ] = "auto",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Find the cheapest servers and tokens whose budgets hold with a probability; 3 where the limits leave none."""
    from cutover.rehearsal.capacity import size
    from cutover.rehearsal.written import write_plan
    from scenarios.capacity import asked
    from scenarios.capacity_setting import with_numbers
    from scenarios.forecast import Forecast
    from scenarios.span import asked as asked_span
    from scenarios.span import busiest

    found, (model,) = chosen_with_plans(scenario, [plan] if plan else [], as_of, profile, changes or ())
    if plan_out is not None and not plan_out.parent.is_dir():
        remedy = "name a place that can be written"
        raise BadInput.single("options", "--plan-out", str(plan_out), "lies in no folder", remedy)
    order = asked(
        Forecast(found, model, busiest(found), 1, engine),
        budgets=budget or (),
        probability=probability,
        replications=replications,
        prices=cost or (),
        at_least=at_least or (),
        at_most=at_most or (),
        span=None if window is None else asked_span(found, window),
    )
    place = folder(out) / f"{found.name}-{model.name}"
    answer = size(order, place, cluster, say)
    if plan_out is not None and answer.holds:
        sized = with_numbers(model, order.axes, answer.found.point)
        said = f"{model.description} Sized by cutover capacity for {found.name}, probability {probability:g}."
        with writing(plan_out, "--plan-out"):
            write_plan(sized.model_copy(update={"description": said}), plan_out)
        say(f"plan: {plan_out}")
    if json:
        give_json({"schema": 1, "folder": str(place), **answer.to_dict()})
    else:
        give("\n".join(answer.words()))
    say(f"capacity: {place}")
    return 0 if answer.holds else BREACHED
