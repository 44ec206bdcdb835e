"""`cutover scenario`: look at scenarios, check them, and make one from a log, a recording or an OpenAPI document."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from cutover.base.errors import BadInput, Mistake
from cutover.commands.chosen import AsOf, Named, chosen
from cutover.commands.output import give, give_json, reading, say, writing

if TYPE_CHECKING:
    from scenarios.imports.hits import Form
    from scenarios.imports.walkthrough import Walkthrough

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
def import_file(
    file: Annotated[
        Path, typer.Argument(help="An access log (gzip is unpacked), a HAR or an OpenAPI document (JSON).")
    ],
    out: Annotated[Path, typer.Option(help="Scenario to write; its journeys go into journeys/ beside it.")],
    form: Annotated[
        Literal["combined", "common", "json", "har", "openapi"] | None,
        typer.Option("--format", help="The file's format: a log's, har or openapi; told by the file, else combined."),
    ] = None,
    patterns: Annotated[
        Path | None,
        typer.Option(help="TOML that says which requests of a log make which step; the stand-in portal's if none."),
    ] = None,
    drop_foreign: Annotated[bool, typer.Option("--drop-foreign", help="Leave a recording's other hosts out.")] = False,
    drop_static: Annotated[
        bool, typer.Option("--drop-static", help="Leave a recording's styles, scripts, pictures and fonts out.")
    ] = False,
    json: JSON = False,
) -> None:
    """Make a scenario from a log, or from a recording or OpenAPI document with the steps file that plays it."""
    from scenarios.imports.kinds import kind_of
    from scenarios.imports.writing import scenario_name

    name = scenario_name(out)
    kind = form if form in ("har", "openapi") else kind_of(file) if form is None else "log"
    _refuse_strays(kind, patterns, drops=drop_foreign or drop_static)
    if kind == "har":
        from scenarios.imports.recording.recording import import_recording
        from scenarios.imports.walkthrough_report import recording_report

        recording = import_recording(file, name, drop_foreign=drop_foreign, drop_static=drop_static)
        _write_walkthrough(recording.walkthrough, out, recording_report(recording), recording.to_dict(), json=json)
    elif kind == "openapi":
        from scenarios.imports.openapi.importer import import_openapi
        from scenarios.imports.walkthrough_report import operations_report

        described = import_openapi(file, name)
        _write_walkthrough(described.walkthrough, out, operations_report(described), described.to_dict(), json=json)
    else:
        _import_log(file, form if form in ("common", "json") else "combined", patterns, name, out, json=json)


def _refuse_strays(kind: str, patterns: Path | None, *, drops: bool) -> None:
    """Raise BadInput for options that belong to files of another kind."""
    strays = [("--patterns", "log")] if patterns is not None and kind != "log" else []
    strays += [("--drop-foreign, --drop-static", "recording (HAR)")] if drops and kind != "har" else []
    rule = "is for a {} alone, which this file is not"
    mistakes = [
        Mistake("options", option, None, rule.format(of), "leave it out, or say --format") for option, of in strays
    ]
    if mistakes:
        raise BadInput(mistakes)


def _write_walkthrough(
    walkthrough: "Walkthrough", out: Path, report: str, values: dict[str, Any], *, json: bool
) -> None:
    from datetime import UTC, datetime

    from scenarios.imports.walkthrough import write_walkthrough

    with writing(out, "--out"):
        written = write_walkthrough(walkthrough, out, datetime.now(UTC))
    _tell(written, report, values, json=json)


def _import_log(log: Path, form: "Form", patterns: Path | None, name: str, out: Path, *, json: bool) -> None:
    from scenarios.imports.importer import import_log
    from scenarios.imports.patterns import default_patterns, read_patterns
    from scenarios.imports.report import report
    from scenarios.imports.writing import write

    known = read_patterns(patterns or default_patterns())
    with reading(log) as watch:
        imported = import_log(log, form, known, name, watch)
    with writing(out, "--out"):
        written = write(imported, out)
    _tell(written, report(imported), imported.to_dict(), json=json)


def _tell(written: tuple[Path, ...], report: str, values: dict[str, Any], *, json: bool) -> None:
    if json:
        give_json({"schema": 1, "files": [str(path) for path in written]} | values)
    else:
        give(report)
    say(f"written: {', '.join(str(path) for path in written)}")
