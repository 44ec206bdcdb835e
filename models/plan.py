"""A plan: what serves (stations), and how each step uses it (programs). TOML files, some shipped in `plans/`.

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
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self

import tomli_w
from pydantic import Field, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from cutover.base.document import Keys, Strict, parse, read_document
from cutover.base.errors import BadInput
from models.laws import Law

RESERVED = frozenset({"all", "dossiers", "portal", "backlog"})
"""Words of the budget grammar that no step may take as its name; `portal` may name a station."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_PLANS = Path(__file__).parent / "plans"


class Station(Strict):
    """Servers with one queue, first come first served; a full queue rejects."""

    servers: int = Field(ge=1, le=10_000_000)
    queue: int | None = Field(default=None, ge=0)
    note: str = ""


class Operation(Strict):
    """One use by a step: a service at a station, or a pure delay, each with a probability."""

    station: str | None = None
    service: Law | None = None
    delay: Law | None = None
    probability: float = Field(default=1.0, gt=0, le=1)
    note: str = ""

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        at_station = self.station is not None and self.service is not None and self.delay is None
        apart = self.station is None and self.service is None and self.delay is not None
        if not (at_station or apart):
            raise ValueError("must have `station` and `service`, or `delay` alone; give one of the two")
        return self


class Plan(Strict):
    """What serves, and how each step uses it."""

    schema_version: Literal[1] = Field(alias="schema")
    name: str
    description: str
    stations: dict[str, Station] = Field(min_length=1)
    programs: dict[str, tuple[Operation, ...]] = Field(min_length=1)

    @model_validator(mode="wrap")
    @classmethod
    def _all_mistakes(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Add the mistakes between the parts to those within them, so that one report has them all."""
        between = [_detail(*mistake) for mistake in _mistakes(data)] if isinstance(data, dict) else []
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


def _mistakes(data: dict[str, Any]) -> Iterator[tuple[Keys, object, str, str]]:
    """Yield (keys, value, rule, remedy) of what is wrong between a plan's parts, in raw data of any shape."""
    stations, programs = _table(data, "stations"), _table(data, "programs")
    for key, names in (("stations", stations), ("programs", programs)):
        for name in names:
            if not _NAME.fullmatch(name):
                yield (key, name), name, "must be a name like `sign_in`", "use small letters, digits and _"
    for name in programs:
        if name in RESERVED:
            yield ("programs", name, 0), name, "is a reserved word", "rename the step"
        if name in stations:
            yield ("programs", name, 0), name, "names a station too", "rename the station"
    for step, operations in programs.items():
        yield from _strangers(step, operations, stations)


def _strangers(step: str, operations: object, stations: dict[str, Any]) -> Iterator[tuple[Keys, object, str, str]]:
    """Yield the operations that name no station of the plan."""
    if operations == []:
        yield ("programs", step), None, "must have an operation", "add one, or remove the step"
    for index, operation in enumerate(operations if isinstance(operations, (list, tuple)) else ()):
        name = operation.get("station") if isinstance(operation, dict) else None
        if isinstance(name, str) and name not in stations:
            close = difflib.get_close_matches(name, stations, n=1)
            remedy = f"did you mean `{close[0]}`?" if close else f"add [stations.{name}]"
            yield ("programs", step, index, "station"), name, "is not a station of this plan", remedy


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key)
    return table if isinstance(table, dict) else {}


def _detail(keys: Keys, value: object, rule: str, remedy: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError("plan", f"{rule}; {remedy}"), loc=keys, input=value)


def _repeat(detail: Any) -> InitErrorDetails:
    """Turn a reported error back into one that can be raised again."""
    custom = PydanticCustomError(detail["type"], detail["msg"].replace("{", "{{").replace("}", "}}"))
    return InitErrorDetails(type=custom, loc=detail["loc"], input=detail["input"])
