"""How a scenario file that its schema refuses is made good enough to look for its other mistakes."""

import difflib
from collections.abc import Collection
from datetime import date, datetime
from typing import Any

from cutover.base.clock import VIETNAM
from cutover.base.document import Keys
from fixtures.places import NATIONAL_TOTAL
from scenarios.demand_checks import LONGEST_S

COMPARED = frozenset({"surges", "moves"})
"""Arrays whose entries are compared with each other: one that says too little would seem to reach everybody."""

MISSING = ("is required", "confine the surge to procedures")
"""How the rules begin whose mistakes are that something is not there."""

_REASON = "stands in for what cannot be read"
_STAND_INS: dict[Keys, Any] = {
    ("name",): "stand-in",
    ("title",): "",
    ("starts",): datetime(2025, 7, 1, tzinfo=VIETNAM),
    ("duration_s",): LONGEST_S,  # long and late, so that nothing comes after the end or too early to be known
    ("as_of",): date.max,
    ("population",): {"value": NATIONAL_TOTAL, "assumed": _REASON},
    ("forecast",): {"plan": "national"},
}


def stand_in(keys: Keys, found: Any) -> Any:
    """Return a value that can be read where the file has none or another one, None for a key that may be left out.

    What the file says is kept as far as it goes: a figure's value, the names of journeys.
    """
    if isinstance(found, dict) and type(found.get("value")) in (int, float):
        return {key: found[key] for key in ("value", "communes") if key in found} | {"assumed": _REASON}
    if keys[-1:] == ("journeys",) and isinstance(found, dict) and found:
        return dict.fromkeys(found, 1.0 / len(found))
    if keys[-1:] == ("procedures",):
        return "catalogue"
    if keys[:1] == ("flows",) and keys[2:] == ("name",):
        return "stand-in"
    return _STAND_INS.get(keys)


def has_whole_mix(gone: Collection[Keys]) -> bool:
    """Tell whether all journeys are still known: no key was left out that names some, or may have meant to."""
    lost = [str(keys[-1]) for keys in gone if len(keys) <= 3]
    return not any(difflib.get_close_matches(key, ("journeys", "flows")) for key in lost)
