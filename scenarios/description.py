"""A scenario in words: what is played, and where each of its figures comes from."""

import re
from dataclasses import dataclass
from typing import Any

from cutover.base.document import dotted
from models.journeys import expected_visits
from reports.quantities import count, duration, rate, share, significant
from scenarios.daily_volumes import daily_volumes
from scenarios.demand import volumes_used
from scenarios.figure import Figure, Ranged, figures
from scenarios.journey import find_journey
from scenarios.scenario import Scenario
from scenarios.timeline import Timeline


@dataclass(frozen=True)
class Origin:
    """A figure of a scenario's file with its key, and who published it when or why it is assumed."""

    key: str
    figure: Figure

    def __str__(self) -> str:
        figure = self.figure
        said = f"{self.key} = {_number(figure.value)}{_range(figure)}"
        if figure.assumed is not None:
            return f"{said}: assumed, {figure.assumed}"
        return f"{said}: {figure.source}; published {figure.published}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"key": self.key} | self.figure.model_dump(mode="json", exclude_none=True)


def origins(scenario: Scenario) -> tuple[Origin, ...]:
    """Return every figure of the scenario's file, in its order."""
    return tuple(Origin(dotted(keys), figure) for keys, figure in figures(scenario.file))


def _volumes(scenario: Scenario) -> list[str]:
    """Say of every flow that is so many times a volume which figure that is, and where it comes from."""
    used = volumes_used(scenario.file.flow_entries, scenario.file.as_of)
    return [
        f"{dotted(keys)} = {share.times:g}{_range(share)} times {share.of}: {origin}" for keys, share, origin in used
    ]


def _range(number: Ranged) -> str:
    """Write a number's range; nothing where it has none."""
    ends = [_number(end) for end in (number.low, number.high) if end is not None]
    return f" ({' to '.join(ends)})" if ends else ""


def describe(scenario: Scenario) -> str:
    """Write a scenario in words, with each figure's origin."""
    timeline = Timeline.of(scenario)
    sections = {
        "Demand": _demand(scenario, timeline),
        "Volumes: model against published": _daily(scenario),
        "Journeys": _journeys(scenario, timeline),
        "Figures, and where they come from": [*map(str, origins(scenario)), *_volumes(scenario)],
        "What the file says in its comments": comments(scenario.path.read_text(encoding="utf-8")),
        "Budgets": list(scenario.file.budgets) or ["none: a verdict needs at least one"],
        "Stages": _stages(scenario),
    }
    parts = [f"{scenario.name}: {scenario.file.title}"]
    for heading, lines in sections.items():
        if lines:
            parts += ["", heading, *(f"  {line}" for line in lines)]
    return "\n".join(parts)


def _demand(scenario: Scenario, timeline: Timeline) -> list[str]:
    file, window = scenario.file, scenario.measurement
    judged = f"from {duration(window.from_s)} to {duration(window.to_s)}" if file.measurement else "the whole of it"
    lines = [
        f"starts {file.starts:%A %-d %B %Y, %H:%M} ({file.starts:%z}) and lasts {duration(file.duration_s)}; "
        f"budgets judge {judged}",
        f"knows what was published up to {file.as_of}; seed {file.seed}",
        f"people of communes: {scenario.places.allocation}",
        f"{count(timeline.total)} sessions expected, the most at {timeline.busiest} with {rate(timeline.most_per_s)}",
    ]
    if len(timeline.by_stream) > 1:
        lines += [
            f"flow {name}: {share(part)} of sessions" for name, part in timeline.shares(timeline.by_stream).items()
        ]
    return lines


def _daily(scenario: Scenario) -> list[str]:
    rows = daily_volumes(scenario)
    if not rows:
        return ["n/a: the scenario has no whole day, from midnight to midnight"]
    return [
        f"expected of the sessions that begin on {rows[0].day:%A %-d %B %Y}, the scenario's first whole day",
        *map(str, rows),
    ]


def _journeys(scenario: Scenario, timeline: Timeline) -> list[str]:
    journeys = {journey.name: journey for journey in scenario.journeys}
    lines = []
    for name, part in timeline.shares(timeline.by_journey).items():
        journey = journeys[name]
        visits = expected_visits(journey)
        think_s = sum(visits[step.name] * step.think.mean_s for step in journey.steps) - journey.steps[0].think.mean_s
        steps = f"{significant(sum(visits.values()))} steps and {duration(think_s)} of thinking"
        lines.append(f"{name}: {share(part)} of sessions; on average {steps}; begins with {journey.steps[0].name}")
        text = find_journey(name, scenario.path.parent).read_text(encoding="utf-8")
        lines += [f"  {line}" for line in comments(text)]
    return lines


def _stages(scenario: Scenario) -> list[str]:
    file = scenario.file
    lines = [
        f"swarm: {share(file.swarm.scale)} of the sessions, {significant(file.swarm.warp)} times as fast, at most "
        f"{count(file.swarm.max_sessions)} sessions, {significant(file.swarm.max_sessions_per_s)}/s and "
        f"{duration(file.swarm.max_s)}",
        f"forecast: plan {file.forecast.plan}, the busiest {duration(file.forecast.window_s)} after a warm-up of "
        f"{duration(file.forecast.warm_up_s)}, {file.forecast.replications} replications",
    ]
    lines += [
        f"fault at {fault.station} from {duration(fault.from_s)} to {duration(fault.to_s)}"
        + (f": {share(fault.left.value)} of its servers serve on" if fault.left else "")
        + (f": it takes {significant(fault.slower.value)} times as long" if fault.slower else "")
        for fault in file.faults
    ]
    if file.rehearsal is not None:
        span = file.rehearsal.calibration
        lines.append(f"rehearsal: calibrates plan {file.rehearsal.plan} from {span.from_s:g} s to {span.to_s:g} s")
    return lines


def comments(text: str) -> list[str]:
    """Return the comments of a TOML file, each block of lines as one, after the key or table that it is about.

    A block directly below a table's header is about the table, any other about the line that follows it; the one
    at the top is about the file.
    """
    found: list[str] = []
    block: list[str] = []
    table, heads = "", False
    for line in [*text.splitlines(), ""]:
        if line.startswith("#"):
            block.append(line.lstrip("# ").rstrip())
            continue
        header = re.match(r"\[+([^\]]+)\]+", line)
        key = re.match(r"[A-Za-z0-9_\"-]+(?=\s*=)", line)
        if block:
            place = header[1] if header else table if heads or not key else f"{table}.{key[0]}".lstrip(".")
            found.append(f"{place}: {' '.join(block)}" if place and place != "schema" else " ".join(block))
            block = []
        table, heads = (header[1], True) if header else (table, False)
    return found


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) else f"{value:,.6g}"
