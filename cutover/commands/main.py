"""The command `cutover`: its subcommands, and how an error becomes a message and an exit code."""

import functools
import gc
import signal
import sys
from collections.abc import Callable
from typing import Annotated, ParamSpec

import typer

from cutover.base.errors import BadInput, CutoverError, Interrupted
from cutover.commands.calibrate import calibrate
from cutover.commands.capacity import capacity
from cutover.commands.compare import compare
from cutover.commands.extras import require
from cutover.commands.forecast import forecast
from cutover.commands.gate import gate
from cutover.commands.population import population
from cutover.commands.portal import portal
from cutover.commands.rehearse import rehearse
from cutover.commands.report import report
from cutover.commands.runs import runs
from cutover.commands.scenario import scenario
from cutover.commands.study import study
from cutover.commands.swarm_control import swarm
from cutover.commands.usage import UsageError, bad_input, is_help
from cutover.commands.validate import validate

OBJECTS_BETWEEN_COLLECTIONS = 100_000

Parameters = ParamSpec("Parameters")

app = typer.Typer(
    name="cutover",
    help="Rehearse the day a nation's public-service portal becomes the only door.",
    epilog="Exit codes: 0 pass · 1 a bug · 2 bad input · 3 a budget is breached · 4 inconclusive · "
    "5 the run is invalid · 6 the target is refused · 130 interrupted.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def reported(command: Callable[Parameters, int | None], name: str, extra: str | None) -> Callable[Parameters, None]:
    """Make a command end with its exit code, and one of our errors with its message on stderr and its own code.

    Before it begins, the packages of the extra that it needs must be there.
    """

    @functools.wraps(command)
    def wrapped(*args: Parameters.args, **options: Parameters.kwargs) -> None:
        try:
            if extra is not None:
                require(extra, f"cutover {name}")
            code = command(*args, **options)
        except CutoverError as error:
            sys.stderr.write(f"{error}\n")
            code = error.exit_code
        except KeyboardInterrupt:
            sys.stderr.write("interrupted\n")
            code = Interrupted.exit_code
        raise typer.Exit(code or 0)

    return wrapped


EXTRAS = {
    "rehearse": "swarm",
    "calibrate": "models",
    "validate": "models",
    "forecast": "models",
    "capacity": "models",
    "study": "models",
    "swarm": "swarm",
    "population": "population",
    "scenario": "models",
    "portal": "portal",
    "runs export": "export",
    "runs history": "history",
    "runs replay": "models",
}
"""What commands, or all of a group, need beside what judging runs needs."""

for command in (rehearse, calibrate, validate, forecast, capacity, study, gate, compare, report):
    app.command()(reported(command, command.__name__, EXTRAS.get(command.__name__)))
for group in (swarm, population, scenario, portal, runs):
    for registered in group.registered_commands:
        if registered.callback is not None:
            name = f"{group.info.name} {registered.name or registered.callback.__name__}"
            extra = EXTRAS.get(name, EXTRAS.get(str(group.info.name)))
            registered.callback = reported(registered.callback, name, extra)
    app.add_typer(group)


def _say_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        sys.stdout.write(f"cutover {version('cutover')}\n")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """Rehearse the day a nation's public-service portal becomes the only door."""


def _terminated(*_: object) -> None:
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; being asked to end (SIGTERM) is the same as Ctrl-C.

    A command loads much and ends soon, and what fills memory are arrays, which no circles hold: to look for circles of
    garbage every 700 objects, and among all of them at the end, takes a third of its time.
    """
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    signal.signal(signal.SIGTERM, _terminated)
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        code = BadInput.exit_code
        if not is_help(error):
            sys.stderr.write(f"{bad_input(error)}\n")
    gc.freeze()
    sys.exit(code)
