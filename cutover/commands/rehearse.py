"""`cutover rehearse`: one command from a synthetic nation to a verdict."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.commands.chosen import AsOf, Named
from cutover.commands.output import folder, give, give_json, say


def rehearse(
    scenario: Named = "rehearsal",
    out: Annotated[Path, typer.Option(help="Folder in which the runs' folders are made.")] = Path("runs"),
    as_of: AsOf = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Rehearse a day on this machine: portal, swarm, calibration, forecast, verdict, report."""
    from cutover.rehearsal.rehearsal import Order
    from cutover.rehearsal.rehearsal import rehearse as rehearse_order
    from cutover.rehearsal.report import write_report

    result = rehearse_order(Order.of(scenario, as_of.date() if as_of else None), folder(out))
    report = write_report(result.measured)
    if json:
        give_json(
            {
                "schema": 1,
                "run": str(result.measured.folder),
                "report": str(report),
                "exit_code": result.exit_code,
            }
            | {"interrupted": result.interrupted, "verdict": result.verdict.to_dict()}
        )
    else:
        give("\n".join(result.words()))
    say(f"report: {report}")
    return result.exit_code
