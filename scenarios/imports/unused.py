"""What an import could not use: how much of it, why, and the first examples."""

from dataclasses import dataclass, field
from typing import Any

EXAMPLES = 3
_LONGEST_TEXT = 160


@dataclass
class Reason:
    """Why something was not used: how often, and the first examples as (line number, text)."""

    count: int = 0
    examples: list[tuple[int, str]] = field(default_factory=list)


class Unused:
    """The lines that were not used, by reason, in the order in which the reasons were met."""

    def __init__(self) -> None:
        self.reasons: dict[str, Reason] = {}

    def add(self, reason: str, line: int, text: str) -> None:
        """Count one, and keep it when it is among the first of its reason."""
        found = self.reasons.setdefault(reason, Reason())
        found.count += 1
        if len(found.examples) < EXAMPLES:
            found.examples.append((line, text[:_LONGEST_TEXT]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            why: {"count": reason.count, "examples": [{"line": line, "text": text} for line, text in reason.examples]}
            for why, reason in self.reasons.items()
        }
