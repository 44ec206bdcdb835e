"""What can be wrong between the parts of a plan, in raw data of any shape: names, limits, circles of pools."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from cutover.base.document import Keys
from models.factor_checks import factor_mistakes
from models.operations import walked

RESERVED = frozenset({"all", "dossiers", "portal", "backlog"})
"""Words of the budget grammar that no step may take as its name; `portal` may name a station."""

MOST_OPERATIONS = 254
"""Of a program; an operation's number has 8 bits, and 255 is the waiting room's."""

MOST_ATTEMPTS = 1 << 20
"""Of a step, tries and reloads together: in the keys that order events (docs/network.md) an attempt's number has 20
bits, and more would share theirs. Fewer are the plan's own choice."""

ROOM = "room"
"""The pool that a waiting room becomes."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")

Found = tuple[Keys, object, str, str]
"""Keys, value, rule and remedy of a mistake."""


class _Wish(NamedTuple):
    """A pool that is held while another is waited for, without end, at some keys."""

    held: str
    wanted: str
    keys: Keys


def plan_mistakes(data: dict[str, Any]) -> Iterator[Found]:
    """Yield what is wrong between a plan's parts."""
    stations, pools, programs = (_table(data, key) for key in ("stations", "pools", "programs"))
    for key, names in (("stations", stations), ("pools", pools), ("programs", programs)):
        for name in names:
            if not _NAME.fullmatch(name):
                yield (key, name), name, "must be a name like `sign_in`", "use small letters, digits and _"
    for name in pools:
        if name in stations or (name == ROOM and "admission" in data):
            what = "names a station too" if name in stations else "is the name of the waiting room's pool"
            yield ("pools", name), name, what, "rename the pool"
    for name in programs:
        if name in RESERVED:
            yield ("programs", name, 0), name, "is a reserved word", "rename the step"
        if name in stations or name in pools:
            what = "station" if name in stations else "pool"
            yield ("programs", name, 0), name, f"names a {what} too", f"rename the {what}"
    yield from _strangers(data, stations, pools)
    yield from _limits(data)
    yield from _circles(data)
    yield from factor_mistakes(data)


def _programs(data: dict[str, Any]) -> Iterator[tuple[Keys, object]]:
    """Yield the keys and operations of all programs and jobs."""
    for step, operations in _table(data, "programs").items():
        yield ("programs", step), operations
    jobs = data.get("jobs")
    for index, job in enumerate(jobs if isinstance(jobs, list | tuple) else ()):
        if isinstance(job, dict):
            yield ("jobs", index, "do"), job.get("do")


