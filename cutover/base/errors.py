"""Errors that carry the exit code of the command that meets them.

CutoverError            1  a bug of ours
├── BadInput            2  a file, an option or a value that cannot be used
├── NotIdentifiable     4  a calibration whose runs do not tell what is asked of them
├── InvalidRun          5  no verdict can rest on the run
├── TargetRefused       6  a host that may not be loaded
└── Interrupted       130  stopped by the user
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Mistake:
    """One thing wrong in an input: where it is, the value found, the rule it breaks and what to do.

    `line` counts from 1; None where the input has no lines.
    """

    source: str
    key: str
    value: object
    rule: str
    remedy: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        value = "" if self.value is None else f" = {self.value!r}"
        return f"{place}: {self.key}{value}: {self.rule}; {self.remedy}"


class CutoverError(Exception):
    """The root of all errors that a command reports in words; `exit_code` is what it ends with."""

    exit_code: int = 1


class BadInput(CutoverError):
    """An input that cannot be used; holds all its mistakes, never only the first."""

    exit_code = 2

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in mistakes))

    @classmethod
    def single(cls, source: str | Path, key: str, value: object, rule: str, remedy: str) -> "BadInput":
        """Make the error of one mistake in an input without lines, such as an option."""
        return cls([Mistake(str(source), key, value, rule, remedy)])


class NotIdentifiable(CutoverError):
    """A calibration whose runs do not tell what is asked of them; says why, and what to measure next."""

    exit_code = 4


class InvalidRun(CutoverError):
    """A run on which no verdict can rest, such as one whose target never answered."""

    exit_code = 5


class TargetRefused(CutoverError):
    """A host that is neither loopback nor allowed by name."""

    exit_code = 6


class Interrupted(CutoverError):
    """The user stopped the command."""

    exit_code = 130
