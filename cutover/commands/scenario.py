"""`cutover scenario`: look at scenarios, check them, and make one from a log."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from cutover.commands.chosen import AsOf, Named, chosen
from cutover.commands.output import give, give_json, reading, say, writing

scenario = typer.Typer(name="scenario", help="List, look at, check and import scenarios.", no_args_is_help=True)

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
def check(scenario: Named, as_of: AsOf = None, json: JSON = False) -> None:
    """Check a scenario and its journeys, and say what it would play."""
    from scenarios.demand import mean_profile
    from scenarios.scenario import as_json
    from scenarios.sessions import Sessions

    found = chosen(scenario, as_of)
    Sessions(found)  # which refuses more sessions than there are numbers for
    expected = mean_profile(found).total
    if json:
        give_json(as_json(found) | {"expected_sessions": expected})
    else:
        give(f"{found.name}: sound; {expected:,.0f} sessions expected in {found.file.duration_s:,.0f} s")


@scenario.command()
def show(scenario: Named, as_of: AsOf = None, json: JSON = False) -> None:
    """Print a scenario in words: what it plays, and where each of its figures comes from."""
    from scenarios.daily_volumes import daily_volumes
    from scenarios.description import describe, origins
    from scenarios.scenario import as_json

    found = chosen(scenario, as_of)
    if json:
        figures = [origin.to_dict() for origin in origins(found)]
        volumes = [row.to_dict() for row in daily_volumes(found)]
        give_json(as_json(found) | {"figures": figures, "volumes": volumes})
    else:
        give(describe(found))


@scenario.command()
def plot(
    scenario: Named,
    out: Annotated[Path, typer.Option(help="Image to write: a .png or .svg file.")],
    as_of: AsOf = None,
) -> None:
    """Draw a scenario's sessions per second over its time, by journey and by flow."""
    from reports.figures.scenario import demand, write_image
    from reports.quantities import share
    from scenarios.timeline import Timeline
    from scenarios.variation import DAYS

    timeline = Timeline.of(chosen(scenario, as_of))
    band = (timeline.band, f"{share(DAYS)} of days, by their chance factors")
    write_image(demand(timeline.title, timeline.edges_s, timeline.parts, timeline.at_zero_s, *band), out)
    give(str(out))


@scenario.command(name="import")
def import_access_log(
    log: Annotated[Path, typer.Argument(help="A web server's access log; gzip is unpacked.")],
    out: Annotated[Path, typer.Option(help="Scenario to write; its journeys go into journeys/ beside it.")],
    form: Annotated[
        Literal["combined", "common", "json"], typer.Option("--format", help="The log's format.")
    ] = "combined",
    patterns: Annotated[
        Path | None, typer.Option(help="TOML that says which requests make which step; the stand-in portal's if none.")
    ] = None,
    json: JSON = False,
) -> None:
    """Make a scenario and its journeys from a log: arrivals, mix of journeys, branches and think times."""
    from scenarios.imports.importer import import_log
    from scenarios.imports.patterns import default_patterns, read_patterns
    from scenarios.imports.report import report
    from scenarios.imports.writing import scenario_name, write

    name = scenario_name(out)
    known = read_patterns(patterns or default_patterns())
    with reading(log) as watch:
        imported = import_log(log, form, known, name, watch)
    with writing(out, "--out"):
        written = write(imported, out)
    if json:
        give_json({"schema": 1, "files": [str(path) for path in written]} | imported.to_dict())
    else:
        give(report(imported))
    say(f"written: {', '.join(str(path) for path in written)}")
