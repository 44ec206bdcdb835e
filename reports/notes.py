"""Notes: what whoever reads a verdict should know beside it; none of them changes it."""

from collections.abc import Iterator

from reports.run import Run


def notes(run: Run) -> tuple[str, ...]:
    """Return what is to be known of a run beside its verdict, each one sentence."""
    return tuple(_notes(run))


def _notes(run: Run) -> Iterator[str]:
    connections = run.findings.get("connections", {})
    if "finding" in connections:
        yield str(connections["finding"])
