"""Factors: what a plan's figures may have to be multiplied by, as calibration or people know it.

Each replication of a forecast plays a plan of its own, so that what is not known reaches every answer. A factor that
calibration found is one of its joint draws, the same place of all lists; a range of people's is

    exp(μ + σ·Φ⁻¹(u))    μ = (ln low + ln high)/2    σ = (ln high − ln low)/(2·1.96)

With n joint draws, replication r takes that at (f(seed) + r) mod n: n replications in a row take each once.
"""

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import ValidationError

from cutover.base.errors import BadInput
from models.draws import bits, stream, uniform
from models.elementary import exp, log, normal_quantile
from models.plan import Plan
from models.uncertainty import FactorEntry, Target, UncertainEntry
from models.uses import Use, uses

LOW, HIGH = 0.025, 0.975
_Z_HIGH = 1.9599639845400545

Multiplier = tuple[Target, float]
"""What is multiplied, and by what."""


@dataclass(frozen=True)
class Range:
    """A factor around 1: its 2.5 % and 97.5 % quantiles, who says so, and since when (None: it is assumed)."""

    name: str
    low: float
    high: float
    origin: str
    published: date | None


def drawn(plan: Plan, seed: int, replication: int) -> Plan:
    """Return the plan of a replication: its figures times what was drawn; it has no factors any more.

    A plan without factors is returned as it is.
    """
    return _times(plan, [*_joint(plan, seed, replication), *_apart(plan, seed, replication)])


def moved(plan: Plan, name: str, quantile: float) -> Plan:
    """Return the plan with one factor alone at a quantile of its own, 0 < quantile < 1, all others left out.

    Raises BadInput when the plan has no factor of that name.
    """
    entry = _named(plan, name)
    return _times(plan, [(entry, _quantile(entry, quantile))])


def value(plan: Plan, name: str, quantile: float) -> float:
    """Return a quantile of a factor, 0 < quantile < 1; raise BadInput when the plan has no factor of that name."""
    return _quantile(_named(plan, name), quantile)


def at_estimates(plan: Plan) -> Plan:
    """Return the plan as it is written, without its factors: each at 1."""
    return _times(plan, [])


def ranges(plan: Plan) -> tuple[Range, ...]:
    """Return the factors' ranges, those of calibration first."""
    return tuple(_range(plan, entry) for entry in _entries(plan))


def times(plan: Plan, multipliers: Iterable[Multiplier]) -> Plan:
    """Return the plan with figures multiplied; factors that it has stay. Raises BadInput where one goes too far."""
    data = plan.model_dump(by_alias=True, exclude_defaults=True)
    chosen = [(target, value) for target, value in multipliers if value != 1.0]
    for step, operations in _bodies(data):
        for use in uses(operations):
            _multiply(use, step, chosen)
    for target, value in _together(chosen):
        _resize(data, target, value)
    try:
        return Plan.model_validate(data)
    except ValidationError as error:
        rule = f"has factors that lead beyond what a plan may say ({error.errors()[0]['msg']})"
        raise BadInput.single(f"plan {plan.name}", "factors", None, rule, "lower them") from None


def _times(plan: Plan, multipliers: list[Multiplier]) -> Plan:
    entry = plan.calibration
    if not plan.uncertain and (entry is None or not entry.factors):
        return plan
    without = entry and entry.model_copy(update={"factors": ()})
    return times(plan.model_copy(update={"calibration": without, "uncertain": ()}), multipliers)


def _joint(plan: Plan, seed: int, replication: int) -> Iterator[Multiplier]:
    for factor in plan.calibration.factors if plan.calibration else ():
        first = bits(stream(seed, 0, "calibration"), 0, 0)
        yield factor, factor.draws[(first + replication) % len(factor.draws)]


def _apart(plan: Plan, seed: int, replication: int) -> Iterator[Multiplier]:
    for entry in plan.uncertain:
        yield entry, _at(entry, uniform(stream(seed, replication, f"uncertain/{entry.name}"), 0, 0))


def _at(entry: UncertainEntry, u: float) -> float:
    low, high = log(entry.low), log(entry.high)
    return float(exp((low + high) / 2.0 + (high - low) / (2.0 * _Z_HIGH) * normal_quantile(u)))


