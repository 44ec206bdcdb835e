"""The scenario file: what is played, by whom and when, and the budgets that it must meet."""

import difflib
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import AwareDatetime, Field, field_validator

from cutover.base.document import Document, Keys, Strict, parse, read_document
from cutover.base.errors import BadInput, Mistake
from cutover.base.salvage import salvage
from fixtures.places import Places, synthetic_places
from models.journeys import Journey
from models.operations import JobEntry
from reports.budgets import budget_mistakes
from reports.header import Window
from scenarios.arrivals import Arrivals, FlowEntry, added_up
from scenarios.changes import Change, changed, read_with
from scenarios.demand_checks import Entry, Frame, demand_mistakes, flow_entries
from scenarios.figure import figures
from scenarios.journey import find_journey, read_journey
from scenarios.load import Load, LoadError
from scenarios.mix import Mix, shares_of
from scenarios.people import People, read_people
from scenarios.repair import COMPARED, MISSING, has_whole_mix, stand_in
from scenarios.settings import (
    DemandSettings,
    FaultEntry,
    ForecastSettings,
    Name,
    PortalSettings,
    Positive,
    RehearsalSettings,
    SwarmSettings,
)
from scenarios.weeks import Week, read_week

Read = TypeVar("Read")


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
    population: People
    arrivals: Arrivals | None = None
    flows: tuple[FlowEntry, ...] = ()
    demand: DemandSettings = DemandSettings()
    journeys: Mix | None = None
    faults: tuple[FaultEntry, ...] = ()
    jobs: tuple[JobEntry, ...] = ()
    measurement: Window | None = None
    swarm: SwarmSettings = SwarmSettings()
    forecast: ForecastSettings
    rehearsal: RehearsalSettings | None = None
    portal: PortalSettings = PortalSettings()

    @field_validator("journeys")
    @classmethod
    def _shares_add_up(cls, shares: Mix | None) -> Mix | None:
        return None if shares is None else added_up(shares)

    @property
    def flow_entries(self) -> tuple[Entry, ...]:
        """Where each flow stands in the file, its name, and what it says."""
        return flow_entries(self.arrivals, self.flows)

    @property
    def journey_names(self) -> tuple[str, ...]:
        """The names of all journeys of all flows, in order of appearance."""
        mixes = [self.journeys or {}, *(entry.journeys or {} for _, _, entry in self.flow_entries)]
        return tuple(dict.fromkeys(name for mix in mixes for name in mix))

    @property
    def profile_names(self) -> tuple[str, ...]:
        """The names of the profiles of a week of all flows."""
        return tuple(dict.fromkeys(entry.week for _, _, entry in self.flow_entries if entry.week))


@dataclass(frozen=True)
class Scenario:
    """A scenario that has been read and checked, with its journeys and the hash of all its files.

    `shares` are those of the common mix of journeys; `weeks` holds the profiles that flows name; `own_places` those of
    the file that says how many people each commune has, None without one; `given` is the load that it is played under
    in place of its own (`scenarios.levels`), `changes` what `--set` changed of its file (`scenarios.changes`).
    """

    file: ScenarioFile
    journeys: tuple[Journey, ...]
    shares: tuple[float, ...]
    path: Path
    hash: str
    weeks: Mapping[str, Week] = field(default_factory=dict)
    own_places: Places | None = None
    given: Load | None = None
    changes: tuple[str, ...] = ()

    @property
    def load(self) -> Load | None:
        """Its load in words: the one given, or that of a flow, one that ends by a rule before others."""
        if self.given is not None:
            return self.given
        return next((load for _, load in sorted(_loads(self.file), key=lambda each: each[1].until is None)), None)

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
    def places(self) -> Places:
        """The nation's provinces and communes with their people: of its own file, or a synthetic allocation."""
        return self.own_places or synthetic_places(int(self.file.population.value))

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


