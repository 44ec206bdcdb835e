"""`cutover portal`: the stand-in portal."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cutover.base.errors import BadInput, InvalidRun
from cutover.commands.output import give, give_json, progress, say_if_first

if TYPE_CHECKING:
    from reports.reconciliation import Reconciliation
    from reports.run import Run

portal = typer.Typer(name="portal", help="The stand-in portal to rehearse against.", no_args_is_help=True)


StoresIn = Annotated[str, typer.Option(help="SQLite file or PostgreSQL URL that keeps what the portal accepts.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]


@portal.callback()
def group() -> None:
    """Serve the stand-in portal."""


@portal.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8080,
    database: StoresIn = "portal.db",
    slow: Annotated[float, typer.Option(min=0, help="Multiply the CPU work of every step.")] = 1.0,
    config: Annotated[Path | None, typer.Option(help="File (TOML) of what the portal has and what limits it.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="Take faults, by /faults and from FILE.")] = False,
    fault_file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="Faults (TOML) that begin with the portal; only after --faults."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="Serve by TLS, with a private authority's certificate.")] = False,
    log: Annotated[Literal["json"] | None, typer.Option(help="Write a line on stderr for each request.")] = None,
    parent_pid: Annotated[int | None, typer.Option(hidden=True, help="Stop when this process ends.")] = None,
) -> None:
    """Serve the stand-in portal on loopback until it is interrupted; says where it serves on stdout."""
    from fixtures.portal.server import serve as serve_portal
    from fixtures.portal.settings import Settings, read_files

    if fault_file is not None and not faults:
        raise BadInput.single("portal", "FILE", str(fault_file), "stands without --faults", "write --faults before it")
    file, told = read_files(config, fault_file)
    file = file.started_with(tls=tls, log=log)
    settings = Settings(database=database, slow=slow, config=file, faults=told if faults else None)
    serve_portal(settings, port=port, parent_pid=parent_pid)


@portal.command()
def status(database: StoresIn = "portal.db", json: JSON = False) -> None:
    """Say how much a portal's database holds, beside a running portal or after it."""
    from fixtures.portal.evidence import size

    found = vars(size(database))
    if json:
        give_json({"schema": 1, **found})
    else:
        give("\n".join(f"{name}: {_shown(value)}" for name, value in found.items()))


@portal.command()
def fill(
    database: StoresIn = "portal.db",
    dossiers: Annotated[str, typer.Option(help="How many dossiers, such as 200k or 5M.")] = "5M",
    procedures: Annotated[
        int, typer.Option(help="How many procedures; those beyond the catalogue's are invented.")
    ] = 6000,
    seed: Annotated[int, typer.Option(help="Another seed makes other dossiers.")] = 1,
) -> None:
    """Make a new database as big as a real one, before it is served: an empty one answers faster than any other."""
    from fixtures.portal.fill import fill as fill_all

    count = _count(dossiers)
    say_if_first()
    with progress("dossiers", count) as filled:
        fill_all(database, count, procedures, seed, filled)


def _count(text: str) -> int:
    """Read a count with or without `k` or `M`."""
    found = re.fullmatch(r"(\d{1,12})([kM]?)", text)
    if found is None:
        raise BadInput.single("--dossiers", "count", text, "must be a count", "write it like 5000, 200k or 5M")
    return int(found[1]) * {"": 1, "k": 1_000, "M": 1_000_000}[found[2]]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:,}"


@portal.command()
def reconcile(
    run: Annotated[Path, typer.Argument(help="Folder of a measured run.")],
    database: Annotated[str | None, typer.Option(help="The stand-in portal's SQLite file or PostgreSQL URL.")] = None,
    export: Annotated[
        Path | None, typer.Option(help="CSV file: receipt, digest, state, perhaps key and arrived.")
    ] = None,
    sql: Annotated[str | None, typer.Option(help="SQLAlchemy URL of a portal's database, asked by --query.")] = None,
    query: Annotated[str | None, typer.Option(help="SELECT that returns the columns of an export.")] = None,
    track: Annotated[str | None, typer.Option(help="URL of a portal: sign in and track each receipt.")] = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A host that may be asked; may be repeated.")] = None,
    authority: Annotated[Path | None, typer.Option(help="Certificates (PEM) of who vouches for the portal.")] = None,
    rate: Annotated[float, typer.Option(min=0.01, help="Most receipts tracked in a second.")] = 50.0,
    json: JSON = False,
) -> int:
    """Set a run's receipts against what a portal holds, and keep the result in the run, where the gate finds it."""
    from reports.reconciliation import WORDS
    from reports.run import Run
    from reports.writer import merge_findings

    sources = {"--database": database, "--export": export, "--sql": sql, "--track": track}
    given = [name for name, value in sources.items() if value is not None]
    if len(given) != 1 or (sql is None) != (query is None):
        rule, remedy = "must be one of the four, and --query go with --sql", f"give one of {', '.join(sources)}"
        raise BadInput.single("reconcile", "source", " ".join(given) or None, rule, remedy)
    found = Run.open(run)
    if found.state == "running":  # a verdict would rest on the receipts of its beginning
        raise InvalidRun(f"{run} is still being played; reconcile it when it is over")
    if track is not None:
        result = _tracked(found, track, tuple(allow_host or ()), authority, rate)
    elif database is not None:
        result = _stored(found, database)
    else:
        result = _given_out(found, export, sql, query)
    merge_findings(found.folder, {"reconciliation": result.to_dict()})
    if json:
        give_json({"schema": 1, **result.to_dict()})
    else:
        judged = {name: value for name, value in vars(result).items() if name not in ("unjudged", *result.unjudged)}
        counts = {name: value if isinstance(value, int) else len(value) for name, value in judged.items()}
        lines = [f"{name}: {count} ({WORDS[name]})" for name, count in counts.items()]
        unjudged = [f"not told by this source: {', '.join(result.unjudged)}"] if result.unjudged else []
        give("\n".join([*lines, *unjudged]))
    return result.exit_code


def _stored(run: "Run", database: str) -> "Reconciliation":
    from fixtures.portal.evidence import dossiers
    from reports.reconciliation import reconcile as reconcile_all
    from scenarios.run_keys import RunKeys

    return reconcile_all(run.receipts, dossiers(database, RunKeys(run.folder.resolve().name).prefix))


def _given_out(run: "Run", export: Path | None, sql: str | None, query: str | None) -> "Reconciliation":
    from reports.reconciliation import reconcile as reconcile_all
    from reports.stored import query as asked
    from reports.stored import read_export
    from scenarios.run_keys import RunKeys

    given = read_export(export) if export is not None else asked(sql or "", query or "")
    held = given.of_run(run.receipts, RunKeys(run.folder.resolve().name).prefix)
    result = reconcile_all(run.receipts, held)
    return replace(result, unjudged=tuple(name for name in given.unjudged if not getattr(result, name)))


def _tracked(run: "Run", url: str, allowed: tuple[str, ...], authority: Path | None, rate: float) -> "Reconciliation":
    from reports.reconciliation import reconcile as reconcile_all
    from scenarios.swarm.tracking import UNJUDGED, answered, track_all
    from scenarios.target import check_allowed, check_answers, parse_target

    target = parse_target(url, authority, "--track")
    check_allowed(target, allowed)
    check_answers(target)
    with progress("receipts", len(answered(run.receipts))) as asked:
        told = track_all(run, target, rate, lambda: asked(1), allowed)
    return replace(reconcile_all(run.receipts, told.dossiers, told.unasked), unjudged=UNJUDGED)
