"""The scenario that a command is given: by its path or name, as it was known on a day."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from scenarios.scenario import Scenario

Named = Annotated[str, typer.Argument(help="Path of a scenario, or the name of a shipped one.")]
AsOf = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        metavar="DATE",
        help="Know only what was published by that day, such as 2025-06-30; refuse later figures.",
    ),
]


def chosen(scenario: str, as_of: datetime | None) -> "Scenario":
    """Read the scenario; raise BadInput with all mistakes, figures published after the day among them."""
    from scenarios.scenario import find_scenario, read_scenario

    return read_scenario(find_scenario(scenario), as_of.date() if as_of else None)
