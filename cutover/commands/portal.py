"""`cutover portal`: the stand-in portal."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cutover.base.errors import BadInput, InvalidRun, Mistake
from cutover.commands.output import give, give_json, progress, say_if_first

if TYPE_CHECKING:
    from reports.reconciliation import Reconciliation
    from reports.run import Run

portal = typer.Typer(name="portal", help="The stand-in portal to rehearse against.", no_args_is_help=True)


StoresIn = Annotated[str, typer.Option(help="SQLite file or PostgreSQL URL that keeps what the portal accepts.")]
AllowedHosts = Annotated[list[str] | None, typer.Option(help="A host that may be asked; may be repeated.")]
Authority = Annotated[Path | None, typer.Option(help="Certificates (PEM) of who vouches for the portal.")]
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
def status(
    database: Annotated[str | None, typer.Option(help="SQLite file or PostgreSQL URL; portal.db without it.")] = None,
    url: Annotated[str | None, typer.Option(help="URL of a running portal, which is asked instead.")] = None,
    allow_host: AllowedHosts = None,
    authority: Authority = None,
    json: JSON = False,
) -> int:
    """Say how much a portal's database holds, beside a running portal or after it; or how a running one is."""
    if url is None and (allow_host or authority):
        rule, remedy = "stand without --url", "name the portal: --url http://127.0.0.1:8080"
        raise BadInput.single("status", "--allow-host and --authority", None, rule, remedy)
    if url is None:
        from fixtures.portal.evidence import size

        found, code = vars(size(database or "portal.db")), 0
    elif database is None:
        from scenarios.portal_status import ask
        from scenarios.target import check_allowed, parse_target

        target = parse_target(url, authority, "--url")
        check_allowed(target, tuple(allow_host or ()))
        told = ask(target)
        found, code = vars(told), told.exit_code
    else:
        rule, remedy = "stands beside --database", "give one of the two"
        raise BadInput.single("status", "--url", url, rule, remedy)
    if json:
        give_json({"schema": 1, **found})
    else:
        give("\n".join(f"{name}: {_shown(value)}" for name, value in found.items()))
    return code


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
    from fixtures.portal.fill import mistakes

    count = _count(dossiers)
    wrong = mistakes(database, procedures)
    if count is None:
        rule, remedy = "must be a count", "write it like 5000, 200k or 5M"
        wrong.append(Mistake("--dossiers", "count", dossiers, rule, remedy))
    if count is None or wrong:
        raise BadInput(wrong)
    say_if_first()
    with progress("dossiers", count) as filled:
        fill_all(database, count, procedures, seed, filled)


def _count(text: str) -> int | None:
    """Read a count with or without `k` or `M`; None when it is none."""
    found = re.fullmatch(r"(\d{1,12})([kM]?)", text)
    return int(found[1]) * {"": 1, "k": 1_000, "M": 1_000_000}[found[2]] if found else None


def _shown(value: object) -> str:
    if value is None:
        return "not told"
    if isinstance(value, tuple):
        return "; ".join(map(_shown, value)) or "none"
    if isinstance(value, dict):
        return ", ".join(f"{key} {each}" for key, each in value.items() if each != "")
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)


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
    allow_host: AllowedHosts = None,
    authority: Authority = None,
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
    if found.header.kind != "measured":
        rule, remedy = "must be measured: nothing was submitted in a forecast", "name the folder of a swarm's run"
        raise BadInput.single(str(run), "kind", found.header.kind, rule, remedy)
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
    from scenarios.swarm.errands import answered
    from scenarios.swarm.tracking import UNJUDGED, track_all
    from scenarios.target import check_allowed, check_answers, parse_target

    target = parse_target(url, authority, "--track")
    check_allowed(target, allowed)
    check_answers(target)
    with progress("receipts", len(answered(run.receipts))) as asked:
        told = track_all(run, target, rate, lambda: asked(1), allowed)
    return replace(reconcile_all(run.receipts, told.dossiers, told.unasked), unjudged=UNJUDGED)
