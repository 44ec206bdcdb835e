"""`cutover portal`: the stand-in portal."""

from pathlib import Path
from typing import Annotated

import typer

portal = typer.Typer(name="portal", help="The stand-in portal to rehearse against.", no_args_is_help=True)


@portal.callback()
def group() -> None:
    """Serve the stand-in portal."""


@portal.command()
def serve(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on loopback; 0 takes a free one.")] = 8080,
    database: Annotated[Path, typer.Option(help="SQLite file that keeps what the portal accepts.")] = Path("portal.db"),
    slow: Annotated[float, typer.Option(min=0, help="Multiply the CPU work of every step.")] = 1.0,
    parent_pid: Annotated[int | None, typer.Option(hidden=True, help="Stop when this process ends.")] = None,
) -> None:
    """Serve the stand-in portal on loopback until it is interrupted; says where it serves on stdout."""
    from fixtures.portal.server import serve as serve_portal
    from fixtures.portal.settings import Settings

    serve_portal(Settings(database=database, slow=slow), port=port, parent_pid=parent_pid)
