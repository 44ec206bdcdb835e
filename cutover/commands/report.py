"""`cutover report`: the page that a run is looked at with."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import give


def report(run: Annotated[Path, typer.Argument(help="Folder of a run.")]) -> None:
    """Write a run's report.html into its folder and say where."""
    from cutover.rehearsal.report import write_report
    from reports.run import Run

    give(str(write_report(Run.open(run))))
