"""TOML documents that know the line of every key, and schemas that report every mistake at once."""

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cutover.base.errors import BadInput, Mistake

SCHEMA = 1

Keys = tuple[str | int, ...]


class Strict(BaseModel):
    """The base of every schema: frozen, and an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Schema = TypeVar("Schema", bound=BaseModel)


@dataclass(frozen=True)
class Document:
    """A parsed TOML file: its values, and the line of each key.

    `gone` are keys of the file that `data` leaves out; entries of arrays behind them have moved up.
    """

    path: Path
    data: dict[str, Any]
    lines: dict[Keys, int]
    gone: frozenset[Keys] = frozenset()

    def original(self, keys: Keys) -> Keys:
        """Return the keys that the file has for keys of `data`."""
        whole: Keys = ()
        for key in keys:
            whole = (*whole, self._place(whole, key) if isinstance(key, int) else key)
        return whole

    def _place(self, array: Keys, place: int) -> int:
        """Return the place in an array of the file of what is at a place of the array in `data`."""
        for gone in sorted(each[-1] for each in self.gone if each[:-1] == array and isinstance(each[-1], int)):
            place += gone <= place
        return place

    def line(self, keys: Iterable[str | int]) -> int | None:
        """Return the line of the key, or of the nearest table around it."""
        path = tuple(keys)
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)

    def mistake(self, keys: Keys, value: object, rule: str, remedy: str) -> Mistake:
        """Make a mistake placed at a key of `data`."""
        keys = self.original(keys)
        return Mistake(str(self.path), dotted(keys), value, rule, remedy, self.line(keys))


def dotted(keys: Iterable[str | int]) -> str:
    """Write a key path as text: `("journeys", 0, "name")` is `journeys[0].name`."""
    text = ""
    for key in keys:
        text += f"[{key}]" if isinstance(key, int) else f".{key}" if text else key
    return text or "(whole file)"


def read_document(path: Path) -> Document:
    """Read and parse a TOML file.

    Raises BadInput when the file is missing, is not UTF-8, or is not TOML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        data = tomllib.loads(text)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput.single(path, "file", None, f"cannot be read ({why})", "check the path") from None
    except UnicodeDecodeError as error:
        raise BadInput.single(path, "file", None, f"is not UTF-8 (byte {error.start})", "save it as UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise BadInput([_syntax_mistake(path, text, str(error))]) from None
    return Document(path, data, _lines_of(text))


def parse(document: Document, schema: type[Schema]) -> Schema:
    """Validate a document against a schema; raise BadInput with all mistakes."""
    newer = schema_mistake(document)
    if newer is not None:
        raise BadInput([newer])
    try:
        return schema.model_validate(document.data)
    except ValidationError as error:
        raise BadInput([_mistake_of(document, detail, schema) for detail in error.errors()]) from None


def schema_mistake(document: Document) -> Mistake | None:
    """Return what is wrong with a document's schema version, None for the one that this cutover reads."""
    found = document.data.get("schema")
    if found == SCHEMA and type(found) is int:
        return None
    rule = f"must be {SCHEMA}, the schema version that this cutover reads"
    return document.mistake(("schema",), found, rule, f"write `schema = {SCHEMA}` at the top of the file")


def _syntax_mistake(path: Path, text: str, message: str) -> Mistake:
    place = re.search(r"at line (\d+)", message)
    line = int(place[1]) if place else len(text.splitlines()) or 1
    return Mistake(str(path), "syntax", None, f"is not TOML: {message}", "correct the line", line)


def _mistake_of(document: Document, detail: Any, schema: type[BaseModel]) -> Mistake:
    keys = keys_of(document.data, detail)
    kind, value = detail["type"], detail["input"]
    if kind == "missing":
        return document.mistake(keys, None, "is required", "add the key")
    if kind == "extra_forbidden":
        return document.mistake(keys, _short(value), "is not a known key", _nearest(str(keys[-1]), schema))
    rule = detail["msg"].removeprefix("Value error, ")
    rule, _, remedy = rule.partition("; ")
    return document.mistake(keys, _short(value), rule[:1].lower() + rule[1:], remedy or "correct the value")


def keys_of(data: Any, detail: Any) -> Keys:
    """Return the keys of data where one of pydantic's errors is; the tag of a union's branch is no key."""
    missing = detail["loc"][-1:] if detail["type"] == "missing" else ()
    keys: Keys = ()
    for key in detail["loc"][: len(detail["loc"]) - len(missing)]:
        if key in data if isinstance(data, dict) else isinstance(data, (list, tuple)) and isinstance(key, int):
            keys, data = (*keys, key), data[key]
    return (*keys, *missing)


def _short(value: object) -> object:
    return value if isinstance(value, (str, int, float, bool)) else None


def _nearest(key: str, schema: type[BaseModel]) -> str:
    names = _names(schema, set())
    if key in names:  # rightly spelt, and known elsewhere
        return "remove it"
    close = difflib.get_close_matches(key, sorted(names), n=1)
    return f"did you mean `{close[0]}`?" if close else "remove it"


def _names(schema: Any, seen: set[Any]) -> set[str]:
    """Collect the key names of a schema and of all schemas inside it."""
    if schema in seen:
        return set()
    seen.add(schema)
    names: set[str] = set()
    fields = getattr(schema, "model_fields", {})
    for name, field in fields.items():
        names |= {field.alias or name} | _names(field.annotation, seen)
    for part in getattr(schema, "__args__", ()):
        names |= _names(part, seen)
    return names


_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*=""")


def _lines_of(text: str) -> dict[Keys, int]:
    """Find the line of every table header and of every key that starts a line, or stands in an inline table."""
    lines: dict[Keys, int] = {}
    counts: dict[Keys, int] = {}
    table: Keys = ()
    for number, line in enumerate(text.splitlines(), 1):
        header, key = _HEADER.match(line), _KEY.match(line)
        if header:
            table = _table(_split(header[2]), counts, is_array=header[1] == "[[")
            lines.setdefault(table, number)
        elif key:
            path = (*table, *_split(key[1]))
            lines.setdefault(path, number)
            for inner in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+)\s*=", line[key.end() :]):
                lines.setdefault((*path, inner[1]), number)
    return lines


def _table(names: Keys, counts: dict[Keys, int], *, is_array: bool) -> Keys:
    """Return the path of a table header, with the index of the last element for each array of tables."""
    path: Keys = ()
    for position, name in enumerate(names):
        path = (*path, name)
        if is_array and position == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _split(dotted_key: str) -> Keys:
    parts = re.findall(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""", dotted_key)
    return tuple(part.strip("\"'") for part in parts)
