"""The journey file: the steps of a kind of visit, their order, branches, exits, think times and limits."""

import hashlib
import math
from importlib import resources
from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from cutover.base.document import Document, Strict, parse, read_document
from cutover.base.errors import BadInput, Mistake
from models.journeys import Journey, Step
from models.laws import Constant, Law
from models.plan_checks import RESERVED as RESERVED_WORDS

EXIT = "exit"
RESERVED = RESERVED_WORDS | {EXIT}
LIMIT_S = 30.0  # assumed: the patience of a browser's user before a page that does not come

StepName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Probability = Annotated[float, Field(ge=0, le=1)]


def not_reserved(name: str) -> str:
    """Return a step's name; raise ValueError for a reserved word."""
    if name in RESERVED:
        msg = f"is a reserved word; choose a name other than {', '.join(sorted(RESERVED))}"
        raise ValueError(msg)
    return name


class StepEntry(Strict):
    """One step: the pause before it, how long it may last, and what follows when it went well."""

    name: StepName
    think: Law = Constant(law="constant", mean_s=0.0)
    limit_s: Annotated[float, Field(gt=0)] = LIMIT_S
    next: dict[str, Probability]

    @field_validator("name")
    @classmethod
    def _is_not_reserved(cls, name: str) -> str:
        return not_reserved(name)

    @field_validator("next")
    @classmethod
    def _adds_up(cls, following: dict[str, float]) -> dict[str, float]:
        if not math.isclose(sum(following.values()), 1.0, abs_tol=1e-9):
            msg = f"probabilities must add up to 1, not {sum(following.values()):.6g}; give the rest to `exit`"
            raise ValueError(msg)
        return following


class JourneyFile(Strict):
    """The schema of `journeys/*.toml`; the first step is where a session starts."""

    schema_: Annotated[int, Field(alias="schema")]
    name: StepName
    description: str
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]


def find_journey(name: str, beside: Path) -> Path:
    """Return the path of a journey: in `journeys/` beside the scenario, or else among the shipped ones."""
    own = beside / "journeys" / f"{name}.toml"
    return own if own.exists() else Path(str(resources.files("scenarios"))) / "journeys" / f"{name}.toml"


def read_journey(name: str, beside: Path) -> tuple[Journey, bytes]:
    """Read a journey by name, from `journeys/` beside the scenario or else from the shipped ones.

    Returns the journey and the digest of its file; raises BadInput with all mistakes.
    """
    path = find_journey(name, beside)
    document = read_document(path)
    file = parse(document, JourneyFile)
    mistakes = _mistakes(document, file, name)
    if mistakes:
        raise BadInput(mistakes)
    steps = tuple(
        Step(
            entry.name,
            entry.think,
            entry.limit_s,
            tuple((None if to == EXIT else to, p) for to, p in entry.next.items()),
        )
        for entry in file.steps
    )
    return Journey(file.name, steps), hashlib.sha256(path.read_bytes()).digest()


def _mistakes(document: Document, file: JourneyFile, name: str) -> list[Mistake]:
    names = [entry.name for entry in file.steps]
    found = []
    if file.name != name:
        found.append(document.mistake(("name",), file.name, "must be the file's own name", f'write name = "{name}"'))
    for index, entry in enumerate(file.steps):
        if entry.name in names[:index]:
            found.append(document.mistake(("steps", index, "name"), entry.name, "stands twice", "rename one"))
        found += [
            document.mistake(
                ("steps", index, "next"),
                to,
                "is no step of this journey",
                f"use one of: {', '.join(names)}, exit",
            )
            for to in entry.next
            if to != EXIT and to not in names
        ]
    endless = _endless(file) if not found else []
    return found + [
        document.mistake(("steps", names.index(name), "next"), name, "never leads to `exit`", "give it a way out")
        for name in endless
    ]


def _endless(file: JourneyFile) -> list[str]:
    """Return the steps from which no way of positive probability leads to the exit."""
    ends = {EXIT}
    for _ in file.steps:  # each round adds the steps that are one more step away from the exit
        ends |= {entry.name for entry in file.steps if any(p > 0 and to in ends for to, p in entry.next.items())}
    return [entry.name for entry in file.steps if entry.name not in ends]