def _strangers(data: dict[str, Any], stations: Mapping[str, Any], pools: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what names no station or pool of the plan."""
    for keys, operations in _programs(data):
        if operations == []:
            yield keys, None, "must have an operation", "add one, or remove the step"
        for place, operation in walked(operations, keys):
            for key, known, table in (("station", stations, "stations"), ("hold", pools, "pools")):
                name = operation.get(key)
                if isinstance(name, str) and name not in known:
                    yield (*place, key), name, *_unknown(name, known, table)
    slow = data.get("slow")
    for index, entry in enumerate(slow if isinstance(slow, list | tuple) else ()):
        named = entry.get("stations") if isinstance(entry, dict) else None
        for name in named if isinstance(named, list | tuple) else ():
            if isinstance(name, str) and name not in stations:
                yield ("slow", index, "stations"), name, *_unknown(name, stations, "stations")


def _unknown(name: str, known: Mapping[str, Any], table: str) -> tuple[str, str]:
    close = difflib.get_close_matches(name, known, n=1)
    remedy = f"did you mean `{close[0]}`?" if close else f"add [{table}.{name}]"
    return f"is not a {table.removesuffix('s')} of this plan", remedy


def _limits(data: dict[str, Any]) -> Iterator[Found]:
    """Yield the programs that have more operations or attempts than have numbers."""
    citizens = data.get("citizens")
    reload = citizens.get("reload") if isinstance(citizens, dict) else None
    reloads = _count(reload.get("times")) if isinstance(reload, dict) else 0
    for keys, operations in _programs(data):
        count = sum(2 if operation.get("probability", 1) != 1 else 1 for _, operation in walked(operations, keys))
        if count > MOST_OPERATIONS:
            rule = f"has {count} operations (a probability counts as one), above {MOST_OPERATIONS}"
            yield keys, None, rule, "join some of them"
        attempts = (1 + _retries(operations)) * (1 + reloads)
        if attempts > MOST_ATTEMPTS:
            rule = f"may take {attempts:,} attempts (tries and reloads), above {MOST_ATTEMPTS:,}"
            yield keys, None, rule, "lower `tries` or the citizens' `times`"


def _retries(operations: object) -> int:
    """Return how many further tries the operations take at most."""
    found = 0
    for operation in operations if isinstance(operations, list | tuple) else ():
        if isinstance(operation, dict):
            bodies = [course.get("do") for course in operation.get("choose") or () if isinstance(course, dict)]
            forks = operation.get("fork")
            inner = sum(_retries(body) for body in (operation.get("do"), *bodies))
            inner += sum(_retries(body) for body in (forks if isinstance(forks, list | tuple) else ()))
            tries = max(1, _count(operation.get("tries")))
            found += tries * (1 + inner) - 1
    return found


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0


def _circles(data: dict[str, Any]) -> Iterator[Found]:
    """Yield each circle of pools that could wait for each other for ever, once."""
    wishes = [wish for keys, operations in _programs(data) for wish in _wishes(operations, keys, ())]
    wanted: dict[str, dict[str, Keys]] = {}
    for wish in wishes:
        wanted.setdefault(wish.held, {}).setdefault(wish.wanted, wish.keys)
    told: set[frozenset[str]] = set()
    for start in wanted:
        circle = _circle(wanted, [start])
        if circle is not None and frozenset(circle) not in told:
            told.add(frozenset(circle))
            rule = f"closes the circle {' → '.join(circle)}, in which all can wait for ever"
            remedy = "always take pools in one order, or bound a wait with `wait_s`"
            yield wanted[circle[-2]][circle[-1]], circle[-1], rule, remedy


def _circle(wanted: Mapping[str, Mapping[str, Keys]], path: list[str]) -> list[str] | None:
    """Return the first way from a path's end back to its start."""
    for name in wanted.get(path[-1], ()):
        if name == path[0]:
            return [*path, name]
        if name not in path:
            found = _circle(wanted, [*path, name])
            if found is not None:
                return found
    return None


def _wishes(operations: object, keys: Keys, held: tuple[str, ...]) -> Iterator[_Wish]:
    """Yield who waits for what while it holds what, without a bound on the wait.

    A time limit bounds the waits within it for what is held around it. What it leaves behind may hold and wait for
    ever, unless it is cancelled.
    """
    for index, operation in enumerate(operations if isinstance(operations, list | tuple) else ()):
        if not isinstance(operation, dict):
            continue
        place, inside = (*keys, index), held
        pool = operation.get("hold")
        if isinstance(pool, str):
            if operation.get("wait_s") is None:
                for name in held:
                    yield _Wish(name, pool, (*place, "hold"))
            inside = (*held, pool)
        if operation.get("timeout_s") is not None:
            if operation.get("on_timeout") == "cancel":
                continue
            inside = ()
        yield from _wishes(operation.get("do"), (*place, "do"), inside)
        for what in ("choose", "fork"):
            bodies = operation.get(what)
            for branch, course in enumerate(bodies if isinstance(bodies, list | tuple) else ()):
                body = course.get("do") if isinstance(course, dict) else course
                end = ("do",) if isinstance(course, dict) else ()
                yield from _wishes(body, (*place, what, branch, *end), inside)


def _table(data: dict[str, Any], key: str) -> dict[str, Any]:
    table = data.get(key)
    return table if isinstance(table, dict) else {}
