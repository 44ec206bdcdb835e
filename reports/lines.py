"""Text files that grow by whole lines, as a killed writer leaves them."""

import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from cutover.base.errors import BadInput, Mistake

SCHEMA = 1

BLOCK = 1 << 22
"""Bytes that are read at once."""

T = TypeVar("T")


def whole_lines(path: Path) -> list[str]:
    """Return the lines of a file without their line ends; leave out a last line that lacks its end.

    A missing file has no lines. Bytes that are not UTF-8 are kept as replacement characters.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    return data[: data.rfind(b"\n") + 1].decode("utf-8", "replace").split("\n")[:-1]


def ends_whole(path: Path) -> bool:
    """Tell whether a file ends with a line's end, rather than within a line; an empty or missing one does."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            return file.read() in (b"", b"\n")
    except FileNotFoundError:
        return True


def refuse_schema(path: Path, version: object) -> None:
    """Raise BadInput unless a file's schema version, a number or its text, is one that can be read here."""
    text = str(version).strip()
    if text == str(SCHEMA):
        return
    if text.isdecimal() and int(text) > SCHEMA:
        rule = f"is newer than {SCHEMA}, the newest schema that this cutover reads"
        raise BadInput.single(path, "schema", int(text), rule, "read it with the cutover that made it")
    raise BadInput.single(path, "schema", text, f"must be {SCHEMA}", "restore the file from a copy of the run")


def read_records(path: Path) -> list[dict[str, Any]]:
    """Read a file of JSON objects, one a line, after its first line `{"schema": 1}`; a missing file has none.

    Raises BadInput with all lines that are no JSON object.
    """
    records: list[dict[str, Any]] = []
    mistakes: list[Mistake] = []
    for number, line in enumerate(whole_lines(path), 1):
        record = parse_object(line)
        if record is None:
            mistakes.append(
                Mistake(
                    str(path),
                    "line",
                    None,
                    "is not a JSON object",
                    "restore the file, or remove the line",
                    number,
                )
            )
        elif number == 1:
            refuse_schema(path, record.get("schema"))
        else:
            records.append(record)
    if mistakes:
        raise BadInput(mistakes)
    return records


def decoded(path: Path, kind: type[T]) -> Iterator[list[T]]:
    """Yield what stands in the lines of a file after the first, many at a time, as `kind` has it.

    A last line that lacks its end is left out, and a missing file has none. Raises ValueError where a line is not as
    our writers make it; BadInput when the schema is another.
    """
    decoder = msgspec.json.Decoder(kind)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        head = file.readline()
        if not head.endswith(b"\n"):
            return
        first = parse_object(head.decode("utf-8", "replace"))
        if first is None:
            raise ValueError("is not a JSON object")
        refuse_schema(path, first.get("schema"))
        rest = b""
        while block := file.read(BLOCK):
            lines, end, rest = (rest + block).rpartition(b"\n")
            if end:
                yield decoder.decode_lines(lines)


def parse_object(text: str) -> dict[str, Any] | None:
    """Return the JSON object of a text, or None when it is anything else, or holds a number that is not finite."""
    try:
        value = json.loads(text, parse_constant=_refused, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refused(word: str) -> float:
    raise ValueError(f"{word} is no number")


def _finite(text: str) -> float:
    value = float(text)
    return value if math.isfinite(value) else _refused(text)


def record_text(record: Mapping[str, Any]) -> str:
    """Return a record as one line of JSON, with its line end; a number that is not finite is an error."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n"
