"""Quantities as people read them: a number with its unit, three significant digits, never a bare float."""

import math
from collections.abc import Callable, Mapping

NOTHING = "–"
NOT_REACHED = "not reached"


def quantity(value: float | None, unit: str) -> str:
    """Write a value of a unit that budgets know, or a plain `number`; a dash for None.

    A latency without end is "not reached", anything else without end "unknown".
    """
    if value is None or math.isnan(value):
        return NOTHING
    if math.isinf(value):
        return NOT_REACHED if unit == "s" and value > 0 else "unknown"
    return _WRITTEN[unit](value)


def at_least(value: float | None, unit: str, *, is_bound: bool) -> str:
    """Write a value, or one of which only a lower bound is known."""
    return f"at least {quantity(value, unit)}" if is_bound else quantity(value, unit)


def interval(low: float | None, high: float | None, unit: str) -> str:
    """Write an interval, with words where an end is not known."""
    if low is None or high is None:
        return NOTHING
    if low == high:
        return quantity(low, unit)
    if math.isinf(low) and math.isinf(high):
        return "no bound known"
    if math.isinf(low):
        return f"up to {quantity(high, unit)}"
    if math.isinf(high):
        return f"{quantity(low, unit)} or more"
    return f"{quantity(low, unit)} to {quantity(high, unit)}"


def duration(seconds: float) -> str:
    """Write a time in the unit that fits: µs, ms, s, min or h."""
    size = abs(seconds)
    if size == 0:
        return "0 s"
    for limit, scale, unit in (
        (999.5e-6, 1e-6, "µs"),
        (0.9995, 1e-3, "ms"),
        (119.95, 1.0, "s"),
        (7197, 60.0, "min"),
    ):
        if size < limit:
            return f"{significant(seconds / scale)} {unit}"
    return f"{significant(seconds / 3600)} h"


def share(value: float) -> str:
    """Write a share of 1 in percent."""
    return f"{significant(100 * value)} %"


def rate(per_s: float) -> str:
    """Write events per second."""
    return f"{significant(per_s)}/s"


def change(value: float) -> str:
    """Write a relative difference in percent, with its sign."""
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{share(abs(value))}"


def count(number: float) -> str:
    """Write a whole number with thousands apart."""
    return f"{round(number):,}"


def significant(value: float) -> str:
    """Write three significant digits, with thousands apart and no exponent: 0.0123, 1.23, 123, 12,345."""
    if value == 0:
        return "0"
    rounded = round(value, 2 - math.floor(math.log10(abs(value))))
    places = max(0, 2 - math.floor(math.log10(abs(rounded))))
    text = f"{rounded if abs(rounded) < 1000 else value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


_WRITTEN: Mapping[str, Callable[[float], str]] = {
    "s": duration,
    "share": share,
    "per_s": rate,
    "count": count,
    "change": change,
    "number": significant,
}


def memory(size_bytes: float) -> str:
    """Write a size in the unit that fits: B, kB, MB or GB."""
    for limit, scale, unit in ((999.5, 1, "B"), (999.5e3, 1e3, "kB"), (999.5e6, 1e6, "MB")):
        if size_bytes < limit:
            return f"{significant(size_bytes / scale)} {unit}"
    return f"{significant(size_bytes / 1e9)} GB"
