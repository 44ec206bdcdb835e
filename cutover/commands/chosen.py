"""The scenario and the plans that a command is given: by path or name, as known on a day, with what is changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from cutover.base.errors import BadInput, Mistake

if TYPE_CHECKING:
    from models.plan import Plan
    from scenarios.changes import Change
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


Changes = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="What if: station.database.servers=48, pool.workers.tokens=200, demand.surge=16, demand.volume=1.2, "
        "scenario.KEY=VALUE; may be repeated.",
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


def chosen_with_plans(
    scenario: str,
    plans: Sequence[str],
    as_of: datetime | None,
    profile: str | None = None,
    changes: Sequence[str] = (),
) -> "tuple[Scenario, list[Plan]]":
    """Read a scenario and plans, the scenario's own where none is named, with what `--set` changes of them.

    Raises BadInput with the mistakes of all, or where two plans have one name.
    """
    from scenarios.changes import read_changes
    from scenarios.levels import under
    from scenarios.scenario import find_scenario, read_scenario

    asked = read_changes(changes)
    mistakes: list[Mistake] = []
    found: Scenario | None = None
    try:
        found = read_scenario(find_scenario(scenario), as_of.date() if as_of else None, asked)
        found = found if profile is None else under(found, profile)
    except BadInput as error:
        mistakes += error.mistakes
    names = plans or (_own_plan(scenario) if found is None else [found.file.forecast.plan])
    read = _plans(names, asked, mistakes)
    if mistakes or found is None:
        raise BadInput(list({str(mistake): mistake for mistake in mistakes}.values()))
    return found, read


def _own_plan(scenario: str) -> list[str]:
    """Return the name of a scenario's own plan; nothing where its file does not tell one."""
    from cutover.base.document import read_document
    from scenarios.scenario import find_scenario

    try:
        settings = read_document(find_scenario(scenario)).data.get("forecast")
    except BadInput:
        return []
    name = settings.get("plan") if isinstance(settings, dict) else None
    return [name] if isinstance(name, str) else []


def _plans(names: Sequence[str], changes: "Sequence[Change]", mistakes: list[Mistake]) -> "list[Plan]":
    """Read plans; add the mistakes of all."""
    from models.plan import find_plan
    from scenarios.changes import read_changed_plan

    plans: list[Plan] = []
    for name in names:
        try:
            plans.append(read_changed_plan(find_plan(name), changes))
        except BadInput as error:
            mistakes += error.mistakes
    called = [plan.name for plan in plans]
    mistakes += [
        Mistake("options", "--plan", name, "is the name of several plans", "name each once, and rename one of them")
        for name in dict.fromkeys(called)
        if called.count(name) > 1
    ]
    return plans
