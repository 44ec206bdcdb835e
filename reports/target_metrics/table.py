"""Metrics from a table: a CSV with the header `time,name,value`, as exports of Zabbix, Datadog and sar are brought to.

`time` is seconds (or, above 1e11, milliseconds) since the epoch, or ISO 8601 with its zone; `name` may carry labels as
Prometheus writes them, `cpu_seconds_total{step="submit"}`. Rows may come in any order.
"""

import csv
import io
import math
from collections import defaultdict
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from cutover.base.errors import BadInput, Mistake
from reports.target_metrics.series import Series, parse_name

HEADER = ["time", "name", "value"]
MOST_TOLD = 20
"""Mistakes that are told; a file of another kind has one a row."""

_MILLISECONDS = 1e11
"""Seconds since the epoch of the year 5138: what is above is milliseconds."""


def read_table(path: Path, names: Collection[str]) -> tuple[Series, ...]:
    """Read the series of some names; raise BadInput with what is wrong in the file, rows of other names included."""
    rows = csv.reader(io.StringIO(_text(path)))
    header = [cell.strip().lower() for cell in next(rows, [])]
    if header != HEADER:
        rule = f"must be `{','.join(HEADER)}`"
        raise BadInput([Mistake(str(path), "header", ",".join(header), rule, "give the file this first line", 1)])
    samples = defaultdict[str, list[tuple[float, float]]](list)
    mistakes: list[Mistake] = []
    for line, row in enumerate(rows, 2):
        if not row:
            continue
        wrong = _wrong(row)
        if wrong is not None:
            mistakes.append(Mistake(str(path), *wrong, line))
        else:
            samples[row[1].strip()].append((_time(row[0]), float(row[2])))
    if mistakes:
        raise BadInput(mistakes[:MOST_TOLD])
    found = [(*(parse_name(called) or ("", {})), own) for called, own in samples.items()]
    return tuple(Series.of(name, labels, own) for name, labels, own in found if name in names)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = f"cannot be read ({getattr(error, 'strerror', None) or error})"
        remedy = "name a CSV of time, name and value, or the URL of a Prometheus"
        raise BadInput.single("--metrics", "file", str(path), why, remedy) from None


def _wrong(row: list[str]) -> tuple[str, str, str, str] | None:
    """Return key, value, rule and remedy of what is wrong with a row; None for a sound one."""
    if len(row) != len(HEADER):
        return "row", ",".join(row), f"must have {len(HEADER)} cells", "quote cells that hold commas"
    if math.isnan(_time(row[0])):
        return "time", row[0], "is no time", "write seconds since the epoch, or ISO 8601 with a zone: …T08:00:00+07:00"
    if parse_name(row[1]) is None:
        return "name", row[1], "is no name of a series", 'write it like cpu_seconds_total{step="submit"}'
    try:
        is_number = math.isfinite(float(row[2]))
    except ValueError:
        is_number = False
    return None if is_number else ("value", row[2], "is no number", "remove the row, or correct it")


def _time(text: str) -> float:
    """Return seconds since the epoch; NaN for what is no time, or one without a zone."""
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = datetime.fromisoformat(text.strip())
        except ValueError:
            return math.nan
        return at.timestamp() if at.tzinfo is not None else math.nan
    return seconds / 1000.0 if abs(seconds) > _MILLISECONDS else seconds if math.isfinite(seconds) else math.nan
