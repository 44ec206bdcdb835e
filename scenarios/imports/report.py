"""What an import says for people: what was found, how sure it is, and what could not be used."""

from reports.quantities import count, duration, share, significant
from scenarios.imports.courses import ImportedJourney
from scenarios.imports.importer import Imported
from scenarios.imports.thinking import Thinking

MISFIT = 0.1
"""A law whose mean is so far off the plain mean of what was seen is named in the report."""


def report(imported: Imported) -> str:
    """Write the report of an import."""
    parts = [
        f"{imported.source}: {count(imported.sessions)} sessions in {count(imported.lines)} lines, "
        f"{count(imported.used)} of them used ({share(imported.used / imported.lines)}); "
        f"arrivals are {imported.arrivals.counted}.",
        *_journeys(imported.journeys),
        *_doubts(imported),
        *_unused(imported),
    ]
    return "\n".join(parts)


def _journeys(journeys: tuple[ImportedJourney, ...]) -> list[str]:
    lines = ["", "Journeys (share of sessions; think times with standard errors):"]
    for journey in journeys:
        lines.append(f"  {journey.name}: {share(journey.share)} ({count(journey.visits)} sessions)")
        for step in journey.steps:
            pause = f", {_thinking(step.thinking)} before it" if step.thinking else ""
            lines.append(f"    {step.name}: {count(step.samples)} times{pause}")
    return lines


def _thinking(thinking: Thinking) -> str:
    law, error = thinking.law, thinking.mean_error
    mean = duration(law.mean_s) + (f" ± {significant(100 * error)} %" if error is not None else "")
    shape = f"cv {significant(law.scv**0.5)}" + ("" if error is not None else ", assumed or without an error")
    return f"{law.law} {mean}, {shape}, from {count(thinking.samples)} pauses,"


def _doubts(imported: Imported) -> list[str]:
    found = []
    if imported.open_at_end:
        found.append(
            f"{count(imported.open_at_end)} sessions had a request in the log's last 30 minutes: some may be cut off, "
            "and count as ended."
        )
    if imported.rare:
        found.append(
            f"{count(imported.rare)} sessions begin at a step at which fewer than 20 of their kind do: they count, but "
            "their branches and think times are not used."
        )
    found += [
        f"Before {step.name} of {journey.name} the fitted mean is {duration(step.thinking.law.mean_s)}, the plain mean "
        f"{duration(step.thinking.observed_mean_s)}: the pauses are not lognormal."
        for journey in imported.journeys
        for step in journey.steps
        if step.thinking and abs(step.thinking.law.mean_s - step.thinking.observed_mean_s) > _margin(step.thinking)
    ]
    if imported.whole_seconds:
        found.append("Stamps are whole seconds: pauses of under a second are known only on average.")
    return ["", "Doubtful:", *(f"  {line}" for line in found)] if found else []


def _margin(thinking: Thinking) -> float:
    """Return how far the means may lie apart: a tenth, or three standard errors when that is more."""
    return max(MISFIT, 3 * (thinking.mean_error or 0.0)) * thinking.observed_mean_s


def _unused(imported: Imported) -> list[str]:
    lines = []
    for why, reason in imported.unused.reasons.items():
        lines.append(f"  {count(reason.count)} × {why}")
        lines += [f"    line {number}: {text}" for number, text in reason.examples]
    return ["", "Not used:", *lines] if lines else []
