"""A command line that cannot be understood, told as every other bad input is: what is wrong, where, and what to do."""

import re

import typer

from cutover.base.errors import BadInput

UsageError: type[Exception] = typer.BadParameter.__mro__[1]
"""What typer raises then: a class of click's, of which some versions of typer carry a copy, and none has a name for."""

DEFAULT = " play"
"""The subcommand of `swarm` that nobody writes."""


def is_help(error: Exception) -> bool:
    """Tell whether it is a group without a subcommand, whose help typer has shown."""
    return type(error).__name__ == "NoArgsIsHelpError"


def bad_input(error: Exception) -> BadInput:
    """Return the mistake that a `UsageError` tells of."""
    context, parameter, option = (getattr(error, name, None) for name in ("ctx", "param", "option_name"))
    command = "cutover" if context is None else context.command_path.removesuffix(DEFAULT)
    told, _, hint = str(getattr(error, "message", "")).partition(". ")
    rule = told.removeprefix("Value error, ").replace("Input should", "must").removesuffix(".").partition(", unable")[0]
    remedy = f"see `{command} --help`"
    if "does not match the format" in rule:  # of a date, in the words of strptime
        rule = "must be a day, such as 2025-06-30"
    if parameter is not None:
        return BadInput.single(command, parameter.opts[0], _value(error), _small(rule) or "is missing", remedy)
    if option is not None:
        rule = rule.removeprefix(f"Option {option!r} ").replace(f"No such option: {option}", "is no option of it")
        near = getattr(error, "possibilities", None)
        return BadInput.single(command, option, None, rule, f"did you mean {' or '.join(near)}?" if near else remedy)
    return BadInput.single(command, "arguments", None, _small(rule), _small(hint) or remedy)


def _value(error: Exception) -> object:
    """Return what stood on the command line, where the error of the parameter's type tells it."""
    errors = getattr(error.__cause__, "errors", None)
    return errors()[0]["input"] if errors is not None else None


def _small(sentence: str) -> str:
    """Return a sentence as a part of another one."""
    return re.sub(r"^[A-Z]", lambda first: first[0].lower(), sentence)
