"""The import of an OpenAPI document: steps of its operations, in an order in which they find what they need."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput
from models.laws import Exponential
from scenarios.imports.openapi.operations import read_openapi
from scenarios.imports.openapi.steps_text import OperationSteps
from scenarios.imports.openapi.walk import walk_of
from scenarios.imports.walkthrough import Walkthrough, WalkthroughStep

THINK_S = 5.0
"""The mean pause between operations; a document says nothing of people (assumed)."""


@dataclass(frozen=True)
class ImportedOperations:
    """What a document says: the walk through its operations, and what was left out or not resolved."""

    walkthrough: Walkthrough
    operations: int
    left_out: dict[str, int]
    columns: tuple[str, ...]
    unresolved: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return self.walkthrough.to_dict() | {
            "operations": self.operations,
            "left_out": self.left_out,
            "account_columns": list(self.columns),
            "not_resolved": list(self.unresolved),
        }


def import_openapi(path: Path, name: str) -> ImportedOperations:
    """Read a document and return the steps that play its operations; `name` will be the scenario's.

    Raises BadInput when it is none, or leaves nothing to play.
    """
    described = read_openapi(path)
    walk = walk_of(described)
    if not walk.order:
        raise BadInput.single(
            path, "paths", None, "leave no operation to play", "describe some that neither delete nor are deprecated"
        )
    steps = OperationSteps(described, walk, path.name)
    code = steps.text()
    think = Exponential(law="exponential", mean_s=THINK_S)
    played = [WalkthroughStep(steps.names[index], think if place else None) for place, index in enumerate(walk.order)]
    walkthrough = Walkthrough(path.name, name, tuple(played), code)
    return ImportedOperations(
        walkthrough, len(described.operations), walk.left_out, tuple(steps.columns), tuple(walk.unresolved)
    )
