"""What can be wrong with a scenario's flows beyond their schema: found all at once, each at its line."""

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from cutover.base.document import Document, Keys
from cutover.base.errors import Mistake
from fixtures.places import provinces
from fixtures.procedures import catalogue
from fixtures.volumes import published_volumes, volume
from models.demand.flow import FLOWS, GREATEST
from models.demand.gamma import GREATEST_CV, LEAST_CV
from scenarios.arrivals import FIRST_FLOW, Arrivals, FlowEntry, SurgeEntry
from scenarios.load import Caps

Entry = tuple[Keys, str, Arrivals]
"""Where a flow stands in the file, its name, and what it says."""

Found = tuple[Keys, object, str, str]
"""Keys, value, rule, remedy."""

LONGEST_S = 366 * 86_400.0


@dataclass(frozen=True)
class Frame:
    """What of a scenario its flows are checked against; `journeys` tells whether it has a mix for flows without one.

    `caps` bound loads that name no end.
    """

    as_of: date
    duration_s: float
    journeys: bool
    caps: Caps


def flow_entries(arrivals: Arrivals | None, others: Sequence[FlowEntry]) -> tuple[Entry, ...]:
    """List the flows of a file, the first of which is `[arrivals]`."""
    further: list[Entry] = [(("flows", i), entry.name, entry) for i, entry in enumerate(others)]
    return tuple(further if arrivals is None else [(("arrivals",), FIRST_FLOW, arrivals), *further])


def demand_mistakes(document: Document, entries: Sequence[Entry], frame: Frame) -> list[Mistake]:
    """Find everything wrong with the flows of a scenario file that its schema cannot see."""
    found = list(_of_file(entries, frame))
    for keys, _, entry in entries:
        checks = (_of_amount, _of_shape, _of_chance, _of_places, _of_moves, _of_surges)
        found += [((*keys, *below), *rest) for check in checks for below, *rest in check(entry, frame)]  # type: ignore[misc]
    return [document.mistake(*each) for each in found]


def _of_file(entries: Sequence[Entry], frame: Frame) -> Iterator[Found]:
    if not entries:
        yield ("arrivals",), None, "is required where there are no [[flows]]", "say when sessions begin"
    if not frame.duration_s <= LONGEST_S:
        yield ("duration_s",), frame.duration_s, f"must be at most {LONGEST_S:.0f}, a year", "shorten the scenario"
    names = [name for _, name, _ in entries]
    for at, (keys, name, entry) in enumerate(entries):
        if name in names[:at]:
            yield (*keys, "name"), name, "is the name of a flow before it", "rename one"
        if entry.journeys is None and not frame.journeys:
            yield (*keys, "journeys"), None, "is required where the scenario has no [journeys]", "give the flow a mix"
    if len(entries) + sum(len(entry.moves) * (1 + len(entry.surges)) for _, _, entry in entries) > FLOWS:
        yield ("flows",), len(entries), f"make more than {FLOWS} streams with their moves and surges", "merge some"


def _of_amount(entry: Arrivals, frame: Frame) -> Iterator[Found]:
    shape = entry.hourly_shares is not None or entry.week is not None
    amount = entry.sessions is not None or entry.volume is not None
    if entry.load(frame.caps) is not None:
        if entry.points is not None or amount or entry.hourly_shares is not None:
            yield ("profile",), entry.profile, "is a load of its own, which takes no amount beside it", "keep one"
    elif (entry.points is not None) == (amount or shape) or amount != shape:
        yield (), None, "must give either `points`, or `sessions` with `hourly_shares`", "keep one of the two"
    if entry.sessions is not None and not 0 < entry.sessions.value <= GREATEST:
        yield ("sessions", "value"), entry.sessions.value, f"must be above 0 and at most {GREATEST}", "correct it"
    if entry.sessions is not None and entry.volume is not None:
        yield ("volume",), None, "is a second amount beside `sessions`", "keep one of the two"
    if entry.volume is not None and entry.per is not None:
        yield ("per",), entry.per, "belongs to `sessions`: a volume has its own", "remove it"
    known = entry.volume is None or entry.volume.of == "life_events" or volume(entry.volume.of, frame.as_of)
    if entry.volume is not None and not known:
        first = min(each.published for each in published_volumes() if each.name == entry.volume.of)
        rule = f"was not published by as_of = {frame.as_of}, but on {first}"
        yield ("volume", "of"), entry.volume.of, rule, "use `life_events` or an assumed figure, or move as_of"


