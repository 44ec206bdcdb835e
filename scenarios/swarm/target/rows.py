"""Rows of a CSV by column name: what feeds steps, and what accounts are made of."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from cutover.base.errors import Mistake

Row = Mapping[str, str]
_SHOWN = 20


@dataclass(frozen=True)
class Rows:
    """A table of texts: its columns, and its rows in the order of the file."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def parse_rows(text: str, source: str) -> tuple[Rows, list[Mistake]]:
    """Read a CSV with a header (commas, UTF-8, perhaps a byte order mark); return its rows and all mistakes."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    try:
        lines = [(reader.line_num, cells) for cells in reader if cells]
    except csv.Error as error:
        mistake = Mistake(source, "row", None, f"is no CSV: {error}", "correct the line", reader.line_num)
        return Rows((), ()), [mistake]
    if not lines:
        return Rows((), ()), [Mistake(source, "file", None, "is empty", "write a header and rows", 1)]
    columns = tuple(name.strip() for name in lines[0][1])
    mistakes = [
        Mistake(source, "header", name, "must be a name that no other column has", "name each column", 1)
        for place, name in enumerate(columns)
        if not name or name in columns[:place]
    ]
    rows = []
    for line, cells in lines[1:]:
        if len(cells) == len(columns):
            rows.append(dict(zip(columns, cells, strict=True)))
        elif len(mistakes) < _SHOWN:
            rule = f"has {len(cells)} cells, not {len(columns)} as the header"
            mistakes.append(Mistake(source, "row", None, rule, "correct the line", line))
    if not rows and not mistakes:
        mistakes.append(Mistake(source, "file", None, "has no row below its header", "add rows", 1))
    return Rows(columns, tuple(rows)), mistakes
