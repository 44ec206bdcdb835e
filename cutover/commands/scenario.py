"""`cutover scenario`: look at scenarios and check them."""

from typing import Annotated

import typer

from cutover.commands.output import give, give_json

scenario = typer.Typer(name="scenario", help="List and check scenarios.", no_args_is_help=True)

JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@scenario.command(name="list")
def list_shipped(json: JSON = False) -> None:
    """List the scenarios that come with cutover."""
    from scenarios.scenario import find_scenario, read_scenario, shipped

    titles = {name: read_scenario(find_scenario(name)).file.title for name in shipped()}
    if json:
        give_json({"schema": 1, "scenarios": titles})
    else:
        give("\n".join(f"{name:18} {title}" for name, title in titles.items()))


@scenario.command()
def check(
    scenario: Annotated[str, typer.Argument(help="Path of a scenario, or the name of a shipped one.")],
    json: JSON = False,
) -> None:
    """Check a scenario and its journeys, and say what it would play."""
    from scenarios.scenario import as_json, find_scenario, read_scenario
    from scenarios.sessions import Sessions

    found = read_scenario(find_scenario(scenario))
    expected = Sessions(found).schedule.expected
    if json:
        give_json(as_json(found) | {"expected_sessions": expected})
    else:
        give(f"{found.name}: sound; {expected:,.0f} sessions expected in {found.file.duration_s:,.0f} s")
