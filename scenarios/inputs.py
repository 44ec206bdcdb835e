"""What a run was made from, kept in its folder: the scenario's files; of a simulated one the plan, and what was asked.

    inputs/swarm.toml        of a measured run: where the scenario stands
    inputs/forecast.toml     of a simulated one that and the span, the engine, the day of `as_of`, a load in words,
                             what is drawn, what was changed by `--set`
    inputs/plan.toml         its plan, as it was solved
    inputs/scenario/NAME.toml, journeys/…    the scenario and its files, as far below as their paths lead up

What comes with cutover (the nation, shipped profiles) is not kept: another version tells itself by the scenario's hash
or the run's `versions`. Nor are files that the scenario names by an absolute path: they are read where they are.
"""

import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tomli_w
from pydantic import Field

from cutover.base.document import SCHEMA, Strict
from cutover.base.errors import BadInput
from reports.header import Window
from scenarios.journey import find_journey
from scenarios.scenario import Scenario
from scenarios.uncertain import Draws

if TYPE_CHECKING:
    from scenarios.forecast import Forecast

INPUTS = "inputs"
ASKED = "forecast.toml"
PLAYED = "swarm.toml"
PLAN = "plan.toml"


class Played(Strict):
    """Where the scenario of a measured run stands in the folder of inputs."""

    schema_: Annotated[int, Field(alias="schema")] = SCHEMA
    scenario: str


class Asked(Strict):
    """What was asked of a forecast, beside its scenario and plan; `scenario` is a path in the folder of inputs."""

    schema_: Annotated[int, Field(alias="schema")] = SCHEMA
    scenario: str
    as_of: date
    window: Window
    warm_up_s: float
    cool_down_s: float
    engine: str
    load: str | None = None
    draws: Draws = "all"
    changes: tuple[str, ...] = ()


def keep_inputs(forecast: "Forecast", folder: Path) -> None:
    """Write what a forecast is made from into its run's folder; raise BadInput when a file of it has gone."""
    scenario, span = forecast.scenario, forecast.span
    inputs = folder / INPUTS
    files = files_of(scenario)
    home = "scenario" / home_of(files)
    for path, source in files.items():
        _copy(source, Path(os.path.normpath(inputs / home / path)))
    asked = Asked(
        scenario=str(home / scenario.path.name),
        as_of=scenario.file.as_of,
        window=span.window,
        warm_up_s=span.warm_up_s,
        cool_down_s=span.cool_down_s,
        engine=forecast.engine,
        load=scenario.given.text if scenario.given else None,
        draws=forecast.draws,
        changes=scenario.changes,
    )
    told = asked.model_dump(by_alias=True, exclude_none=True)
    (inputs / ASKED).write_text(tomli_w.dumps({**told, "schema": SCHEMA}), encoding="utf-8")
    (inputs / PLAN).write_text(forecast.plan.to_toml(), encoding="utf-8")


def home_of(files: Iterable[str]) -> Path:
    """Return where a scenario's folder lies in one that holds all its files, however far their paths lead up."""
    return Path(*["below"] * max(sum(part == ".." for part in Path(path).parts) for path in files))


def files_of(scenario: Scenario) -> dict[str, Path]:
    """Return a scenario's files by their paths as they are found from its folder."""
    file, beside = scenario.file, scenario.path.parent
    found = {scenario.path.name: scenario.path}
    found |= {f"journeys/{name}.toml": find_journey(name, beside) for name in file.journey_names}
    named = [name for name in file.profile_names if name.endswith(".csv")]
    named += [name for name in (file.population.communes, file.portal.config, file.portal.faults) if name]
    return found | {name: beside / name for name in named if not Path(name).is_absolute()}


def _copy(source: Path, target: Path) -> None:
    try:
        content = source.read_bytes()
    except OSError as error:
        rule = f"cannot be read any more ({error.strerror})"
        raise BadInput.single(source, "file", None, rule, "leave a scenario's files where they are") from None
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
