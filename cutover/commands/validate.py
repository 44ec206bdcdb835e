"""`cutover validate`: how well a plan predicts what was measured."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.calibrate import Metrics, Runs, Servers
from cutover.commands.output import folder, give, give_json, progress, say

STALE = 4
"""The exit code where the plan is stale: its predictions say nothing of the target as it is."""


def validate(
    plan: Annotated[str, typer.Argument(help="Path of a calibrated plan.")],
    runs: Runs,
    out: Annotated[
        Path | None, typer.Option(help="Folder that figures (PNG) and validation.json are written to.")
    ] = None,
    metrics: Metrics = None,
    servers: Servers = None,
    change: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="PATH=VALUE", help="Another value in the plan, of what was changed; may be repeated."
        ),
    ] = None,
    draws: Annotated[int, typer.Option(min=8, max=4096, help="How many draws of the plan are replayed.")] = 64,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Replay measured sessions through a calibrated plan: measured beside predicted, level by level.

    Exit code 4 says that the target is not any more what the plan was calibrated on.
    """
    from cutover.rehearsal.measured import Measurements
    from cutover.rehearsal.validating import replays_needed, validate_runs
    from cutover.rehearsal.written import write_validation
    from models.plan import find_plan
    from scenarios.changes import read_changed_plan, read_changes

    model = read_changed_plan(find_plan(plan), read_changes(change or ()))
    measurements = Measurements.read(runs, model, metrics, servers or ())
    target = None if out is None else folder(out)
    with progress("replaying", replays_needed(measurements, draws)) as done:
        found = validate_runs(model, measurements, draws, done)
    if json:
        give_json({"schema": 1, **found.to_dict()})
    else:
        give("\n".join(found.words()))
    if target is not None:
        for path in write_validation(found, target):
            say(f"written: {path}")
    return 0 if found.stale is None else STALE
