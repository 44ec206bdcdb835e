"""`cutover portal`: the stand-in portal."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import give, give_json

portal = typer.Typer(name="portal", help="The stand-in portal to rehearse against.", no_args_is_help=True)


@portal.callback()
def group() -> None:
    """Serve the stand-in portal."""


@portal.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8080,
    database: Annotated[Path, typer.Option(help="SQLite file that keeps what the portal accepts.")] = Path("portal.db"),
    slow: Annotated[float, typer.Option(min=0, help="Multiply the CPU work of every step.")] = 1.0,
    config: Annotated[Path | None, typer.Option(help="File (TOML) of what the portal has and what limits it.")] = None,
    parent_pid: Annotated[int | None, typer.Option(hidden=True, help="Stop when this process ends.")] = None,
) -> None:
    """Serve the stand-in portal on loopback until it is interrupted; says where it serves on stdout."""
    from fixtures.portal.config import PortalFile, read_portal_file
    from fixtures.portal.server import serve as serve_portal
    from fixtures.portal.settings import Settings

    file = read_portal_file(config) if config else PortalFile()
    serve_portal(Settings(database=database, slow=slow, config=file), port=port, parent_pid=parent_pid)


@portal.command()
def reconcile(
    run: Annotated[Path, typer.Argument(help="Folder of a measured run.")],
    database: Annotated[Path, typer.Option(help="SQLite file of the stand-in portal that the run loaded.")],
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Set a run's receipts against what the portal stored, and keep the result in the run, where the gate finds it."""
    from fixtures.portal.evidence import dossiers
    from reports.reconciliation import reconcile as reconcile_all
    from reports.run import Run
    from reports.writer import merge_findings
    from scenarios.run_keys import RunKeys

    found = Run.open(run)
    result = reconcile_all(found.receipts, dossiers(database, RunKeys(found.folder.resolve().name).prefix))
    merge_findings(found.folder, {"reconciliation": result.to_dict()})
    if json:
        give_json({"schema": 1, **result.to_dict()})
    else:
        give(
            "\n".join(
                f"{name}: {value if isinstance(value, int) else len(value)}" for name, value in vars(result).items()
            )
        )
    return 3 if result.fails else 0
