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


Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="WORDS",
        help="Another load than the scenario's: 'constant 20/s for 60s', 'staircase 10/s to 100/s in 5 steps of 60s', "
        "'stress from 10/s by 10/s every 30s until error_rate > 5%'.",
    ),
]


def chosen(scenario: str, as_of: datetime | None, profile: str | None = None) -> "Scenario":
    """Read the scenario, under another load where one is given in words.

    Raises BadInput with all mistakes, figures published after the day among them.
    """
    from scenarios.levels import under
    from scenarios.scenario import find_scenario, read_scenario

    found = read_scenario(find_scenario(scenario), as_of.date() if as_of else None)
    return found if profile is None else under(found, profile)
