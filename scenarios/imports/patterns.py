"""How to read a log: which requests make which step, and which sessions are of which kind. TOML."""

import re
from functools import cached_property, lru_cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from cutover.base.document import Document, Strict, parse, read_document
from cutover.base.errors import BadInput, Mistake
from scenarios.journey import StepName, not_reserved

Extra = Literal["session", "duration_s", "-"]


def _is_expression(text: str) -> None:
    try:
        re.compile(text)
    except re.error as error:
        msg = f"{text!r} is no regular expression: {error}; correct it"
        raise ValueError(msg) from None


class RequestPattern(Strict):
    """A kind of request: the step that it begins, unless it is part of the step before (one of `part_of`)."""

    method: Annotated[str, Field(pattern=r"^[A-Z]+$")]
    path: str
    step: StepName
    part_of: tuple[StepName, ...] = ()

    @field_validator("path")
    @classmethod
    def _compiles(cls, path: str) -> str:
        _is_expression(path)
        return path

    @field_validator("step")
    @classmethod
    def _is_not_reserved(cls, step: str) -> str:
        return not_reserved(step)


class Kind(Strict):
    """A kind of session: one that passes any of these steps; without them, any session."""

    name: StepName
    passes: tuple[StepName, ...] = ()


class JsonFields(Strict):
    """The names that a field may have in a log of JSON lines; the first that a line has counts."""

    time: tuple[str, ...] = ("time", "time_iso8601", "@timestamp", "timestamp", "ts")
    address: tuple[str, ...] = ("remote_addr", "address", "client_ip", "remote_ip")
    agent: tuple[str, ...] = ("http_user_agent", "user_agent", "agent")
    session: tuple[str, ...] = ("session", "cookie_session")
    request: tuple[str, ...] = ("request",)
    method: tuple[str, ...] = ("request_method", "method")
    path: tuple[str, ...] = ("request_uri", "uri", "path", "url")
    status: tuple[str, ...] = ("status", "status_code")
    duration_s: tuple[str, ...] = ("request_time", "duration_s")


class Patterns(Strict):
    """The schema of a patterns file."""

    schema_: Annotated[int, Field(alias="schema")]
    description: str
    ignore_paths: tuple[str, ...] = ()
    ignore_agents: tuple[str, ...] = ()
    time: Literal["start", "end"] = "start"
    extra: tuple[Extra, ...] = ()
    json_fields: JsonFields = JsonFields()
    requests: Annotated[tuple[RequestPattern, ...], Field(min_length=1)]
    journeys: Annotated[tuple[Kind, ...], Field(min_length=1)] = (Kind(name="visit"),)

    @field_validator("ignore_paths", "ignore_agents")
    @classmethod
    def _compile(cls, expressions: tuple[str, ...]) -> tuple[str, ...]:
        for expression in expressions:
            _is_expression(expression)
        return expressions

    @property
    def steps(self) -> frozenset[str]:
        """The names of all steps."""
        return frozenset(pattern.step for pattern in self.requests)

    def ignores(self, path: str, agent: str) -> bool:
        """Tell whether a request is no part of a visit: a page's resource, a probe, a robot."""
        return _matches(self._ignored_paths, path) or _matches(self._ignored_agents, agent)

    def request(self, method: str, path: str) -> RequestPattern | None:
        """Return the pattern of a request (a path without its query), or None; the first that fits counts."""
        for expression, pattern in self._compiled:
            if pattern.method == method and expression.fullmatch(path):
                return pattern
        return None

    def kind(self, steps: frozenset[str]) -> str | None:
        """Return the name of the kind of session that passes these steps; None when no kind takes it."""
        for kind in self.journeys:
            if not kind.passes or not steps.isdisjoint(kind.passes):
                return kind.name
        return None

    @cached_property
    def _compiled(self) -> list[tuple[re.Pattern[str], RequestPattern]]:
        return [(re.compile(pattern.path), pattern) for pattern in self.requests]

    @cached_property
    def _ignored_paths(self) -> tuple[re.Pattern[str], ...]:
        return _any_of(self.ignore_paths)

    @cached_property
    def _ignored_agents(self) -> tuple[re.Pattern[str], ...]:
        return _any_of(self.ignore_agents)


def _any_of(expressions: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(expression) for expression in expressions)


@lru_cache(maxsize=50_000)
def _matches(expressions: tuple[re.Pattern[str], ...], text: str) -> bool:
    return any(expression.fullmatch(text) for expression in expressions)


def default_patterns() -> Path:
    """Return the patterns of the stand-in portal."""
    return Path(str(resources.files("scenarios"))) / "imports" / "stand-in.toml"


def read_patterns(path: Path) -> Patterns:
    """Read a patterns file; raise BadInput with all mistakes."""
    document = read_document(path)
    patterns = parse(document, Patterns)
    mistakes = _unknown_steps(document, patterns)
    names = [kind.name for kind in patterns.journeys]
    mistakes += [
        document.mistake(("journeys", i, "name"), name, "stands twice", "rename one")
        for i, name in enumerate(names)
        if name in names[:i]
    ]
    if mistakes:
        raise BadInput(mistakes)
    return patterns


def _unknown_steps(document: Document, patterns: Patterns) -> list[Mistake]:
    known = ", ".join(sorted(patterns.steps))
    named = [(("requests", i, "part_of"), request.part_of) for i, request in enumerate(patterns.requests)]
    named += [(("journeys", i, "passes"), kind.passes) for i, kind in enumerate(patterns.journeys)]
    return [
        document.mistake(keys, step, "is a step that no request begins", f"use one of: {known}")
        for keys, steps in named
        for step in steps
        if step not in patterns.steps
    ]
