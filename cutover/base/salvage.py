"""What is left of a document in which its schema finds mistakes: enough to find its other mistakes in the same run."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Generic

from pydantic import ValidationError

from cutover.base.document import Document, Keys, Schema, dotted, keys_of, schema_mistake
from cutover.base.errors import Mistake

StandIn = Callable[[Keys, Any], Any]
"""What may stand in the place of the value that a key has (None: it has none), so that the rest is read; or None."""


@dataclass(frozen=True)
class Salvage(Generic[Schema]):
    """What could be read, and the document without the rest.

    `gone` are the keys that were left out, `replaced` those whose values gave way to others; both as the file has them.
    """

    value: Schema
    document: Document
    gone: frozenset[Keys]
    replaced: frozenset[Keys]

    def is_certain(self, mistake: Mistake, missing: tuple[str, ...]) -> bool:
        """Tell whether a mistake found in what is left is one of the file, and not made by what was left out.

        That is uncertain at a key that was left out or replaced, or around one; and, for rules that begin with one of
        `missing`, in a table that something was left out of, or in a table inside it.
        """
        if mistake.source != str(self.document.path):
            return True
        touched = {dotted(keys) for keys in self.gone | self.replaced}
        tables = {dotted(keys[:-1]) if len(keys) > 1 else "" for keys in self.gone}
        around = any(key == mistake.key or _inside(key, mistake.key) for key in touched)
        missed = mistake.rule.startswith(missing) and any(_inside(mistake.key, table) for table in tables)
        return not (around or missed)


def salvage(
    document: Document, schema: type[Schema], stand_in: StandIn, together: frozenset[str]
) -> Salvage[Schema] | None:
    """Read what can be read of a document: leave out or replace what its schema refuses, and nothing else.

    Entries of the arrays named in `together` are left out as a whole, since they are compared with each other. Returns
    None where nothing useful is left, and for a document of another schema version.
    """
    if schema_mistake(document) is not None:
        return None
    cut = _Cut(document.data, stand_in, together)
    while True:
        left = replace(document, data=cut.rest(document.data, ()), gone=frozenset(cut.gone))
        try:
            return Salvage(schema.model_validate(left.data), left, frozenset(cut.gone), frozenset(cut.put))
        except ValidationError as error:
            before = cut.size
            for detail in error.errors():
                cut.treat(left.original(keys_of(left.data, detail)), detail["type"])
            if () in cut.gone or cut.size == before:
                return None


@dataclass
class _Cut:
    """What is left out of a file's values, or gives way to others, so far; `failed` are stand-ins that did not do."""

    data: dict[str, Any]
    stand_in: StandIn
    together: frozenset[str]
    gone: set[Keys] = field(default_factory=set)
    put: dict[Keys, Any] = field(default_factory=dict)
    failed: set[Keys] = field(default_factory=set)

    @property
    def size(self) -> int:
        """Return a number that grows with each thing treated."""
        return len(self.gone) + len(self.put) + 2 * len(self.failed)

    def treat(self, keys: Keys, kind: str) -> None:
        """Replace what is wrong or missing at a key, or leave it out, or else the table around it."""
        covering = next((keys[:n] for n in range(len(keys) + 1) if keys[:n] in self.put), None)
        if covering is not None:
            del self.put[covering]
            self.failed.add(covering)
            self.gone.add(self._whole(covering))
            return
        unknown = kind == "extra_forbidden" or keys in self.failed
        other = None if unknown else self.stand_in(keys, _at(self.data, keys))
        if other is not None:
            self.put[keys] = other
        else:
            self.gone.add(self._whole(keys[:-1] if kind == "missing" else keys))

    def _whole(self, keys: Keys) -> Keys:
        """Return the keys of the entry of an array that goes as a whole, or the keys themselves."""
        for place, key in enumerate(keys[:-1]):
            if key in self.together and isinstance(keys[place + 1], int):
                return keys[: place + 2]
        return keys

    def rest(self, node: Any, keys: Keys) -> Any:
        """Return a value without what is left out of it, and with what takes the place of something."""
        if keys in self.put:
            return self.put[keys]
        if isinstance(node, list):
            return [self.rest(each, (*keys, i)) for i, each in enumerate(node) if (*keys, i) not in self.gone]
        if not isinstance(node, dict):
            return node
        added = {at[-1]: value for at, value in self.put.items() if at[:-1] == keys}
        kept = {key: self.rest(each, (*keys, key)) for key, each in node.items() if (*keys, key) not in self.gone}
        return kept | added


def _at(data: Any, keys: Keys) -> Any:
    """Return the value at keys, None where there is none."""
    for key in keys:
        if isinstance(data, dict):
            data = data.get(str(key))
        elif isinstance(data, list) and isinstance(key, int) and key < len(data):
            data = data[key]
        else:
            return None
    return data


def _inside(key: str, table: str) -> bool:
    """Tell whether a key, written out, is inside a table; the whole file is the table without a name."""
    return not table or key.startswith((f"{table}.", f"{table}["))