def _named(plan: Plan, name: str) -> FactorEntry | UncertainEntry:
    factors = {entry.name: entry for entry in _entries(plan)}
    if name not in factors:
        close = difflib.get_close_matches(name, factors, n=1)
        remedy = f"did you mean `{close[0]}`?" if close else f"choose one of {', '.join(factors) or 'none'}"
        raise BadInput.single(f"plan {plan.name}", "factor", name, "is not a factor of this plan", remedy)
    return factors[name]


def _entries(plan: Plan) -> tuple[FactorEntry | UncertainEntry, ...]:
    return (*(plan.calibration.factors if plan.calibration else ()), *plan.uncertain)


def _quantile(entry: FactorEntry | UncertainEntry, u: float) -> float:
    """Return a factor's quantile: of draws, linear between the ordered ones, the i-th of n at (i − 1)/(n − 1)."""
    if isinstance(entry, UncertainEntry):
        return _at(entry, u)
    ordered = sorted(entry.draws)
    place = u * (len(ordered) - 1)
    below = min(math.floor(place), len(ordered) - 2) if len(ordered) > 1 else 0
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def _range(plan: Plan, entry: FactorEntry | UncertainEntry) -> Range:
    low, high = _quantile(entry, LOW), _quantile(entry, HIGH)
    if isinstance(entry, UncertainEntry):
        origin = entry.source if entry.source is not None else f"assumed: {entry.assumed}"
        return Range(entry.name, low, high, origin, entry.published)
    assert plan.calibration is not None, "it has the factor"
    return Range(entry.name, low, high, f"measured: {', '.join(plan.calibration.runs)}", plan.calibration.fitted)


def _bodies(data: dict[str, Any]) -> Iterator[tuple[str | None, Sequence[Any]]]:
    """Yield the operations of all programs with their steps, and those of jobs, which are no step's."""
    yield from data["programs"].items()
    for job in data.get("jobs", ()):
        yield None, job["do"]


def _multiply(use: Use, step: str | None, multipliers: Sequence[Multiplier]) -> None:
    """Multiply the times of a visit or delay, in place."""
    factor = math.prod(
        value
        for target, value in multipliers
        if target.of == use.kind and target.station in (None, use.place) and target.step in (None, step)
    )
    if factor != 1.0:
        use.operation[use.kind] = scaled(use.law, factor)


def scaled(law: dict[str, Any], factor: float) -> dict[str, Any]:
    """Return a law's data with all its times, whose keys end in `_s`, multiplied; what is nested too.

    >>> scaled({"law": "lognormal", "mean_s": 2.0, "cv": 0.5, "shift_s": 1.0}, 3.0)
    {'law': 'lognormal', 'mean_s': 6.0, 'cv': 0.5, 'shift_s': 3.0}
    """
    return {key: _scaled(key, value, factor) for key, value in law.items()}


def _scaled(key: str, value: Any, factor: float) -> Any:
    if isinstance(value, dict):
        return scaled(value, factor)
    if isinstance(value, list | tuple):
        return tuple(_scaled(key, each, factor) for each in value)
    return value * factor if key.endswith("_s") else value


def _together(multipliers: Sequence[Multiplier]) -> list[tuple[str, float]]:
    """Return the factor of each station's or pool's number, all that multiply it together: it is rounded once."""
    found: dict[str, float] = {}
    for target, value in multipliers:
        if target.of == "tokens" and target.station is not None:
            found[target.station] = found.get(target.station, 1.0) * value
    return list(found.items())


def _resize(data: dict[str, Any], name: str, factor: float) -> None:
    """Multiply a station's servers or a pool's tokens, in place; a number that is not 0 stays at least 1."""
    table, key = ("stations", "servers") if name in data["stations"] else ("pools", "tokens")
    entry = data[table][name]
    if key in entry:
        entry[key] = _whole(entry[key], factor)
    else:
        entry["schedule"] = [(at_s, _whole(count, factor)) for at_s, count in entry["schedule"]]


def _whole(count: int, factor: float) -> int:
    return max(1, round(count * factor)) if count else 0
