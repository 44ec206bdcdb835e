"""`cutover swarm`: play a scenario against a portal."""

from pathlib import Path
from typing import Annotated

import typer

from cutover.base.errors import Interrupted, InvalidRun
from cutover.commands.chosen import AsOf, Named, chosen
from cutover.commands.output import folder, give, give_json, say


def swarm(
    scenario: Named,
    host: Annotated[str, typer.Option(help="The portal to load, such as http://127.0.0.1:8080.")],
    out: Annotated[Path, typer.Option(help="Folder in which the run's folder is made.")] = Path("runs"),
    scale: Annotated[float | None, typer.Option(help="Multiply the scenario's sessions.")] = None,
    warp: Annotated[float | None, typer.Option(help="Let the schedule pass so many times faster.")] = None,
    as_of: AsOf = None,
    allow_host: Annotated[list[str] | None, typer.Option(help="A host that may be loaded; may be repeated.")] = None,
    target_metrics: Annotated[str | None, typer.Option(help="Path of the portal's Prometheus metrics.")] = None,
    authority: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) of who vouches for an https target, if nobody public does.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")] = False,
) -> int:
    """Play a scenario's citizens against a portal with locust, and keep what was measured as a run."""
    from cutover.rehearsal.swarm import SwarmOrder, play_swarm
    from scenarios.sessions import Sessions
    from scenarios.swarm.steps import check_playable
    from scenarios.target import check_allowed, check_answers, parse_target
    from scenarios.volume import Volume, check_caps

    found = chosen(scenario, as_of)
    volume = Volume.of(found, scale, warp)
    check_playable(found)
    check_caps(found, Sessions(found, scale=volume.scale, warp=volume.warp))
    target, allowed = parse_target(host, authority), tuple(allow_host or ())
    check_allowed(target, allowed)
    check_answers(target)
    played = play_swarm(SwarmOrder(found, target.url, volume, allowed, target_metrics, authority), folder(out))
    run = played.run
    if json:
        give_json({"schema": 1, "run": str(run.folder), "state": run.state})
    else:
        give(str(run.folder))
    say(f"judge it with: cutover gate {run.folder}")
    if run.state == "interrupted" and not played.interrupted:
        raise InvalidRun(f"{run.findings['validity'][-1] if run.findings.get('validity') else 'the swarm broke off'}")
    return Interrupted.exit_code if played.interrupted else 0
