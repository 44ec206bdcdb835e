"""What can be wrong between a plan's factors and its parts, in raw data of any shape: places, names, lengths."""

import difflib
from collections.abc import Collection, Iterator
from typing import Any

from cutover.base.document import Keys

Found = tuple[Keys, object, str, str]
"""Keys, value, rule and remedy of a mistake."""


def factor_mistakes(data: dict[str, Any]) -> Iterator[Found]:
    """Yield what is wrong with a plan's factors, ranges and metrics."""
    calibration = data.get("calibration")
    factors = calibration.get("factors") if isinstance(calibration, dict) else None
    yield from _misplaced(data, ("calibration", "factors"), factors)
    yield from _misplaced(data, ("uncertain",), data.get("uncertain"))
    yield from _uneven(factors)
    yield from _twice(("calibration", "factors"), factors, ("of", "station", "step"), "multiplies what another does")
    yield from _twice(("uncertain",), data.get("uncertain"), ("name",), "has the name of another")
    observed = data.get("observed")
    places = {*_names(data, "stations"), *_names(data, "pools")}
    for name in observed if isinstance(observed, dict) else ():
        if name not in places:
            yield ("observed", name), name, *_unknown("station or pool", name, places)


def _misplaced(data: dict[str, Any], keys: Keys, entries: object) -> Iterator[Found]:
    stations, pools, programs = (_names(data, key) for key in ("stations", "pools", "programs"))
    for index, entry in _entries(entries):
        station, step = entry.get("station"), entry.get("step")
        of = entry.get("of")
        known = {*stations, *pools} if of == "tokens" else pools if of == "delay" else stations
        if isinstance(station, str) and station not in known:
            what = "station or pool" if of == "tokens" else "pool" if of == "delay" else "station"
            yield (*keys, index, "station"), station, *_unknown(what, station, known)
        if isinstance(step, str) and step not in programs:
            yield (*keys, index, "step"), step, *_unknown("step", step, programs)


def _uneven(factors: object) -> Iterator[Found]:
    """Yield the factors that have not as many draws as the first: those of one place belong together."""
    counts = [(index, len(entry["draws"])) for index, entry in _entries(factors) if _is_list(entry.get("draws"))]
    for index, count in counts[1:]:
        if count != counts[0][1]:
            rule = f"has {count} draws, and the first factor {counts[0][1]}: draws of one place belong together"
            yield ("calibration", "factors", index, "draws"), None, rule, "give each factor as many"


def _twice(keys: Keys, entries: object, parts: tuple[str, ...], rule: str) -> Iterator[Found]:
    seen = set[str]()
    for index, entry in _entries(entries):
        told = repr([entry.get(part) for part in parts])
        if told in seen:
            yield (*keys, index), None, rule, "leave one out"
        seen.add(told)


def _entries(entries: object) -> Iterator[tuple[int, dict[str, Any]]]:
    for index, entry in enumerate(entries if isinstance(entries, list | tuple) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _is_list(value: object) -> bool:
    return isinstance(value, list | tuple)


def _names(data: dict[str, Any], key: str) -> Collection[str]:
    table = data.get(key)
    return table if isinstance(table, dict) else ()


def _unknown(what: str, name: str, known: Collection[str]) -> tuple[str, str]:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean `{close[0]}`?" if close else f"use one of {', '.join(sorted(known)) or 'none'}"
    return f"is not a {what} of this plan", remedy
