"""The leaves of a JSON value, each with the keys and places that lead to it."""

import json
from collections.abc import Iterator
from typing import Any

Keys = tuple[str | int, ...]
Leaf = str | int | float | bool | None


def leaves(value: Any, keys: Keys = ()) -> Iterator[tuple[Keys, Leaf]]:
    """Yield each leaf of a value; an empty object or array has none."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield from leaves(each, (*keys, key))
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from leaves(each, (*keys, place))
    else:
        yield keys, value


def name_of(keys: Keys) -> str:
    """Return what a leaf is called: the last key on the way to it that is a name."""
    return next((key for key in reversed(keys) if isinstance(key, str)), "")


def parsed(text: str) -> Any:
    """Return JSON as a value, None where a text is none."""
    if not text.lstrip().startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
