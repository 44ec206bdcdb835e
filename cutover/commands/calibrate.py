"""`cutover calibrate`: a plan's demands from measured runs."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.output import give, give_json, say, writing

Runs = Annotated[list[Path], typer.Argument(metavar="RUN...", help="Folders of measured runs of one target.")]
Metrics = Annotated[
    str | None,
    typer.Option(
        metavar="URL|CSV",
        help="The target's metrics: the URL of a Prometheus, or a CSV of time, name, value; [observed] maps them.",
    ),
]
Servers = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[RUN:]NAME=COUNT",
        help="Servers of a station, or tokens of a pool, while measured (of the 2nd run: 2:portal=4); may be repeated.",
    ),
]


def calibrate(
    runs: Runs,
    plan: Annotated[str, typer.Option(help="Path of the plan to calibrate, or the name of a shipped one.")],
    out: Annotated[Path, typer.Option("--output", "-o", help="File that the calibrated plan is written to.")],
    metrics: Metrics = None,
    hold_out: Annotated[
        list[str] | None, typer.Option(help="A level that is not fitted on, such as 120/s; may be repeated.")
    ] = None,
    servers: Servers = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Calibrate a plan from measured runs: demands of each step and station with intervals, and how good the fit is.

    Runs with several levels of load tell most: cutover swarm SCENARIO --calibrate "20/s to 200/s in 6 levels of 40s".
    """
    from datetime import datetime

    from cutover.base.clock import VIETNAM
    from cutover.rehearsal.calibrating import calibrate_runs
    from cutover.rehearsal.measured import Measurements
    from cutover.rehearsal.written import write_plan
    from models.plan import find_plan, read_plan

    model = read_plan(find_plan(plan))
    measurements = Measurements.read(runs, model, metrics, servers or ())
    with writing(out, "--output"):
        out.parent.mkdir(parents=True, exist_ok=True)
    found = calibrate_runs(model, measurements, hold_out or (), datetime.now(VIETNAM).date())
    with writing(out, "--output"):
        write_plan(found.plan, out)
    if json:
        give_json({"schema": 1, "plan": str(out), **found.to_dict()})
    else:
        give("\n".join(found.words()))
    say(f"plan: {out}; see how well it predicts: cutover validate {out} RUN…")
    return 0
