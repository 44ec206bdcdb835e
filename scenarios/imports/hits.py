"""One line of an access log: who asked for what, when, and how it was answered."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from scenarios.imports.patterns import JsonFields, Patterns

Form = Literal["combined", "common", "json"]
Parser = Callable[[str], "Hit"]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LINE = re.compile(r'(\S+) \S+ .+? ?\[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d{3}) (?:\d+|-)(.*)')
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_AGENT = re.compile(rf" {_QUOTED} {_QUOTED}(.*)")
_EXTRA = re.compile(rf"{_QUOTED}|(\S+)")
_STAMP = re.compile(r"(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_YEARS = (1990, 2100)
_FULL_URL = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


class UnreadableLine(Exception):
    """A line that is not of the log's format; the text says why."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A request and its answer. Times are ns since 1970 (UTC); `path` has no query.

    `visitor` tells sessions apart: the session field when the log has one, else address and agent.
    `whole_seconds` says that the stamp has no fraction.
    """

    start_ns: int
    end_ns: int
    visitor: str
    agent: str
    method: str
    path: str
    status: int
    whole_seconds: bool


class _Instant(NamedTuple):
    ns: int
    whole_seconds: bool


def parser(form: Form, patterns: Patterns) -> Parser:
    """Return the function that reads a line of a format; it raises UnreadableLine."""
    if form == "json":
        return lambda line: _json_hit(line, patterns)
    return lambda line: _text_hit(line, patterns, combined=form == "combined")


def _text_hit(line: str, patterns: Patterns, *, combined: bool) -> Hit:
    found = _LINE.fullmatch(line)
    if found is None:
        raise UnreadableLine("is not in this format")
    address, stamp, request, status, rest = found.groups()
    agent = ""
    if combined:
        tail = _AGENT.fullmatch(rest)
        if tail is None:
            raise UnreadableLine("has no referrer and agent after the size, as the combined format has")
        _, agent, rest = tail.groups()
    values = [quoted or plain for quoted, plain in _EXTRA.findall(rest)] if patterns.extra else []
    extra = dict(zip(patterns.extra, values, strict=False))
    return _hit(
        patterns, _clf_instant(stamp), address, agent, request, status, extra.get("session"), extra.get("duration_s")
    )


def _json_hit(line: str, patterns: Patterns) -> Hit:
    try:
        values = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        raise UnreadableLine("is not JSON") from None
    if not isinstance(values, dict):
        raise UnreadableLine("is not a JSON object")
    fields = patterns.json_fields
    request = _field(values, fields, "request")
    if request is None:
        method, path = _needed(values, fields, "method"), _needed(values, fields, "path")
        request = f"{method} {path}"
    instant = _json_instant(_needed(values, fields, "time"))
    address, status = _needed(values, fields, "address"), _needed(values, fields, "status")
    agent, session, duration = (_field(values, fields, name) for name in ("agent", "session", "duration_s"))
    return _hit(patterns, instant, str(address), str(agent or ""), str(request), str(status), session, duration)


def _field(values: dict[str, Any], fields: JsonFields, name: str) -> Any:
    for key in getattr(fields, name):
        if (value := values.get(key)) is not None:
            return value
    return None


def _needed(values: dict[str, Any], fields: JsonFields, name: str) -> Any:
    value = _field(values, fields, name)
    if value is None:
        msg = f"has no field for the {name} (one of {', '.join(getattr(fields, name))})"
        raise UnreadableLine(msg)
    return value


def _hit(
    patterns: Patterns, instant: _Instant, address: str, agent: str, request: str, status: str, session: Any, took: Any
) -> Hit:
    method, _, target = request.partition(" ")
    path = _FULL_URL.sub("", target.partition(" ")[0], count=1).partition("?")[0] or "/"
    if not method.isalpha() or not target:
        raise UnreadableLine("has a request that is not HTTP")
    if not (status.isascii() and status.isdigit() and len(status) == 3):
        raise UnreadableLine("has a status that is not a number of three digits")
    took_ns = _duration_ns(took)
    start = instant.ns - took_ns if patterns.time == "end" else instant.ns
    visitor = f"{address} {agent}" if session in (None, "", "-") else str(session)
    return Hit(start, start + took_ns, visitor, agent, method, path, int(status), instant.whole_seconds)


def _duration_ns(took: Any) -> int:
    if took in (None, "", "-"):
        return 0
    try:
        seconds = float(took)
    except (TypeError, ValueError):
        raise UnreadableLine("has a duration that is not a number") from None
    if not 0 <= seconds <= 86_400:
        raise UnreadableLine("has a duration that is not between 0 and 86,400 s")
    return round(seconds * 1e9)


@lru_cache(maxsize=256)
def _clf_instant(stamp: str) -> _Instant:
    """Read `01/Jul/2025:08:00:00 +0700`."""
    found = _STAMP.fullmatch(stamp)
    if found is None or found[2] not in _MONTHS:
        raise UnreadableLine("has a time that is not like 01/Jul/2025:08:00:00 +0700")
    zone = (int(found[8]) * 3600 + int(found[9]) * 60) * (-1 if found[7] == "-" else 1)
    day, year, hour, minute, second = (int(found[group]) for group in (1, 3, 4, 5, 6))
    try:
        moment = datetime(
            year, _MONTHS.index(found[2]) + 1, day, hour, minute, second, tzinfo=timezone(timedelta(seconds=zone))
        )
    except ValueError:
        raise UnreadableLine("has a time that no calendar has") from None
    return _instant(moment)


def _json_instant(value: Any) -> _Instant:
    """Read ISO 8601 with its offset, or seconds since 1970."""
    try:
        if isinstance(value, str) and not value.replace(".", "", 1).isdigit():
            moment = datetime.fromisoformat(value)
        else:
            moment = _EPOCH + timedelta(seconds=float(value))
    except (TypeError, ValueError, OverflowError):
        raise UnreadableLine("has a time that is neither ISO 8601 nor seconds since 1970") from None
    if moment.utcoffset() is None:
        raise UnreadableLine("has a time without its offset from UTC")
    return _instant(moment)


def _instant(moment: datetime) -> _Instant:
    if not _YEARS[0] <= moment.year <= _YEARS[1]:
        msg = f"has a time outside {_YEARS[0]} to {_YEARS[1]}"
        raise UnreadableLine(msg)
    return _Instant((moment - _EPOCH) // _MICROSECOND * 1000, moment.microsecond == 0)
