"""The scenario file: what is played, by whom and when, and the budgets that it must meet."""

import hashlib
import math
from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, field_validator

from cutover.base.document import Document, Keys, Strict, parse, read_document
from cutover.base.errors import BadInput, Mistake
from models.journeys import Journey
from reports.budgets import budget_mistakes
from reports.header import Window
from scenarios.arrivals import Arrivals
from scenarios.figure import Figure
from scenarios.journey import read_journey

Positive = Annotated[float, Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class SwarmSettings(Strict):
    """How a swarm plays the scenario: volume, compression of time, and what it may not exceed."""

    scale: Positive = 1.0
    warp: Positive = 1.0
    max_sessions: Annotated[int, Field(gt=0)] = 20_000
    max_s: Positive = 900.0


class ForecastSettings(Strict):
    """How a forecast plays the scenario: the plan, the busiest span looked at, and the replications."""

    plan: str
    window_s: Positive = 600.0
    warm_up_s: Annotated[float, Field(ge=0)] = 600.0
    replications: Annotated[int, Field(ge=1, le=1000)] = 2


class PortalSettings(Strict):
    """How a rehearsal starts the stand-in portal."""

    slow: Positive = 1.0


class RehearsalSettings(Strict):
    """What a rehearsal adds: the low-load span it calibrates from, and the national day it forecasts."""

    calibration: Window
    plan: str = "stand-in"
    national_day: Name | None = None


class ScenarioFile(Strict):
    """The schema of `scenarios/*.toml`."""

    schema_: Annotated[int, Field(alias="schema")]
    name: Name
    title: str
    starts: AwareDatetime
    duration_s: Positive
    as_of: date
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    budgets: tuple[str, ...] = ()
    population: Figure
    arrivals: Arrivals
    journeys: dict[str, Annotated[float, Field(ge=0, le=1)]]
    measurement: Window | None = None
    swarm: SwarmSettings = SwarmSettings()
    forecast: ForecastSettings
    rehearsal: RehearsalSettings | None = None
    portal: PortalSettings = PortalSettings()

    @field_validator("journeys")
    @classmethod
    def _shares_add_up(cls, shares: dict[str, float]) -> dict[str, float]:
        if not math.isclose(sum(shares.values()), 1.0, abs_tol=1e-9):
            msg = f"shares must add up to 1, not {sum(shares.values()):.6g}; correct one of them"
            raise ValueError(msg)
        return shares


@dataclass(frozen=True)
class Scenario:
    """A scenario that has been read and checked, with its journeys and the hash of all its files."""

    file: ScenarioFile
    journeys: tuple[Journey, ...]
    shares: tuple[float, ...]
    path: Path
    hash: str

    @property
    def name(self) -> str:
        """The scenario's name, as in its file."""
        return self.file.name

    @property
    def starts(self) -> datetime:
        """The wall time of scenario time 0."""
        return self.file.starts

    @property
    def steps(self) -> tuple[str, ...]:
        """The names of all steps of all journeys, in order of appearance."""
        return tuple(dict.fromkeys(step.name for journey in self.journeys for step in journey.steps))

    @property
    def measurement(self) -> Window:
        """The span that budgets judge: the file's, or the whole scenario."""
        return self.file.measurement or Window(from_s=0.0, to_s=self.file.duration_s)


def shipped() -> tuple[str, ...]:
    """Return the names of the scenarios that come with cutover."""
    return tuple(sorted(path.stem for path in _folder().glob("*.toml")))


def find_scenario(name_or_path: str) -> Path:
    """Return the path of a scenario given by path or by the name of a shipped one."""
    shipped_path = _folder() / f"{name_or_path}.toml"
    if "/" not in name_or_path and shipped_path.exists():
        return shipped_path
    if Path(name_or_path).exists() or "/" in name_or_path or name_or_path.endswith(".toml"):
        return Path(name_or_path)
    remedy = f"give a path, or one of: {', '.join(shipped())}"
    raise BadInput.single("scenario", "name", name_or_path, "is no shipped scenario and no file", remedy)


def read_scenario(path: Path) -> Scenario:
    """Read a scenario and its journeys; raise BadInput with all mistakes."""
    document = read_document(path)
    file = parse(document, ScenarioFile)
    mistakes = [*_hindsight(document, file), *_spans(document, file)]
    journeys, digests = [], [hashlib.sha256(path.read_bytes()).digest()]
    for name in file.journeys:
        try:
            journey, digest = read_journey(name, path.parent)
        except BadInput as error:
            mistakes += error.mistakes
        else:
            journeys.append(journey)
            digests.append(digest)
    steps = {step.name for journey in journeys for step in journey.steps}
    if len(journeys) == len(file.journeys):
        mistakes += _budget_mistakes(document, file, steps)
    if mistakes:
        raise BadInput(mistakes)
    shares = tuple(file.journeys.values())
    return Scenario(file, tuple(journeys), shares, path, hashlib.sha256(b"".join(digests)).hexdigest())


def _folder() -> Path:
    return Path(str(resources.files("scenarios")))


def _hindsight(document: Document, file: ScenarioFile) -> list[Mistake]:
    """Find the figures that were published after the day on which the scenario claims to be made."""
    figures: dict[Keys, Figure | None] = {
        ("population",): file.population,
        ("arrivals", "sessions"): file.arrivals.sessions,
    }
    rule = f"was published after as_of = {file.as_of}"
    remedy = "use a figure known on that day, or move as_of"
    return [
        document.mistake((*keys, "published"), str(figure.published), rule, remedy)
        for keys, figure in figures.items()
        if figure is not None and not figure.known_on(file.as_of)
    ]


def _spans(document: Document, file: ScenarioFile) -> list[Mistake]:
    """Find the spans that end after the scenario does."""
    ends: dict[Keys, float | None] = {
        ("measurement", "to_s"): file.measurement.to_s if file.measurement else None,
        ("rehearsal", "calibration", "to_s"): file.rehearsal.calibration.to_s if file.rehearsal else None,
        ("arrivals", "points"): file.arrivals.points[-1][0] if file.arrivals.points else None,
    }
    rule = f"must not be after the scenario's end, duration_s = {file.duration_s:g}"
    return [
        document.mistake(keys, end, rule, "shorten it, or lengthen the scenario")
        for keys, end in ends.items()
        if end is not None and end > file.duration_s
    ]


def _budget_mistakes(document: Document, file: ScenarioFile, steps: set[str]) -> list[Mistake]:
    return [
        document.mistake(("budgets", index), text, mistake.rule, mistake.remedy)
        for index, text in enumerate(file.budgets)
        for mistake in budget_mistakes(text, steps)
    ]


def as_json(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as plain values for JSON output."""
    return scenario.file.model_dump(mode="json", by_alias=True) | {
        "hash": scenario.hash,
        "steps": scenario.steps,
    }
