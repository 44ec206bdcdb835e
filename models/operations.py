"""How a step uses what serves, as a plan writes it: operations one after the other, nested where they hold or retry."""

import math
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from cutover.base.document import Keys, Strict
from models.laws import Law
from models.stations import Positive, Probability, Seconds

MOST_TRIES = 20
MOST_WORKERS = 1 << 20

KINDS = {
    "station": "a visit: `station` and `service`",
    "delay": "a `delay`",
    "transfer": "a `transfer`",
    "hold": "a held pool: `hold` and `do`",
    "choose": "a choice: `choose`",
    "fork": "a `fork`",
    "cache": "a `cache` and what a miss must `do`",
    "tries": "something to `do` with `timeout_s` or `tries`",
}
_OF_KIND = {
    "station": {"service", "patience_s", "priority"},
    "delay": set[str](),
    "transfer": set[str](),
    "hold": {"do", "wait_s"},
    "choose": set[str](),
    "fork": set[str](),
    "cache": {"do"},
    "tries": {"do", "timeout_s", "on_timeout", "backoff", "factor"},
}
_COMMON = {"probability", "note"}


class TransferSize(Strict):
    """What is sent: bytes on average, lognormal with a coefficient of variation (0: always as many)."""

    bytes: Annotated[float, Field(gt=0, le=1e12)]
    cv: Annotated[float, Field(ge=0, le=20)] = 0.0


class Course(Strict):
    """One of the courses of a choice."""

    probability: Probability
    do: "tuple[Operation, ...]" = ()


class Operation(Strict):
    """One use by a step; which keys it has says of which of `KINDS` it is."""

    station: str | None = None
    service: Law | None = None
    patience_s: Seconds | None = None
    priority: Annotated[int, Field(ge=0, le=1000)] | None = None
    delay: Law | None = None
    transfer: TransferSize | None = None
    hold: str | None = None
    wait_s: Seconds | None = None
    choose: tuple[Course, ...] | None = Field(default=None, min_length=1)
    fork: "tuple[tuple[Operation, ...], ...] | None" = Field(default=None, min_length=2, max_length=16)
    cache: Probability | None = None
    timeout_s: Positive | None = None
    on_timeout: Literal["zombie", "cancel"] | None = None
    tries: int | None = Field(default=None, ge=1, le=MOST_TRIES)
    backoff: Law | None = None
    factor: Annotated[float, Field(ge=1, le=100)] | None = None
    do: "tuple[Operation, ...] | None" = None
    probability: float = Field(default=1.0, gt=0, le=1)
    note: str = ""

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None} - _COMMON
        kinds = [kind for kind in KINDS if kind in given]
        if "timeout_s" in given and "tries" not in kinds:
            kinds.append("tries")
        if len(kinds) != 1:
            raise ValueError(f"must be one of: {', '.join(KINDS.values())}; give one of them")
        kind = kinds[0]
        needed = {"station": {"service"}, "hold": {"do"}, "cache": {"do"}, "tries": {"do"}}.get(kind, set())
        missing, foreign = needed - given, given - _OF_KIND[kind] - {kind}
        if missing:
            raise ValueError(f"must have `{min(missing)}`, being {KINDS[kind]}; add it")
        if foreign:
            raise ValueError(f"must not have `{min(foreign)}`, being {KINDS[kind]}; remove it")
        return self

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.choose is not None:
            total = math.fsum(course.probability for course in self.choose)
            if total > 1.0 + 1e-9:
                raise ValueError(f"has courses that add up to {total:.6g}, above 1; correct their probabilities")
        if self.on_timeout is not None and self.timeout_s is None:
            raise ValueError("must have `timeout_s` beside `on_timeout`; add it")
        if (self.backoff or self.factor) and (self.tries or 1) < 2:
            raise ValueError("must have two `tries` or more beside `backoff` and `factor`; say how many")
        return self


class JobEntry(Strict):
    """A bulk job beside the online load: `workers` that each do the same again and again."""

    name: str
    workers: int = Field(ge=1, le=MOST_WORKERS)
    from_s: Seconds = 0.0
    to_s: Positive
    pause: Law | None = None
    rounds: int | None = Field(default=None, ge=1)
    do: tuple[Operation, ...] = Field(min_length=1)
    note: str = ""

    @model_validator(mode="after")
    def _lasts(self) -> Self:
        if self.to_s <= self.from_s:
            raise ValueError(f"must end after from_s = {self.from_s:g}; give it a length")
        return self


def walked(operations: object, keys: Keys) -> Iterator[tuple[Keys, dict[str, Any]]]:
    """Yield all operations of raw data of any shape with their keys, in the order of writing."""
    for index, operation in enumerate(operations if isinstance(operations, list | tuple) else ()):
        if not isinstance(operation, dict):
            continue
        place = (*keys, index)
        yield place, operation
        yield from walked(operation.get("do"), (*place, "do"))
        for what in ("choose", "fork"):
            inner = operation.get(what)
            for branch, course in enumerate(inner if isinstance(inner, list | tuple) else ()):
                body = course.get("do") if isinstance(course, dict) else course
                end = ("do",) if isinstance(course, dict) else ()
                yield from walked(body, (*place, what, branch, *end))
