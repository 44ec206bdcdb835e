"""An order of operations in which each finds what it needs in the answers before it, and what none of them gives."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scenarios.imports.openapi.operations import Described, Operation, Schema
from scenarios.imports.recording.leaves import Keys

TOKENS = ("accesstoken", "token", "idtoken", "jwt")
COMMON = frozenset(
    {"id", "code", "state", "status", "name", "text", "title", "type", "version", "date", "key", "number"}
)
"""Names that mean another thing in another place: equal ones are not taken for the same value (assumed)."""

_SAMPLES = {
    "date": "2025-07-01",
    "date-time": "2025-07-01T08:00:00+07:00",
    "email": "citizen@example.org",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.org/",
}


@dataclass(frozen=True)
class Gift:
    """A value that an operation's answer gives: which one's, and the keys that lead to it."""

    giver: int
    keys: Keys


@dataclass
class Walk:
    """Operations in order, by index; for each what its needs are met by, and sentences about what nothing meets."""

    order: list[int] = field(default_factory=list)
    gifts: dict[tuple[int, str], Gift] = field(default_factory=dict)
    token: Gift | None = None
    unresolved: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)


def walk_of(described: Described) -> Walk:
    """Order the operations of a document; those that delete, and deprecated ones, are left to people."""
    operations, walk = described.operations, Walk()
    played = []
    for index, each in enumerate(operations):
        why = "deprecated" if each.deprecated else "deletes what others need" if each.method == "DELETE" else None
        if why is None:
            played.append(index)
        else:
            walk.left_out[why] = walk.left_out.get(why, 0) + 1
    walk.token = _token(operations, played)
    for index in played:
        for name in _needs(operations[index]):
            gift = _gift(operations, played, index, name)
            if gift is not None:
                walk.gifts[index, name] = gift
    _sort(operations, played, walk, described)
    return walk


def _needs(operation: Operation) -> Iterator[str]:
    """Yield the names of values that only an answer can give: required, and without an example of their own."""
    for each in operation.parameters:
        if each.required and each.place != "cookie" and not has_sample(each.schema):
            yield each.name
    required = operation.body.get("required", [])
    for name, schema in operation.body.get("properties", {}).items():
        if name in required and not has_sample(schema) and _key(name).endswith(("id", "token", "csrf", "key")):
            yield name


def has_sample(schema: Schema) -> bool:
    """Tell whether a schema says itself what a value may be."""
    return any(key in schema for key in ("example", "examples", "default", "enum", "const"))


def sample(schema: Schema, depth: int = 0) -> Any:
    """Return a value that fits a schema: its example, or the plainest there is."""
    for key in ("example", "default", "const"):
        if key in schema:
            return schema[key]
    for key in ("examples", "enum"):
        if schema.get(key):
            return schema[key][0]
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = next((each for each in kind if each != "null"), "string") if isinstance(kind, list) else kind
    if kind == "object" and depth < 5:
        wanted, known = schema.get("required", []), schema.get("properties", {})
        return {name: sample(known[name], depth + 1) for name in known if name in wanted or not wanted}
    if kind == "array":
        return [sample(schema.get("items", {}), depth + 1)] if schema.get("minItems") else []
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return False
    text = _SAMPLES.get(str(schema.get("format")), "text")
    return text.ljust(int(schema.get("minLength", 0)), "x")[: int(schema.get("maxLength", 10_000))]


def _gift(operations: tuple[Operation, ...], played: list[int], taker: int, name: str) -> Gift | None:
    """Find the operation whose answer gives a value: by a link, by its name, or as the `id` of the thing named."""
    others = [index for index in played if index != taker]
    for index in others:
        for target, parameter, keys in operations[index].links:
            if target == operations[taker].name and parameter == name:
                return Gift(index, keys)
    others.sort(key=lambda index: (operations[index].method != "POST", index))
    for fits in (_is_named, _is_its_id):
        for index in others:
            for keys, _ in operations[index].given():
                if fits(_key(str(keys[-1])), operations[index], operations[taker], name):
                    return Gift(index, keys)
    return None


def _is_named(key: str, _giver: Operation, _taker: Operation, name: str) -> bool:
    """Tell whether a value has the wanted name, and that name tells one thing from others."""
    return key == _key(name) and key not in COMMON


def _is_its_id(key: str, giver: Operation, taker: Operation, name: str) -> bool:
    """Tell whether a value is the `id` of the thing wanted: `draftId`, or `{id}` after `/drafts/`."""
    stem = re.sub(r"(id|number|code|key)$", "", _key(name)) or _thing(taker.path.partition(f"{{{name}}}")[0])
    return key == "id" and stem != "" and _thing(giver.path) == stem


def _token(operations: tuple[Operation, ...], played: list[int]) -> Gift | None:
    for index in sorted(played, key=lambda index: (operations[index].method != "POST", index)):
        for wanted in TOKENS:
            for keys, _ in operations[index].given():
                if _key(str(keys[-1])) == wanted and not operations[index].security:
                    return Gift(index, keys)
    return None


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _thing(path: str) -> str:
    """Return what a path is a collection of: its last word, in the singular."""
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    return _singular(_key(words[-1])) if words else ""


def _singular(word: str) -> str:
    return f"{word[:-3]}y" if word.endswith("ies") else word.removesuffix("s")


def _sort(operations: tuple[Operation, ...], played: list[int], walk: Walk, described: Described) -> None:
    """Put givers before takers, else keep the document's order; a circle is broken where it closes."""
    after: dict[int, set[int]] = {
        index: {gift.giver for (taker, _), gift in walk.gifts.items() if taker == index} for index in played
    }
    for index in played:
        if walk.token is not None and needs_token(operations[index], described) and index != walk.token.giver:
            after[index].add(walk.token.giver)
    under_way: set[int] = set()

    def visit(index: int) -> None:
        if index in walk.order or index in under_way:
            return
        under_way.add(index)
        for giver in sorted(after[index]):
            visit(giver)
        walk.order.append(index)

    for index in played:
        visit(index)
    for (taker, name), gift in list(walk.gifts.items()):
        if walk.order.index(gift.giver) > walk.order.index(taker):
            del walk.gifts[taker, name]


def needs_token(operation: Operation, described: Described) -> bool:
    """Tell whether an operation wants a bearer's token."""
    return any(_is_bearer(described.schemes.get(name, {})) for name in operation.security)


def _is_bearer(scheme: Mapping[str, Any]) -> bool:
    return scheme.get("type") in ("oauth2", "openIdConnect") or str(scheme.get("scheme", "")).lower() == "bearer"
