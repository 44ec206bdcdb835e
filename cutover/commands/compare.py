"""`cutover compare`: set a run beside its baselines, metric by metric."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import give, give_json


def compare(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    baseline: Annotated[list[str], typer.Argument(help="Folders of runs, or names of baselines, to compare with.")],
    store: Annotated[Path, typer.Option(help="Folder that keeps baselines.")] = Path(".cutover/baselines"),
    across: Annotated[
        list[str] | None, typer.Option(help="Compare across machines, scenarios or generators; may be repeated.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> None:
    """Tell how much each metric differs from that of other runs, with its interval; `cutover gate` judges it."""
    from reports.baselines.comparable import compared_with
    from reports.baselines.differences import LEVEL, differences, words
    from reports.baselines.store import Store
    from reports.run import Run

    found = Run.open(run)
    others = compared_with(found, baseline, Store(store), across or ())
    rows = differences(found, others)
    if json:
        told = [row.to_dict() for row in rows]
        names = [other.folder.name for other in others]
        give_json({"schema": 1, "run": str(run), "baselines": names, "level": LEVEL, "differences": told})
    else:
        give(words(rows))
