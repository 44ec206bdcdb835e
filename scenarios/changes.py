"""What-if by `--set`: keys of a plan's and a scenario's file that are given other values before the files are read.

    change ::= path "=" value
    path   ::= ("station" | "pool" | "program" | "demand" | "scenario") {"." key | "[" number "]"}
    value  ::= a value as TOML writes it, or bare text

`station.db.servers=48` is the plan's `stations.db.servers`, `program.submit[0].service.mean_s=0.05` that of the first
operation of the step; `scenario.KEY` is the scenario file's key. An entry of an array is told by its number or its
`name`. `demand.volume` multiplies all sessions, `demand.surge` is the factor of the scenario's surge, where it has
several `demand.surge.NAME`. A figure that is set loses its range, and its origin is the option.
"""

import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from cutover.base.document import Document, Keys, dotted, parse, read_document
from cutover.base.errors import BadInput, Mistake
from models.plan import Plan

TABLES = {"station": "stations", "pool": "pools", "program": "programs"}
"""The tables of a plan that a path begins with."""

FIRST = (*TABLES, "demand", "scenario")
OPTION = "--set"
ORIGIN = ("source", "published", "assumed", "low", "high")

_PATH = re.compile(r"""(?:^|\.)([A-Za-z0-9_-]+|"[^"]+")|\[(\d+)\]""")

Read = TypeVar("Read")
Found = tuple[str, str]
"""A rule, and what to do."""


@dataclass(frozen=True)
class Change:
    """A key path, what it begins with left out, and the value it is given; `text` is how it was asked for."""

    text: str
    first: str
    keys: Keys
    value: Any

    @property
    def is_of_plan(self) -> bool:
        """Tell whether it changes the plan, else the scenario."""
        return self.first in TABLES

    def mistake(self, rule: str, remedy: str) -> Mistake:
        """Make a mistake of the option."""
        return Mistake("options", OPTION, self.text, rule, remedy)


def read_changes(texts: Iterable[str]) -> tuple[Change, ...]:
    """Read what `--set` was given; raise BadInput with the mistakes of all."""
    changes: list[Change] = []
    mistakes: list[Mistake] = []
    for text in texts:
        found = _read(text)
        if isinstance(found, Change):
            mistakes += [found.mistake("is set twice", "keep one") for each in changes if _path(each) == _path(found)]
            changes.append(found)
        else:
            mistakes.append(Mistake("options", OPTION, text, *found))
    if mistakes:
        raise BadInput(mistakes)
    return tuple(changes)


def changed(document: Document, changes: Sequence[Change]) -> Document:
    """Return a document with keys given other values; raise BadInput with all paths that lead nowhere."""
    if not changes:
        return document
    data, mistakes = deepcopy(document.data), []
    for change in changes:
        mistakes += [change.mistake(*found) for found in _apply(data, change)]
    if mistakes:
        raise BadInput(mistakes)
    return replace(document, data=data)


def read_with(changes: Sequence[Change], read: Callable[[], Read]) -> Read:
    """Read what was changed; mistakes at a key that was set are the option's."""
    try:
        return read()
    except BadInput as error:
        raise BadInput([_of_option(mistake, changes) for mistake in error.mistakes]) from None


def read_changed_plan(path: Path, changes: Sequence[Change]) -> Plan:
    """Read a plan's file with those changes that are of plans; raise BadInput with all mistakes."""
    mine = [change for change in changes if change.is_of_plan]
    document = changed(read_document(path), mine)
    plan = read_with(mine, lambda: parse(document, Plan))
    if not mine:
        return plan
    said = ", ".join(change.text for change in mine)
    return plan.model_copy(update={"description": f"{plan.description} Changed by {OPTION}: {said}."})


def _read(text: str) -> Change | Found:
    path, equals, value = (part.strip() for part in text.partition("="))
    example = "write for example `station.database.servers=48` or `demand.surge=16`"
    found = list(_PATH.finditer(path))
    if not equals or not found or "".join(each[0] for each in found) != path:
        return "is no change, which is a path, an equals sign and a value", example
    first, *keys = [int(each[2]) if each[2] else each[1].strip('"') for each in found]
    if first not in FIRST:
        close = difflib.get_close_matches(str(first), FIRST, n=1)
        return f"begins with none of {', '.join(FIRST)}", f"did you mean `{close[0]}`?" if close else example
    if not keys:
        return "names no key", example
    return Change(text, str(first), tuple(keys), _value(value))


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, KeyError):
        return text


