"""The levels of a scenario's load, and the scenario that is played under another load than its own."""

import hashlib
from dataclasses import replace
from itertools import pairwise
from typing import TypeVar

from cutover.base.errors import BadInput
from models.demand.rates import scaled, total
from reports.budgets import Budget
from reports.levels import Level
from scenarios.arrivals import FIRST_FLOW, Arrivals
from scenarios.demand import mean_profile, parts
from scenarios.demand_checks import LONGEST_S
from scenarios.load import Load, LoadError, read_load
from scenarios.scenario import Scenario
from scenarios.settings import DemandSettings

_OWN = ("sessions", "volume", "per", "hourly_shares", "weekdays", "profile", "from_s", "to_s", "day_cv")
"""What tells how many come when."""

Flow = TypeVar("Flow", bound=Arrivals)


def under(scenario: Scenario, text: str) -> Scenario:
    """Return a scenario under a load given in words, in place of its own.

    Who comes for what stays: each flow keeps its share of the sessions. Hours, surges, moves and days that differ are
    left out, and so are the scenario's own scale, warp, measurement and rehearsal; budgets judge all of it. Raises
    BadInput for words that are no load, or whose rule nothing can be judged by.
    """
    file = scenario.file
    if any(change.startswith("demand.") for change in scenario.changes):
        rule = "names its rates itself, and --set changes the scenario's demand"
        raise BadInput.single("options", "--profile", text, rule, "leave one of the two out")
    try:
        load = read_load(text, file.swarm)
        load.rule(file.budgets, scenario.steps)
    except LoadError as error:
        raise BadInput.single("options", "--profile", text, error.rule, error.remedy) from None
    if load.duration_s > LONGEST_S:
        rule = f"lasts {load.duration_s:,.0f} s, and at most {LONGEST_S:,.0f} are a year"
        raise BadInput.single("options", "--profile", text, rule, "shorten its levels")
    shares = _shares(scenario)
    arrivals = None if file.arrivals is None else _loaded(file.arrivals, load, shares[FIRST_FLOW])
    changes = {
        "arrivals": arrivals,
        "flows": tuple(_loaded(flow, load, shares[flow.name]) for flow in file.flows),
        "demand": DemandSettings(),
        "duration_s": load.duration_s,
        "measurement": None,
        "rehearsal": None,
        "swarm": file.swarm.model_copy(update={"scale": 1.0, "warp": 1.0}),
    }
    whole = hashlib.sha256(f"{scenario.hash} {load.text}".encode()).hexdigest()
    return replace(scenario, file=file.model_copy(update=changes), hash=whole, given=load)


def _shares(scenario: Scenario) -> dict[str, float]:
    """Return each flow's share of the expected sessions."""
    sessions = {name: 0.0 for _, name, _ in scenario.file.flow_entries}
    for part in parts(scenario):
        sessions[part.flow] += total(part.arriving)
    whole = sum(sessions.values())
    return {name: each / whole for name, each in sessions.items()}


def _loaded(entry: Flow, load: Load, share: float) -> Flow:
    points = load.points if share == 1.0 else scaled(load.points, share)
    return entry.model_copy(update={"points": points, "moves": (), "surges": (), **dict.fromkeys(_OWN)})


def levels_of(scenario: Scenario, scale: float = 1.0, warp: float = 1.0) -> tuple[Level, ...]:
    """Return the levels of a scenario's load as they are played, all flows together; none where it has no load.

    A load that was given counts sessions as planned, those of bursts that would come after the end included. Raises
    BadInput where levels are too short to be told apart.
    """
    load = scenario.load
    if load is None:
        return ()
    if load.shortest_s / warp < 1.0:
        rule = f"leaves levels of {load.shortest_s / warp:.3g} s, shorter than what is recorded together, 1 s"
        raise BadInput.single("options", "--warp", warp, rule, "lower it, or hold levels for longer")
    spans, per_s = tuple(pairwise(load.edges_s)), load.per_s
    if scenario.given is None:
        expected = mean_profile(scenario).expected(load.edges_s).tolist()
        sessions = (after - before for before, after in pairwise(expected))
        per_s = tuple(each / (end - begin) for each, (begin, end) in zip(sessions, spans, strict=True))
    return tuple(
        Level(begin / warp, end / warp, round(each * scale * warp, 9))
        for each, (begin, end) in zip(per_s, spans, strict=True)
    )


def rule_of(scenario: Scenario) -> tuple[Budget, ...]:
    """Return the budgets whose first breach at a level ends a scenario's load; none where it has no rule."""
    return () if scenario.load is None else scenario.load.rule(scenario.file.budgets, scenario.steps)
