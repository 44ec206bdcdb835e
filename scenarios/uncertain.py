"""The scenario of a replication: its figures drawn from their ranges, or one of them moved alone.

A draw is f(seed, replication, the figure's name), so that two scenarios that say the same of a figure draw the same.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Literal

from pydantic import BaseModel

from cutover.base.document import Keys, dotted
from cutover.base.errors import BadInput
from models.draws import stream, uniform
from scenarios.figure import Ranged, ranged
from scenarios.scenario import Scenario

Draws = Literal["all", "plan", "nothing"]
"""What each replication draws anew from its range: figures of scenario and plan, of the plan alone, or nothing."""


def uncertain(scenario: Scenario) -> Iterator[tuple[str, Keys, Ranged]]:
    """Yield every number that has a range: its name, the keys that lead to it, and itself."""
    for keys, found in ranged(scenario.file):
        if found.is_uncertain:
            yield name_of(scenario.file, keys), keys, found


def drawn(scenario: Scenario, replication: int) -> Scenario:
    """Return the scenario that a replication plays; one without ranges is returned as it is."""
    seed = scenario.file.seed
    return _with(
        scenario,
        {
            keys: found.at(uniform(stream(seed, replication, f"figure {name}"), 0, 0))
            for name, keys, found in uncertain(scenario)
        },
    )


def moved(scenario: Scenario, name: str, quantile: float) -> Scenario:
    """Return the scenario with one figure at a quantile of its range, the others as they are, all without ranges.

    Raises BadInput when no figure of that name has a range.
    """
    known = {found: (keys, each) for found, keys, each in uncertain(scenario)}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        remedy = f"did you mean `{close[0]}`?" if close else f"choose one of {', '.join(known) or 'none'}"
        raise BadInput.single(scenario.path, "figure", name, "has no range in this scenario", remedy)
    keys, each = known[name]
    return _with(at_estimates(scenario), {keys: each.at(quantile)})


def at_estimates(scenario: Scenario) -> Scenario:
    """Return the scenario without ranges: each figure is what the file says."""
    return _with(scenario, {keys: found.number for _, keys, found in uncertain(scenario)})


def name_of(part: Any, keys: Keys) -> str:
    """Name a figure by its keys, with the names of flows, surges and faults in the place of their numbers."""
    named: list[str] = []
    for key in keys:
        part = getattr(part, key) if isinstance(part, BaseModel) and isinstance(key, str) else part[key]
        named.append(str(getattr(part, "name", key)) if isinstance(key, int) else key)
    return dotted(named)


def _with(scenario: Scenario, numbers: Mapping[Keys, float]) -> Scenario:
    if not numbers:
        return scenario
    file: Any = scenario.file
    for keys, number in numbers.items():
        file = _changed(file, keys, number)
    return replace(scenario, file=file)


def _changed(part: Any, keys: Keys, number: float) -> Any:
    """Return a schema's value with the number that keys lead to changed."""
    if isinstance(part, Ranged):
        return part.fixed(number)
    key, below = keys[0], keys[1:]
    if isinstance(part, tuple):
        return tuple(_changed(each, below, number) if at == key else each for at, each in enumerate(part))
    if isinstance(part, dict):
        return {name: _changed(each, below, number) if name == key else each for name, each in part.items()}
    assert isinstance(part, BaseModel)
    assert isinstance(key, str)
    return part.model_copy(update={key: _changed(getattr(part, key), below, number)})