def _of_shape(entry: Arrivals, frame: Frame) -> Iterator[Found]:
    load, points = entry.load(frame.caps), entry.points
    key, ends_s = ("profile", load.duration_s) if load else ("points", points[-1][0] if points else 0.0)
    if load is not None or points is not None:
        for other in ("per", "weekdays"):
            if getattr(entry, other) is not None:
                yield (other,), None, f"has no meaning beside `{key}`", "remove it"
        if ends_s > frame.duration_s:
            rule = f"must not be after the scenario's end, duration_s = {frame.duration_s:g}"
            yield (key,), ends_s, rule, "shorten it, or lengthen the scenario"
    if entry.week is not None and (entry.hourly_shares is not None or entry.weekdays is not None):
        yield ("profile",), entry.profile, "is a second shape beside `hourly_shares` or `weekdays`", "keep one"
    days = entry.weekdays
    if days is not None and (len(days) != 7 or not math.isclose(sum(days), 7.0, abs_tol=1e-6)):
        rule = f"must be 7 weights from Monday that add up to 7, not {len(days)} that add up to {sum(days):.6g}"
        yield ("weekdays",), None, rule, "correct them"
    if entry.from_s is not None and entry.to_s is not None and entry.to_s <= entry.from_s:
        yield ("to_s",), entry.to_s, f"must be after from_s = {entry.from_s:g}", "give the flow a length"


def _of_chance(entry: Arrivals, _: Frame) -> Iterator[Found]:
    if entry.day_cv is not None and not LEAST_CV <= entry.day_cv.value <= GREATEST_CV:
        yield ("day_cv", "value"), entry.day_cv.value, f"must be from {LEAST_CV} to {GREATEST_CV}", "correct it"
    for key in ("day_cv", "bursts"):
        if entry.exact and getattr(entry, key) is not None:
            yield (key,), None, "cannot stand beside exact = true: its total is left to chance", "choose one"


def _of_places(entry: Arrivals, _: Frame) -> Iterator[Found]:
    yield from _unknown(("provinces",), entry.provinces or (), _province_codes(), "province")
    if entry.provinces == ():
        yield ("provinces",), None, "names no province", "name some, or leave the key out for all"
    if isinstance(entry.procedures, dict):
        yield from _unknown(("procedures",), entry.procedures, _procedure_codes(), "procedure")


def _of_moves(entry: Arrivals, _: Frame) -> Iterator[Found]:
    seen: set[str] = set()
    rests = 0
    for i, move in enumerate(entry.moves):
        keys: Keys = ("moves", i, "provinces")
        yield from _unknown(keys, move.provinces or (), _province_codes(), "province")
        for code in move.provinces or ():
            if code in seen:
                yield keys, code, "has moved before", "name each province once"
            if entry.provinces is not None and code not in entry.provinces:
                yield keys, code, "is none of the flow's provinces", "add it there, or remove it here"
            seen.add(code)
        rests += move.provinces is None
        if rests > 1:
            yield ("moves", i), None, "is a second move without provinces", "only one may take all the others"


def _of_surges(entry: Arrivals, frame: Frame) -> Iterator[Found]:
    for i, each in enumerate(entry.surges):
        keys: Keys = ("surges", i)
        if not 1 <= each.times.value <= 1000:
            yield (*keys, "times", "value"), each.times.value, "must be from 1 to 1000", "correct the factor"
        if each.ramp_s + each.hold_s + each.decay_s <= 0:
            yield keys, each.name, "takes no time", "give it a ramp_s, hold_s or decay_s"
        elif each.at_s >= frame.duration_s or each.surge.ends_s <= 0:
            yield (*keys, "at_s"), each.at_s, "keeps the surge outside the scenario", "move it inside"
        yield from _unknown((*keys, "provinces"), each.provinces or (), _province_codes(), "province")
        yield from _unknown((*keys, "procedures"), each.procedures or (), _procedure_codes(), "procedure")
        if each.procedures is not None and entry.procedures is None:
            rule = "confine the surge to procedures, which the flow does not say"
            yield (*keys, "procedures"), None, rule, 'give the flow procedures = "catalogue" or the like'
    for (i, first), (j, second) in combinations(enumerate(entry.surges), 2):
        if first.name == second.name:
            yield ("surges", j, "name"), second.name, f"is also the name of surges[{i}]", "rename one"
        if first.surge.overlaps(second.surge) and _same_reach(first, second):
            rule = f"overlaps in time with {first.name}, which reaches the same people"
            yield ("surges", j, "at_s"), second.at_s, rule, "move one, or make one surge of both"


def _same_reach(first: SurgeEntry, second: SurgeEntry) -> bool:
    """Tell whether two surges are confined in the same way and have a province and a procedure in common."""
    pairs = ((first.provinces, second.provinces), (first.procedures, second.procedures))
    if any((a is None) != (b is None) for a, b in pairs):
        return False
    return all(a is None or b is None or bool(set(a) & set(b)) for a, b in pairs)


def _unknown(keys: Keys, codes: Iterable[str], known: Sequence[str], what: str) -> Iterator[Found]:
    for code in codes:
        if code not in known:
            close = difflib.get_close_matches(code, known, n=1, cutoff=0.7)
            remedy = f"did you mean {close[0]}?" if close else f"use the code of a {what}, such as {known[0]}"
            yield keys, code, f"is no {what}", remedy


def _province_codes() -> tuple[str, ...]:
    return tuple(province.code for province in provinces())


def _procedure_codes() -> tuple[str, ...]:
    return tuple(procedure.code for procedure in catalogue())
