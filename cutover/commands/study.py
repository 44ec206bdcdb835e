"""`cutover study`: plans compared draw by draw over many replications, or each by one long one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cutover.base.errors import BadInput, Mistake
from cutover.commands.chosen import AsOf, Changes, Named, chosen_with_plans
from cutover.commands.output import folder, give, give_json, say

if TYPE_CHECKING:
    from scenarios.forecast import Forecast
    from scenarios.steady_study import SteadyStudy
    from scenarios.study import Study


def study(
    scenario: Named,
    plan: Annotated[
        list[str] | None, typer.Option(help="Path of a plan, or the name of a shipped one; several are compared.")
    ] = None,
    budget: Annotated[
        list[str] | None,
        typer.Option(
            help="What to estimate, such as 'all response p95 < 3s'; may be repeated. The scenario's if none."
        ),
    ] = None,
    precision: Annotated[
        str | None, typer.Option(help="Replicate until the first budget's value is as precise, such as 5%.")
    ] = None,
    replications: Annotated[
        int | None, typer.Option(help="How often to simulate each plan: 10 if not given; with --precision the least.")
    ] = None,
    window: Annotated[
        str | None,
        typer.Option(help="all, 07:30..09:30, or seconds 0..600; if not given the busiest minutes, with --steady all."),
    ] = None,
    name: Annotated[str | None, typer.Option(help="The study's name; of the scenario and its plans if none.")] = None,
    out: Annotated[Path, typer.Option(help="Folder in which the study's folder is made, or found.")] = Path("studies"),
    as_of: AsOf = None,
    changes: Changes = None,
    cluster: Annotated[str | None, typer.Option(help="Address of a Dask scheduler to simulate on.")] = None,
    engine: Annotated[
        str, typer.Option(help="auto, recursion, event or simpy; all give the same answer, to the bit.")
    ] = "auto",
    steady: Annotated[
        bool, typer.Option("--steady", help="One long replication of each plan, under a load that does not change.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Estimate a scenario's budgets on one or several plans, with intervals; the same command again goes on."""
    from cutover.rehearsal.study import play_study
    from reports.budgets import DOSSIERS
    from scenarios.forecast import Forecast
    from scenarios.span import asked, busiest

    found, plans = chosen_with_plans(scenario, plan or [], as_of, None, changes or ())
    span = asked(found, window or "all") if window or steady else busiest(found)
    variants = {one.name: Forecast(found, one, span, 1, engine, "nothing" if steady else "all") for one in plans}
    lines = tuple(dict.fromkeys(budget or (line for line in found.file.budgets if line.split()[0] != DOSSIERS)))
    named = name or "-".join((found.name, *variants, *(("steady",) if steady else ())))
    order = (
        _steady(named, variants, lines, precision, replications)
        if steady
        else (_study(named, variants, lines, precision, replications))
    )
    result = play_study(order, folder(out), cluster)
    if json:
        give_json({"schema": 1, "study": named, "folder": str(out / named), **result.to_dict()})
    else:
        give("\n".join(result.words()))
    for failure in result.failures:
        say(f"{failure.trial} failed: {failure.error} (see {failure.trial}.failed.json)")
    if result.interrupted:
        say(f"interrupted: {result.missing} trials are missing; the same command goes on where it stopped")
    say(f"study: {out / named}")
    return result.exit_code


def _study(
    name: str, variants: "dict[str, Forecast]", lines: tuple[str, ...], precision: str | None, replications: int | None
) -> "Study":
    from scenarios.precision import asked
    from scenarios.study import Study

    return Study(name, variants, lines, asked(precision, replications))


def _steady(
    name: str, variants: "dict[str, Forecast]", lines: tuple[str, ...], precision: str | None, replications: int | None
) -> "SteadyStudy":
    from scenarios.steady_study import SteadyStudy

    given = {"--precision": precision, "--replications": replications}
    mistakes = [
        Mistake("options", option, value, "does not go with --steady, which plays one replication", "leave one out")
        for option, value in given.items()
        if value is not None
    ]
    if mistakes:
        raise BadInput(mistakes)
    return SteadyStudy(name, variants, lines)
