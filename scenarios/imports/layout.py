"""TOML laid out as people write scenarios: small tables and lists on a line, long lists in filled lines."""

import textwrap
from typing import Any

import tomli_w

WIDTH = 116


def toml_text(comments: tuple[str, ...], document: dict[str, Any]) -> str:
    """Return a document as TOML below comment lines; tables of its first level, and lists of tables, get headers."""
    lines = [f"# {line}" for line in comments]
    plain = {key: value for key, value in document.items() if not isinstance(value, dict) and not _is_tables(value)}
    lines += _pairs(plain)
    for key, value in document.items():
        if isinstance(value, dict):
            lines += ["", f"[{key}]", *_pairs(value)]
        elif _is_tables(value):
            for table in value:
                lines += ["", f"[[{key}]]", *_pairs(table)]
    return "\n".join(lines) + "\n"


def _is_tables(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value)


def _pairs(table: dict[str, Any]) -> list[str]:
    return [_pair(key, value) for key, value in table.items()]


def _pair(key: str, value: Any) -> str:
    text = f"{key} = {_inline(value)}"
    if not isinstance(value, list) or len(text) <= WIDTH:
        return text
    items = [_inline(item) for item in value]
    if not all(isinstance(item, str) for item in value):  # a line is filled with numbers, never with texts
        filled = textwrap.fill(", ".join(item.replace(" ", "\0") for item in items), WIDTH - 4)
        items = [line.rstrip(",").replace("\0", " ") for line in filled.splitlines()]
    return "\n".join([f"{key} = [", *(f"    {item}," for item in items), "]"])


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return tomli_w.dumps({"x": value}).removeprefix("x = ").rstrip("\n")