def read_scenario(path: Path, as_of: date | None = None, changes: Sequence[Change] = ()) -> Scenario:
    """Read a scenario, its journeys, profiles and file of communes; raise BadInput with all mistakes.

    `as_of` replaces the file's: figures published after it are refused, and volumes are those known on it. Of
    `changes`, those of scenarios are made before the file is read: it is another scenario then, by its hash.
    """
    mine = [change for change in changes if not change.is_of_plan]
    document = changed(read_document(path), mine)
    found = read_with(mine, lambda: _read(document, as_of))
    if not mine:
        return found
    texts = tuple(change.text for change in mine)
    whole = hashlib.sha256("\n".join((found.hash, *texts)).encode()).hexdigest()
    return replace(found, changes=texts, hash=whole)


def _read(document: Document, as_of: date | None) -> Scenario:
    try:
        file = parse(document, ScenarioFile)
    except BadInput as error:
        raise BadInput([*error.mistakes, *_further_mistakes(document, as_of)]) from None
    found, mistakes = _checked(document, file, as_of)
    if mistakes:
        raise BadInput(mistakes)
    return found


def _further_mistakes(document: Document, as_of: date | None) -> list[Mistake]:
    """Find the other mistakes of a file that its schema refuses."""
    rest = salvage(document, ScenarioFile, stand_in, COMPARED)
    if rest is None:
        return []
    _, mistakes = _checked(rest.document, rest.value, as_of, known_steps=has_whole_mix(rest.gone))
    return [mistake for mistake in mistakes if rest.is_certain(mistake, MISSING)]


def _checked(
    document: Document, file: ScenarioFile, as_of: date | None, *, known_steps: bool = True
) -> tuple[Scenario, list[Mistake]]:
    """Return the scenario of a file, and all mistakes that its schema cannot see: sound only where there are none.

    Budgets are checked only where the steps of all journeys are known.
    """
    path = document.path
    if as_of is not None:
        file = file.model_copy(update={"as_of": as_of})
    mistakes = [*_hindsight(document, file), *_spans(document, file), *_demand_mistakes(document, file)]
    mistakes += _rehearsal_mistakes(document, file)
    missing = [name for name in file.journey_names if not find_journey(name, path.parent).exists()]
    mistakes += [_no_journey(document, name, path.parent) for name in missing]
    digests = [hashlib.sha256(path.read_bytes()).digest()]
    names = tuple(name for name in file.journey_names if name not in missing)
    journeys = _each(names, path.parent, read_journey, digests, mistakes)
    weeks = _each(file.profile_names, path.parent, read_week, digests, mistakes)
    file, places = _with_people(document, file, digests, mistakes)
    _check_portal(file, path.parent, digests, mistakes)
    if known_steps and len(journeys) == len(file.journey_names):
        steps = {step.name for journey in journeys.values() for step in journey.steps}
        mistakes += _budget_mistakes(document, file, steps)
        mistakes += _rule_mistakes(document, file, steps)
    shares = tuple(shares_of(file.journeys).values())
    whole = hashlib.sha256(b"".join(digests)).hexdigest()
    return Scenario(file, tuple(journeys.values()), shares, path, whole, weeks, places), mistakes


def _no_journey(document: Document, name: str, beside: Path) -> Mistake:
    folders = (beside / "journeys", _folder() / "journeys")
    known = sorted({path.stem for folder in folders for path in folder.glob("*.toml")})
    close = difflib.get_close_matches(name, known, n=1)
    remedy = (
        f"did you mean `{close[0]}`?" if close else f"write {folders[0]}/{name}.toml, or use one of {', '.join(known)}"
    )
    return document.mistake(("journeys", name), None, "is no journey beside the scenario or shipped", remedy)


def _rehearsal_mistakes(document: Document, file: ScenarioFile) -> list[Mistake]:
    """Find what a rehearsal cannot be set beside its forecast with."""
    settings, mistakes = file.rehearsal, []
    if settings is None:
        return []
    ends_s = file.measurement.to_s if file.measurement else file.duration_s
    if settings.calibration.to_s >= ends_s:
        rule = f"must be before the measurement's end, {ends_s:g} s: what comes after it is forecast"
        where = ("rehearsal", "calibration", "to_s")
        mistakes.append(document.mistake(where, settings.calibration.to_s, rule, "calibrate from an earlier part"))
    for key in ("scale", "warp"):
        value = getattr(file.swarm, key)
        if value != 1.0:
            rule = "must be 1 in a rehearsal, whose swarm is set beside a forecast of the same load"
            mistakes.append(document.mistake(("swarm", key), value, rule, "remove it, or remove [rehearsal]"))
    return mistakes


