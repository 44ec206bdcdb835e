"""`cutover swarm stop`, `pause`, `resume`, `rate` and `watch`: a swarm that is being played, from another terminal."""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cutover.commands.output import give, say
from cutover.commands.swarm_cleanup import cleanup
from cutover.commands.swarm_play import play

PlayedRun = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run that is being played.")]


class ScenarioFirst(TyperGroup):
    """A group whose command is `play` where the first word names no other: `cutover swarm rehearsal --host …`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Take a command line without a subcommand for one of `play`."""
        if args and args[0] not in self.commands:
            args = ["play", *args]
        return super().parse_args(ctx, args)


swarm = typer.Typer(
    name="swarm",
    help="Play a scenario's citizens against a portal: cutover swarm SCENARIO --host URL.",
    cls=ScenarioFirst,
    no_args_is_help=True,
)
swarm.command()(play)
swarm.command()(cleanup)


@swarm.command()
def stop(run: PlayedRun) -> None:
    """Stop a swarm: every worker ends within a second, and the run is interrupted."""
    _ask(run, "stop")
    say("stopping")


@swarm.command()
def pause(run: PlayedRun) -> None:
    """Let a swarm start no further sessions, from 3 s on; those in progress go on."""
    _ask(run, "pause")
    say("pausing in 3 s; go on with: cutover swarm resume")


@swarm.command()
def resume(run: PlayedRun) -> None:
    """Let a swarm that was paused, or whose rate was changed, go on at the scenario's own rate, from 3 s on."""
    _ask(run, "resume")
    say("going on in 3 s")


@swarm.command()
def rate(
    run: PlayedRun, factor: Annotated[float, typer.Argument(help="Against the scenario's own rate, such as 1.5.")]
) -> None:
    """Let a swarm's schedule pass faster or slower, from 3 s on."""
    _ask(run, "rate", factor=factor)
    say(f"{factor:g} times the rate in 3 s")


@swarm.command()
def watch(
    run: PlayedRun,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON document a line, twice a second.")] = False,
) -> None:
    """Watch a swarm until it is over."""
    import json as encoder

    from cutover.rehearsal.control import watch as watched
    from cutover.rehearsal.live_screen import showing

    if json:
        for status in watched(run):
            give(encoder.dumps(status, ensure_ascii=False, allow_nan=False))
        return
    with showing() as show:
        for status in watched(run):
            show(status)


def _ask(run: Path, what: str, **more: object) -> None:
    from cutover.rehearsal.control import ask

    ask(run, what, **more)
