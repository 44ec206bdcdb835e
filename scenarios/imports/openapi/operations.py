"""The operations of an OpenAPI 3 document (JSON), with references inside it resolved."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cutover.base.errors import BadInput, Mistake
from scenarios.imports.recording.leaves import Keys

METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 8  # schemas that hold themselves are read so deep
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"

Schema = Mapping[str, Any]


@dataclass(frozen=True)
class Parameter:
    """A value that a request needs: its name, where it stands (`path`, `query`, `header`), and what it may be."""

    name: str
    place: str
    schema: Schema
    required: bool


@dataclass(frozen=True)
class Operation:
    """One operation: what it asks for, and what its answer holds.

    `links` are (name of another operation, its parameter, keys of a value in this one's answer).
    """

    name: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body_kind: str | None
    body: Schema
    status: int
    answer: Schema
    security: tuple[str, ...]
    links: tuple[tuple[str, str, Keys], ...]
    deprecated: bool = False

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def given(self) -> Iterator[tuple[Keys, Schema]]:
        """Yield the values that its JSON answer holds: the keys that lead to each, and its schema."""
        yield from _values(self.answer, (), 0)


def _values(schema: Schema, keys: Keys, depth: int) -> Iterator[tuple[Keys, Schema]]:
    if depth > _DEEPEST:
        return
    kind = schema.get("type")
    if "properties" in schema:
        for name, each in schema["properties"].items():
            yield from _values(each, (*keys, name), depth + 1)
    elif kind == "array" and isinstance(schema.get("items"), Mapping):
        yield from _values(schema["items"], (*keys, 0), depth + 1)
    elif keys and kind in ("string", "integer", "number", None):
        yield keys, schema


@dataclass(frozen=True)
class Described:
    """An OpenAPI document: its title, operations in its order, and security schemes by name."""

    title: str
    operations: tuple[Operation, ...]
    schemes: Mapping[str, Mapping[str, Any]]


def read_openapi(path: Path) -> Described:
    """Read a document; raise BadInput with all mistakes when it is none, or one that cannot be used."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        why = f"cannot be read ({error.strerror or error})"
        raise BadInput.single(path, "file", None, why, "check the path") from None
    except (ValueError, RecursionError):
        raise BadInput.single(path, "file", None, "is not JSON", "convert YAML to JSON first") from None
    version = document.get("openapi") if isinstance(document, dict) else None
    if not isinstance(version, str) or not version.startswith("3."):
        raise BadInput.single(path, "openapi", version, "must be 3.0 or 3.1", "export the document as OpenAPI 3")
    reader = _Reader(document, str(path))
    operations = reader.operations()
    if not operations and not reader.mistakes:
        reader.mistakes.append(Mistake(str(path), "paths", None, "describes no operation", "describe some"))
    if reader.mistakes:
        raise BadInput(reader.mistakes)
    schemes = document.get("components", {}).get("securitySchemes", {})
    return Described(str(document.get("info", {}).get("title", path.stem)), operations, schemes)


class _Reader:
    """Reads operations, noting references that lead nowhere."""

    def __init__(self, document: dict[str, Any], source: str) -> None:
        self._document, self._source = document, source
        self.mistakes: list[Mistake] = []

    def operations(self) -> tuple[Operation, ...]:
        found = []
        for path, item in self._document.get("paths", {}).items():
            shared = item.get("parameters", [])
            found += [
                self._operation(method, path, item[method], shared)
                for method in METHODS
                if isinstance(item.get(method), dict)
            ]
        return tuple(found)

    def _operation(self, method: str, path: str, told: dict[str, Any], shared: list[Any]) -> Operation:
        listed = [self._resolved(each) for each in [*shared, *told.get("parameters", [])]]
        by_name = {(each.get("name"), each.get("in")): each for each in listed}
        body = self._resolved(told.get("requestBody", {})).get("content", {})
        kind = next((each for each in (_JSON, _FORM, *body) if each in body), None)
        status, answer = self._success(told.get("responses", {}))
        schema = self._resolved(answer.get("content", {}).get(_JSON, {}).get("schema", {}))
        wanted = told.get("security", self._document.get("security", []))
        return Operation(
            told.get("operationId") or "",
            method.upper(),
            path,
            tuple(_parameter(each, self._resolved(each.get("schema", {}))) for each in by_name.values()),
            kind,
            self._body(body[kind]) if kind else {},
            status,
            schema,
            tuple(wanted[0]) if wanted else (),
            tuple(self._links(answer.get("links", {}))),
            bool(told.get("deprecated", False)),
        )

    def _body(self, media: dict[str, Any]) -> Schema:
        schema = self._resolved(media.get("schema", {}))
        example = media.get("example")
        return {**schema, "example": example} if example is not None else schema

    def _success(self, responses: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Return the status that a step expects, after redirects, and what is said of that answer."""
        good = sorted(code for code in responses if str(code).startswith("2") and str(code).isdigit())
        if good:
            return int(good[0]), self._resolved(responses[good[0]])
        return 200, self._resolved(responses.get("default", {}))

    def _links(self, links: dict[str, Any]) -> Iterator[tuple[str, str, Keys]]:
        for link in (self._resolved(each) for each in links.values()):
            for name, expression in link.get("parameters", {}).items():
                pointer = str(expression).removeprefix("$response.body#/")
                if pointer != expression and link.get("operationId"):
                    keys = tuple(int(key) if key.isdigit() else key for key in pointer.split("/"))
                    yield link["operationId"], name.rpartition(".")[2], keys

    def _resolved(self, node: Any, depth: int = 0) -> dict[str, Any]:
        """Return a node with all references in it resolved, down to a depth."""
        if not isinstance(node, dict) or depth > _DEEPEST:
            return {}
        if "$ref" in node:
            return self._resolved(self._at(str(node["$ref"])), depth + 1)
        whole: dict[str, Any] = {}
        for part in node.get("allOf", []):
            inner = self._resolved(part, depth + 1)
            required = [*whole.get("required", []), *inner.get("required", [])]
            properties = {**whole.get("properties", {}), **inner.get("properties", {})}
            whole = {**whole, **inner, "properties": properties, "required": required}
        one = next(iter(node.get("oneOf") or node.get("anyOf") or []), None)
        whole |= self._resolved(one, depth + 1) if one is not None else {}
        own = {key: each for key, each in node.items() if key not in ("allOf", "oneOf", "anyOf")}
        if isinstance(own.get("properties"), dict):
            own["properties"] = {name: self._resolved(each, depth + 1) for name, each in own["properties"].items()}
        if isinstance(own.get("items"), dict):
            own["items"] = self._resolved(own["items"], depth + 1)
        if "properties" in whole and "properties" in own:
            own["properties"] = {**whole["properties"], **own["properties"]}
        return {**whole, **own}

    def _at(self, reference: str) -> Any:
        node: Any = self._document if reference.startswith("#/") else None
        for key in reference.removeprefix("#/").split("/"):
            node = node.get(key.replace("~1", "/").replace("~0", "~")) if isinstance(node, dict) else None
        if node is None and all(mistake.value != reference for mistake in self.mistakes):
            remedy = "describe it in the document: other files are not read"
            self.mistakes.append(Mistake(self._source, "$ref", reference, "leads nowhere in the document", remedy))
        return node


def _parameter(told: Mapping[str, Any], schema: Mapping[str, Any]) -> Parameter:
    known = {**schema, "example": told["example"]} if "example" in told else schema
    place = str(told.get("in", "query"))
    return Parameter(str(told.get("name", "")), place, known, place == "path" or bool(told.get("required")))
