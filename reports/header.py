"""The header of a run: `run.json`, which says what was played, on what, and how far it came."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, ConfigDict, Field, model_validator

from cutover.base.document import Document, Strict, parse
from cutover.base.errors import BadInput
from reports.lines import parse_object, refuse_schema

Kind = Literal["measured", "simulated"]
State = Literal["running", "complete", "interrupted"]

NAME = "run.json"

ERROR_RATE = 0.05
"""How often a run's verdict may be wrong, all its budgets together; assumed."""


class Window(Strict):
    """A span of scenario time, `from_s` included and `to_s` excluded, seconds."""

    model_config = ConfigDict(allow_inf_nan=False)

    from_s: float = Field(ge=0)
    to_s: float

    @model_validator(mode="after")
    def _ordered(self) -> "Window":
        if self.to_s < self.from_s:
            raise ValueError("must end at or after its start; swap `from_s` and `to_s`")
        return self

    @property
    def length_s(self) -> float:
        """The length, seconds."""
        return self.to_s - self.from_s

    def holds(self, start_s: float, length_s: float) -> bool:
        """Tell whether an interval lies wholly inside, to the nearest nanosecond."""
        return start_s >= self.from_s - 1e-9 and start_s + length_s <= self.to_s + 1e-9


class Planned(Strict):
    """What the schedule holds: first visits over the whole run."""

    sessions: int = Field(ge=0)


class Turns(Strict):
    """Whose turns a run had that shared its time with another: 0 the base, 1 the head.

    `other` is the name of the other run's folder, `blocks` this one's turns in the measurement, in order: its n-th and
    the other's n-th are neighbours.
    """

    index: int = Field(ge=0, le=1)
    other: str
    blocks: tuple[Window, ...]


class Header(Strict):
    """All that is said once about a run; frozen, so a change is a new header (`model_copy`).

    `started` is the wall time of scenario start, `starts` the instant at which the scenario says that it starts (None
    in runs of before), which hours in budgets go by, `measurement` the window that judgement looks at, `steps`
    the names of all steps, `budgets` their text, `error_rate` what they share, less in a run that was looked at
    several times; `communes` where the people of communes come from (None in runs
    that do not say), `validity` the findings of the stage that made the run, each one sentence;
    `target_size` how much a portal held when it began, where it tells: `dossiers` and `procedures`; `load` the load in
    words under which the scenario was played, where that is not its own; `steps_file` the file whose steps were played,
    or the locustfile, with its SHA-256 in `steps_hash`, None for the stand-in's own steps; `arm` is there in a run that
    took turns with another.
    """

    model_config = ConfigDict(populate_by_name=True, allow_inf_nan=False)

    schema_version: Literal[1] = Field(1, alias="schema")
    kind: Kind
    scenario: str
    scenario_hash: str
    title: str
    plan: str | None = None
    seed: int
    communes: str | None = None
    as_of: date | None = None
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str | int | float] = Field(default_factory=dict)
    protocol: str | None = None
    started: AwareDatetime
    starts: AwareDatetime | None = None
    duration_s: float = Field(gt=0)
    interval_s: float = Field(gt=0)
    measurement: Window
    steps: tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], ...]
    budgets: tuple[str, ...] = ()
    error_rate: float = Field(ERROR_RATE, gt=0, lt=1)
    planned: Planned
    achieved: dict[str, int | float] = Field(default_factory=dict)
    validity: tuple[str, ...] = ()
    state: State = "running"
    steps_file: str | None = None
    steps_hash: str | None = None
    target: str | None = None
    target_size: dict[str, int] | None = None
    scale: float = 1.0
    warp: float = 1.0
    load: str | None = None
    arm: Turns | None = None
    replications: int = Field(1, ge=1)

    def to_json(self) -> str:
        """Return the text of `run.json`."""
        return self.model_dump_json(by_alias=True, indent=2) + "\n"


def read_header(folder: Path) -> Header:
    """Read a run folder's header.

    Raises BadInput when the folder holds no run, when the header is damaged (with all its mistakes), or when
    it is of a newer schema than this.
    """
    path = folder / NAME
    data = parse_object(_text(folder, path))
    if data is None:
        raise BadInput.single(path, "syntax", None, "is not a JSON object", "restore it from a copy of the run")
    refuse_schema(path, data.get("schema"))
    return parse(Document(path, _plain(data), {}), Header)


def _text(folder: Path, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        rule = f"is not a run folder ({NAME}: {error.strerror})"
        remedy = "name a folder that `cutover swarm`, `forecast` or `rehearse` has made"
        raise BadInput.single(folder, "run", None, rule, remedy) from None


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data without keys that hold null, which JSON writes where TOML writes nothing."""
    return {key: value for key, value in data.items() if value is not None}
