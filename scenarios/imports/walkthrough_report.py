"""What the import of a recording or an OpenAPI document says for people: steps, and what they must still look at."""

from reports.quantities import count, duration
from scenarios.imports.openapi.importer import ImportedOperations
from scenarios.imports.recording.recording import Recording
from scenarios.imports.walkthrough import Walkthrough


def recording_report(found: Recording) -> str:
    """Write the report of a recording."""
    left = sum(found.left_out.values())
    findings = found.findings
    typed = [f"{name} = {value!r}" for name, value in findings.typed.items()]
    hosts = [f"{host}: allow it with --allow-host, or import again with --drop-foreign" for host in found.other_hosts]
    parts = [
        f"{found.walkthrough.source}: {count(len(found.walkthrough.steps))} steps from {count(found.requests)} "
        f"requests, {count(left)} of them left out.",
        *_steps(found.walkthrough),
        *_listed("Left out:", [f"{count(number)} × {why}" for why, number in found.left_out.items()]),
        *_listed("Other hosts:", hosts),
        *_listed(
            "Typed or chosen, and sent as recorded (put visit.citizen, an account or a feed in its place):", typed
        ),
        *_columns(tuple(findings.columns)),
        *_listed(
            "One-time codes:", ["a hook is needed: [one_time_codes] for --supplies"] if findings.asks_codes else []
        ),
        *_listed("Not resolved:", findings.unresolved),
    ]
    return "\n".join(parts)


def operations_report(found: ImportedOperations) -> str:
    """Write the report of an OpenAPI document."""
    parts = [
        f"{found.walkthrough.source}: {count(len(found.walkthrough.steps))} steps from {count(found.operations)} "
        "operations; their order is that in which they find what they need, their pauses are assumed.",
        *_steps(found.walkthrough),
        *_listed("Left out:", [f"{count(number)} × {why}" for why, number in found.left_out.items()]),
        *_columns(found.columns),
        *_listed("Not resolved:", list(found.unresolved)),
    ]
    return "\n".join(parts)


def _steps(walkthrough: Walkthrough) -> list[str]:
    pauses = [(each.name, each.think) for each in walkthrough.steps]
    lines = [f"  {name}" + (f", {duration(think.mean_s)} before it" if think else "") for name, think in pauses]
    return ["", "Steps:", *lines]


def _columns(columns: tuple[str, ...]) -> list[str]:
    told = [f"`{column}`" for column in columns]
    return _listed("Secrets, not written: columns that the cast for --supplies must have:", told)


def _listed(title: str, lines: list[str]) -> list[str]:
    return ["", title, *(f"  {line}" for line in lines)] if lines else []