def _path(change: Change) -> tuple[str, Keys]:
    return change.first, change.keys


def _apply(data: dict[str, Any], change: Change) -> Iterator[Found]:
    """Change data in place; yield what keeps it from being done."""
    if change.first == "demand" and change.keys[0] == "surge":
        yield from _set_surge(data, change)
    elif change.first == "demand":
        table = data.setdefault("demand", {})
        if len(change.keys) > 1 or not isinstance(table, dict):
            yield "is no figure of [demand]", "write demand.volume, demand.sharpness or demand.surge"
        else:
            table[change.keys[0]] = _figure(change)
    else:
        table = TABLES.get(change.first)
        yield from _set(data, (*(() if table is None else (table,)), *change.keys), change)


def _set_surge(data: dict[str, Any], change: Change) -> Iterator[Found]:
    flows = [data.get("arrivals", {}), *data.get("flows", ())]
    surges = [surge for flow in flows if isinstance(flow, dict) for surge in flow.get("surges", ())]
    names = [str(surge.get("name")) for surge in surges]
    wanted = dotted(change.keys[1:]) if change.keys[1:] else None
    chosen = [surge for surge, name in zip(surges, names, strict=True) if wanted in (None, name)]
    if not surges:
        yield "is about a surge, and the scenario has none", "give a flow one: [[arrivals.surges]]"
    elif not chosen:
        yield f"names no surge of the scenario, {wanted}", _nearest(str(wanted), names)
    elif len(chosen) > 1:
        yield "does not tell which surge", f"name one: {', '.join(f'demand.surge.{name}' for name in names)}"
    else:
        chosen[0]["times"] = _figure(change)


def _figure(change: Change) -> dict[str, Any]:
    return {"value": change.value, "assumed": f"{OPTION} {change.text}"}


def _set(data: Any, keys: Keys, change: Change) -> Iterator[Found]:
    """Follow keys down to the last but one, which must be there, and set the last."""
    for at, key in enumerate(keys[:-1]):
        found = _place(data, key)
        if found is None:
            yield f"has no {dotted(keys[: at + 1])} to lead through", _nearest(str(key), _names(data))
            return
        data = data[found]
    last = keys[-1]
    place = _place(data, last)
    if place is None and (isinstance(last, int) or not isinstance(data, dict)):
        yield f"has no {dotted(keys)}", _nearest(str(last), _names(data))
        return
    place = last if place is None else place
    if isinstance(data, dict) and isinstance(data.get(place), dict) and "value" in data[place]:
        data, place = data[place], "value"
    if isinstance(data, dict) and (place == "value" or (place == "times" and "of" in data)):
        for key in ORIGIN:
            data.pop(key, None)
        data["assumed"] = f"{OPTION} {change.text}"
    data[place] = change.value


def _place(data: Any, key: str | int) -> str | int | None:
    """Return the key or number under which an entry is found by its key, number or name; None where there is none."""
    if isinstance(data, dict):
        return key if key in data else None
    if not isinstance(data, list):
        return None
    if isinstance(key, int):
        return key if key < len(data) else None
    return next((at for at, each in enumerate(data) if isinstance(each, dict) and each.get("name") == key), None)


def _names(data: Any) -> list[str]:
    if isinstance(data, dict):
        return list(data)
    return [str(each["name"]) for each in data if isinstance(each, dict) and "name" in each] if data else []


def _nearest(key: str, names: list[str]) -> str:
    close = difflib.get_close_matches(key, names, n=1)
    return f"did you mean `{close[0]}`?" if close else f"there is {', '.join(names[:12]) or 'nothing'}"


def _of_option(mistake: Mistake, changes: Sequence[Change]) -> Mistake:
    for change in changes:
        table = TABLES.get(change.first, "demand" if change.first == "demand" else None)
        path = dotted((*(() if table is None else (table,)), *change.keys))
        if mistake.key == path or mistake.key.startswith((f"{path}.", f"{path}[")):
            return replace(mistake, source="options", key=f"{OPTION} {change.text}: {mistake.key}", line=None)
    return mistake