def _with_people(
    document: Document, file: ScenarioFile, digests: list[bytes], mistakes: list[Mistake]
) -> tuple[ScenarioFile, Places | None]:
    """Give a file the number of its people, and return their places, where a file of communes gives them."""
    try:
        people, places, digest = read_people(file.population, document)
    except BadInput as error:
        mistakes += error.mistakes
        return file, None
    digests.append(digest)
    return file.model_copy(update={"population": people}), places


def _check_portal(file: ScenarioFile, beside: Path, digests: list[bytes], mistakes: list[Mistake]) -> None:
    """Find what is wrong with the files that a rehearsal starts its portal with, and add their digests."""
    paths = file.portal.beside(beside)
    if not any(paths):
        return
    from fixtures.portal.settings import read_files  # a web framework, which no other scenario needs

    try:
        read_files(*paths)
    except BadInput as error:
        mistakes += error.mistakes
    else:
        digests += [hashlib.sha256(path.read_bytes()).digest() for path in paths if path]


def _each(
    names: tuple[str, ...],
    beside: Path,
    read: Callable[[str, Path], tuple[Read, bytes]],
    digests: list[bytes],
    mistakes: list[Mistake],
) -> dict[str, Read]:
    """Read files by name; add the digest of each, and the mistakes of those that cannot be used."""
    found = {}
    for name in names:
        try:
            found[name], digest = read(name, beside)
        except BadInput as error:
            mistakes += error.mistakes
        else:
            digests.append(digest)
    return found


def _folder() -> Path:
    return Path(str(resources.files("scenarios")))


def _hindsight(document: Document, file: ScenarioFile) -> list[Mistake]:
    """Find the figures that were published after the day on which the scenario claims to be made."""
    rule = f"was published after as_of = {file.as_of}"
    remedy = "use a figure known on that day, or move as_of"
    return [
        document.mistake((*keys, "published"), str(figure.published), rule, remedy)
        for keys, figure in figures(file)
        if not figure.known_on(file.as_of)
    ]


def _demand_mistakes(document: Document, file: ScenarioFile) -> list[Mistake]:
    frame = Frame(file.as_of, file.duration_s, file.journeys is not None, file.swarm)
    return demand_mistakes(document, file.flow_entries, frame)


def _spans(document: Document, file: ScenarioFile) -> list[Mistake]:
    """Find the spans that end after the scenario does."""
    ends: dict[Keys, float | None] = {
        ("measurement", "to_s"): file.measurement.to_s if file.measurement else None,
        ("rehearsal", "calibration", "to_s"): file.rehearsal.calibration.to_s if file.rehearsal else None,
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
        for mistake in budget_mistakes(text, sorted(steps))
    ]


def _loads(file: ScenarioFile) -> list[tuple[Keys, Load]]:
    """List the flows' loads in words, with where they stand in the file."""
    found = [((*keys, "profile"), entry.load(file.swarm)) for keys, _, entry in file.flow_entries]
    return [(keys, load) for keys, load in found if load is not None]


def _rule_mistakes(document: Document, file: ScenarioFile, steps: set[str]) -> list[Mistake]:
    """Find rules of loads that nothing can be judged by, and those beside another."""
    mistakes, ruled = [], [(keys, load) for keys, load in _loads(file) if load.until is not None]
    sound = tuple(text for text in file.budgets if not budget_mistakes(text, sorted(steps)))
    for keys, load in ruled:
        try:
            load.rule(sound, tuple(sorted(steps)))
        except LoadError as error:
            mistakes.append(document.mistake(keys, load.text, error.rule, error.remedy))
    rule, remedy = "is a second load that ends by a rule", "let one flow end the run"
    return [*mistakes, *(document.mistake(keys, load.text, rule, remedy) for keys, load in ruled[1:])]


def as_json(scenario: Scenario) -> dict[str, Any]:
    """Return the scenario as plain values for JSON output."""
    return scenario.file.model_dump(mode="json", by_alias=True) | {
        "communes": scenario.places.allocation,
        "hash": scenario.hash,
        "steps": scenario.steps,
    }
