"""`cutover runs`: list, show, prune, export and replay runs; accept one as a baseline, and look at their history."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from cutover.base.clock import VIETNAM
from cutover.base.errors import BadInput, InvalidRun
from cutover.commands.output import folder, give, give_json, say, writing

runs = typer.Typer(name="runs", help="List, show, prune, export, replay and accept runs.", no_args_is_help=True)

Shelf = Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The folder that holds the runs.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

_AGE = re.compile(r"(\d{1,5})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


@runs.command(name="list")
def list_runs(shelf: Shelf = Path("runs"), json: Json = False) -> None:
    """List the runs in a folder, the latest first."""
    from reports.outline import listed
    from reports.shelf import shelved

    found = shelved(shelf)
    if json:
        give_json({"schema": 1, "runs": [one.to_dict() for one in found]})
    elif found:
        give("\n".join(listed(found)))
    else:
        say(f"{shelf} holds no runs")


@runs.command()
def show(run: Annotated[Path, typer.Argument(help="Folder of a run.")], json: Json = False) -> None:
    """Show what a run is, what came of it, and its verdict; whatever that is, the exit code is 0."""
    from reports.gate import judge
    from reports.outline import outline
    from reports.run import Run
    from reports.summary import Summary

    found = Run.open(run)
    verdict, summary = judge(found), Summary.of(found)
    if json:
        header = found.header.model_dump(mode="json", by_alias=True)
        give_json({"schema": 1, "run": str(run), "header": header, **verdict.to_dict(), "summary": summary.to_dict()})
    else:
        give("\n".join((*outline(found, summary), "", verdict.words())))


@runs.command()
def prune(
    shelf: Shelf = Path("runs"),
    keep: Annotated[int | None, typer.Option(min=0, help="Keep so many of the latest runs.")] = None,
    older_than: Annotated[str | None, typer.Option(help="Remove only what is older, such as 30d, 12h.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; else they are only named.")] = False,
    json: Json = False,
) -> None:
    """Remove old runs, and what rehearsals' portals left; never one that is played now, or that a kept one names."""
    from reports.quantities import memory
    from reports.shelf import dispensable, remove, shelved

    if keep is None and older_than is None:
        remedy = "give --keep NUMBER, --older-than AGE, or both"
        raise BadInput.single("cutover runs prune", "--keep", None, "is missing: nothing says which may go", remedy)
    before = None if older_than is None else datetime.now(VIETNAM) - _age(older_than)
    gone = dispensable(shelved(shelf), keep, before)
    if yes:
        with writing(shelf, "runs prune"):
            remove(gone)
    if json:
        give_json({"schema": 1, "removed": yes, "runs": [one.to_dict() for one in gone]})
        return
    for one in gone:
        give(one.name)
    said = f"{len(gone)} folders, {memory(sum(one.size_bytes for one in gone))}"
    say(f"removed: {said}" if yes else f"would go: {said}; remove them with --yes")


@runs.command()
def export(
    run: Annotated[list[Path], typer.Argument(help="Folders of runs.")],
    out: Annotated[Path, typer.Option(help="Folder that gets the files; those there are replaced.")] = Path("exported"),
    json: Json = False,
) -> None:
    """Write runs as Parquet: runs, latencies (histogram rows), counters, steps and stations, for DuckDB and pandas."""
    from reports.parquet import export as write
    from reports.run import Run

    found = [Run.open(one) for one in run]
    with writing(out, "--out"):
        written = write(found, folder(out))
    if json:
        give_json({"schema": 1, "files": [str(path) for path in written]})
    else:
        give("\n".join(map(str, written)))


@runs.command()
def replay(
    run: Annotated[Path, typer.Argument(help="Folder of a simulated run.")],
    out: Annotated[Path | None, typer.Option(help="Keep the new run in this folder.")] = None,
    json: Json = False,
) -> int:
    """Simulate a run again from what it keeps, and compare: the same run, or exit code 5."""
    from cutover.rehearsal.replay import replay as replayed
    from reports.run import Run

    likeness, again = replayed(Run.open(run), None if out is None else folder(out))
    if json:
        told = {"same": likeness.same, "packed": list(likeness.packed), "differs": list(likeness.differs)}
        give_json({"schema": 1, "run": str(run), **told, "notes": list(likeness.notes), "again": again and str(again)})
    else:
        give("\n".join(likeness.words()))
    if again is not None:
        say(f"run: {again}")
    return 0 if likeness.same else InvalidRun.exit_code


@runs.command()
def accept(
    run: Annotated[Path, typer.Argument(help="Folder of a run.")],
    branch: Annotated[str, typer.Option(help="The branch or release whose baseline it becomes.")] = "main",
    reason: Annotated[
        str | None,
        typer.Option(help="Why this run is the baseline from now on, whether it passed or not."),
    ] = None,
    budgets: Annotated[
        Path | None, typer.Option(help="File of budgets, one a line, in place of the run's own.")
    ] = None,
    store: Annotated[Path, typer.Option(help="Folder that keeps baselines.")] = Path(".cutover/baselines"),
    json: Json = False,
) -> None:
    """Add a run that has passed to the baselines of a branch; with a reason begin them anew from this run on."""
    from dataclasses import asdict

    from reports.baselines.acceptance import accepted
    from reports.baselines.store import Store
    from reports.gate import chosen
    from reports.run import Run

    found = Run.open(run)
    with writing(store, "--store"):
        move = accepted(found, Store(store), branch, reason, chosen(found, budgets, ()))
    if json:
        give_json({"schema": 1, "store": str(store), **asdict(move)})
    else:
        give(f"{move.folder} is {'the' if reason else 'a'} baseline of {move.name} ({move.run[:12]})")


@runs.command()
def history(
    branch: Annotated[str, typer.Argument(help="The branch or release whose baselines are looked at.")] = "main",
    store: Annotated[Path, typer.Option(help="Folder that keeps baselines.")] = Path(".cutover/baselines"),
    json: Json = False,
) -> None:
    """Tell where metrics changed for good, over all runs that were ever a branch's baseline."""
    from reports.baselines.history import LEAST_RUNS, changes
    from reports.baselines.store import Store

    moves = Store(store).moves(branch)
    found = changes(moves)
    if json:
        told = [change.to_dict() for change in found]
        give_json({"schema": 1, "branch": branch, "runs": len(moves), "changes": told})
    elif found:
        give("\n".join(change.words() for change in found))
    else:
        few = f" ({LEAST_RUNS} are needed)" if len(moves) < LEAST_RUNS else ""
        say(f"no change over {len(moves)} runs of {branch}{few}")


def _age(text: str) -> timedelta:
    found = _AGE.fullmatch(text)
    if found is None:
        remedy = "write a number of days, hours or minutes, such as 30d, 12h or 90m"
        raise BadInput.single("cutover runs prune", "--older-than", text, "is no age", remedy)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
