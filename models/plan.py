"""A plan: what serves (stations, pools), and how each step uses it (programs). TOML files, some shipped in `plans/`.

`docs/plan-file.md` tells all that a plan can say; the least is

schema = 1
name = "small"
description = "One server and a network."

[stations.web]
servers = 4
queue = 100                  # optional: places to wait; without it the queue has no end

[[programs.home]]            # a step's operations, one after the other
station = "web"
service = { law = "exponential", mean_s = 0.01 }

[[programs.home]]
delay = { law = "constant", mean_s = 0.2 }
probability = 0.5            # optional: the share of requests that take it
"""

import difflib
from pathlib import Path
from typing import Any, Literal, Self

import tomli_w
from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cutover.base.document import Keys, Strict, parse, read_document
from cutover.base.errors import BadInput
from models.conduct import AdmissionEntry, CitizensEntry
from models.operations import JobEntry, Operation
from models.plan_checks import plan_mistakes
from models.stations import Pool, SlowEntry, Station
from models.uncertainty import CalibrationEntry, ObservedEntry, UncertainEntry

_PLANS = Path(__file__).parent / "plans"


class Plan(Strict):
    """What serves, and how each step uses it."""

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    description: str
    stations: dict[str, Station] = Field(min_length=1)
    pools: dict[str, Pool] = Field(default_factory=dict)
    programs: dict[str, tuple[Operation, ...]] = Field(min_length=1)
    slow: tuple[SlowEntry, ...] = ()
    jobs: tuple[JobEntry, ...] = ()
    admission: AdmissionEntry | None = None
    citizens: CitizensEntry = CitizensEntry()
    calibration: CalibrationEntry | None = None
    uncertain: tuple[UncertainEntry, ...] = ()
    observed: dict[str, ObservedEntry] = Field(default_factory=dict)

    @model_validator(mode="wrap")
    @classmethod
    def _all_mistakes(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Add the mistakes between the parts to those within them, so that one report has them all."""
        between = [_detail(*mistake) for mistake in plan_mistakes(data)] if isinstance(data, dict) else []
        try:
            plan = handler(data)
        except ValidationError as error:
            between = [_repeat(detail) for detail in error.errors()] + between
        if between:
            raise ValidationError.from_exception_data(cls.__name__, between)
        return plan

    def to_toml(self) -> str:
        """Write the plan as TOML text that reads back as an equal plan."""
        return tomli_w.dumps(self.model_dump(by_alias=True, exclude_defaults=True, mode="json"))


def read_plan(path: Path) -> Plan:
    """Read a plan file; raise BadInput with all its mistakes."""
    return parse(read_document(path), Plan)


def plan_path(name: str) -> Path:
    """Return the path of a shipped plan; raise BadInput for an unknown name."""
    known = sorted(path.stem for path in _PLANS.glob("*.toml"))
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        remedy = f"did you mean `{close[0]}`?" if close else f"choose one of {', '.join(known)}, or give a path"
        raise BadInput.single("plan", "name", name, "is not a shipped plan", remedy)
    return _PLANS / f"{name}.toml"


def find_plan(name_or_path: str) -> Path:
    """Return the path of a plan given by path (it ends with .toml) or by the name of a shipped one."""
    return Path(name_or_path) if name_or_path.endswith(".toml") else plan_path(name_or_path)


def _detail(keys: Keys, value: object, rule: str, remedy: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("plan", f"{rule}; {remedy}"), loc=keys, input=value)


def _repeat(detail: Any) -> InitErrorDetails:
    """Turn a reported error back into one that can be raised again."""
    custom = PydanticCustomError(detail["type"], detail["msg"].replace("{", "{{").replace("}", "}}"))
    return InitErrorDetails(type=custom, loc=detail["loc"], input=detail["input"])
