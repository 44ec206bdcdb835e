"""From a scenario's flows to streams of sessions: rates over time, and who comes from where for what.

A flow becomes one part; one more for each move of provinces to the portal beyond the first, and for each surge that is
confined to provinces or procedures. Each part is a stream of its own, so that a session's place and procedure never
depend on the clock.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property, lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from cutover.base.clock import VIETNAM
from cutover.base.document import Keys
from cutover.base.errors import BadInput
from fixtures.life_events import expected_dossiers
from fixtures.places import Places
from fixtures.procedures import catalogue
from fixtures.volumes import volume
from models.demand.bursts import Bursts, arriving, mean_size
from models.demand.choice import Choice
from models.demand.flow import Flow, Mix, Residents
from models.demand.gamma import gamma_quantile
from models.demand.rates import DAY_S, Points, added, during, product, scaled, steps, total, week
from models.demand.surge import factor
from models.draws import stream, uniform
from models.schedule import Profile, Schedule
from scenarios.arrivals import FIRST_FLOW, Arrivals, SurgeEntry, VolumeShare
from scenarios.demand_checks import Entry
from scenarios.mix import shares_of
from scenarios.scenario import Scenario
from scenarios.weeks import Week, daily, sharpened, working_day


@dataclass(frozen=True)
class Nation:
    """Where people live, as arrays over communes; procedures in the catalogue's order."""

    places: Places
    communes: tuple[str, ...]
    provinces: tuple[str, ...]
    people: NDArray[np.int64]
    procedures: tuple[str, ...]
    residents: Residents

    def within(self, provinces: frozenset[str]) -> NDArray[np.bool_]:
        """Return which communes lie in the provinces."""
        return np.array([province in provinces for province in self.provinces])


@lru_cache(maxsize=4)
def nation(places: Places) -> Nation:
    """Return where people live, for the nation of some places."""
    counts = np.array([commune.population for commune in places.communes])
    return Nation(
        places=places,
        communes=tuple(commune.code for commune in places.communes),
        provinces=tuple(commune.province_code for commune in places.communes),
        people=counts,
        procedures=tuple(procedure.code for procedure in catalogue()),
        residents=Residents.of(counts),
    )


@dataclass(frozen=True)
class Part:
    """One stream of a flow: its mean rate, and the provinces and procedures that it is confined to (None: all).

    `rate` counts all sessions of a burst when it begins, `arriving` each at its own time.
    """

    index: int
    flow: str
    name: str
    entry: Arrivals
    rate: Points
    provinces: frozenset[str] | None
    procedures: frozenset[str] | None

    @cached_property
    def arriving(self) -> Points:
        """The mean rate at which sessions come; those of a burst that would come after the end never do."""
        bursts = self.entry.bursts
        return self.rate if bursts is None else arriving(self.rate, bursts.size, bursts.gap_s)

    def journeys(self, scenario: Scenario) -> dict[str, float]:
        """Return its mix of journeys: the flow's own, or the scenario's."""
        return shares_of(self.entry.journeys or scenario.file.journeys)


def parts(scenario: Scenario) -> tuple[Part, ...]:
    """Return a scenario's streams that expect any session, each flow's first part before all others.

    Raises BadInput when none does: moves, profiles or silent times may leave nobody.
    """
    found = [list(_parts_of(scenario, name, entry)) for _, name, entry in scenario.file.flow_entries]
    ordered = [own[0] for own in found] + [part for own in found for part in own[1:]]
    busy = tuple(replace(part, index=index) for index, part in enumerate(ordered) if total(part.rate) > 0)
    if not busy:
        rule = "expect no session within the scenario"
        raise BadInput.single(scenario.path, "flows", None, rule, "let one of them come within duration_s")
    return busy


def mean_profile(scenario: Scenario) -> Profile:
    """Return the rate of all sessions together over time: the mean over days, which differ by chance."""
    return Profile(added([part.arriving for part in parts(scenario)]))


def flows(scenario: Scenario, replication: int, scale: float, warp: float) -> tuple[Flow, ...]:
    """Return a scenario's streams, ready to be drawn."""
    return tuple(_flow(scenario, part, replication, scale, warp) for part in parts(scenario))


def daily_sessions(entry: Arrivals, as_of: date, places: Places, shape: Week) -> float:
    """Return a flow's sessions of the mean day of a week; a volume that nobody knew on `as_of` is 0."""
    if entry.volume is None:
        value, per = (entry.sessions.value if entry.sessions else 0.0), entry.per or "day"
    elif entry.volume.of == "life_events":
        value, per = entry.volume.times * _sum(expected_dossiers(places).ravel()), "day"
    else:
        known = volume(entry.volume.of, as_of)
        value, per = (entry.volume.times * known.value, known.per) if known else (0.0, "day")
    return value / (working_day(shape) or 1.0) if per == "working_day" else value


def volumes_used(entries: Iterable[Entry], as_of: date) -> Iterator[tuple[Keys, VolumeShare, str]]:
    """Yield where a flow is so many times a volume, the volume, and where both numbers come from."""
    for keys, _, entry in entries:
        if entry.volume is None:
            continue
        known = None if entry.volume.of == "life_events" else volume(entry.volume.of, as_of)
        number = f"{known.counts} ({known.source}, {known.published})" if known else "rates of life events (assumed)"
        yield keys, entry.volume, f"{number}; times assumed: {entry.volume.assumed}"


def _parts_of(scenario: Scenario, name: str, entry: Arrivals) -> Iterator[Part]:
    base = _base(scenario, entry)
    duration_s = base[-1][0]
    whole = product(base, factor(tuple(each.surge for each in entry.surges if not each.confined), duration_s))
    for i, (provinces, at_s) in enumerate(_moves(scenario, entry)):
        moved = f"{name}/move-{i + 1}" if len(entry.moves) > 1 else name
        there = during(at_s, duration_s, duration_s)
        first = Part(0, name, moved, entry, (), provinces, None)
        yield _rated(scenario, first, product(whole, there))
        for surge in entry.surges:
            if surge.confined:
                rate = product(product(base, surge.surge.excess(duration_s)), there)
                yield _rated(scenario, _confined(first, surge), rate)


def _confined(part: Part, surge: SurgeEntry) -> Part:
    provinces = part.provinces
    if surge.provinces is not None:
        wanted = frozenset(surge.provinces)
        provinces = wanted if provinces is None else provinces & wanted
    procedures = None if surge.procedures is None else frozenset(surge.procedures)
    return replace(part, name=f"{part.name}/{surge.name}", provinces=provinces, procedures=procedures)


def _rated(scenario: Scenario, part: Part, rate: Points) -> Part:
    """Give a part its share of a flow's rate: that of the people and procedures it is confined to."""
    land = nation(scenario.places)
    own = None if part.entry.provinces is None else frozenset(part.entry.provinces)
    whole, _ = _weights(part.entry, land, own, None)
    mine, _ = _weights(part.entry, land, part.provinces, part.procedures)
    share = 1.0 if (part.provinces, part.procedures) == (own, None) else _sum(mine) / (_sum(whole) or 1.0)
    return replace(part, rate=rate if share == 1.0 else scaled(rate, share))


def _base(scenario: Scenario, entry: Arrivals) -> Points:
    """Return a flow's mean rate over time before surges and moves."""
    load = entry.load(scenario.file.swarm)
    if load is not None:
        rate = load.points
    elif entry.points is not None:
        rate = entry.points
    else:
        shape = week_of(scenario, entry)
        day_sessions = daily_sessions(entry, scenario.file.as_of, scenario.places, shape)
        begins = scenario.starts.astimezone(VIETNAM)
        rate = week(shape, day_sessions, begins.weekday(), _into_day_s(begins), scenario.file.duration_s)
    if scenario.file.demand.times != 1.0:
        rate = scaled(rate, scenario.file.demand.times)
    if entry.from_s is None and entry.to_s is None:
        return rate
    duration_s = rate[-1][0]
    to_s = duration_s if entry.to_s is None else entry.to_s
    return product(rate, during(entry.from_s or 0.0, to_s, duration_s))


def week_of(scenario: Scenario, entry: Arrivals) -> Week:
    """Return the shape of a flow's week."""
    sharpness = scenario.file.demand.sharpness
    if entry.hourly_shares is not None:
        found = daily(entry.hourly_shares, entry.weekdays)
    else:
        found = scenario.weeks[entry.week or ""]
    return found if sharpness is None else sharpened(found, sharpness.value)


def _moves(scenario: Scenario, entry: Arrivals) -> Iterator[tuple[frozenset[str] | None, float]]:
    """Yield which provinces' traffic comes from when on."""
    own = None if entry.provinces is None else frozenset(entry.provinces)
    if not entry.moves:
        yield own, 0.0
    named = frozenset(code for move in entry.moves for code in move.provinces or ())
    for move in entry.moves:
        if move.provinces is not None:
            yield frozenset(move.provinces), move.at_s
        elif not named:
            yield own, move.at_s
        else:
            yield (own or frozenset(nation(scenario.places).provinces)) - named, move.at_s


def _weights(
    entry: Arrivals, land: Nation, provinces: frozenset[str] | None, procedures: frozenset[str] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the weight of each commune, and shares of procedures in a row for each commune or in one for all."""
    weights, rows = land.people.astype(np.float64), _rows(entry, land)
    if rows is None:
        pass
    elif rows.shape[0] > 1 or procedures is not None:
        if procedures is not None:
            rows = rows * np.array([code in procedures for code in land.procedures])
        sums = np.cumsum(rows, axis=1)[:, -1]
        weights = sums if rows.shape[0] > 1 else weights * sums
    if provinces is not None:
        weights = weights * land.within(provinces)
    return weights, rows


def _rows(entry: Arrivals, land: Nation) -> NDArray[np.float64] | None:
    if entry.procedures is None:
        return None
    if entry.procedures == "life_events":
        return expected_dossiers(land.places)
    shares = (
        {procedure.code: procedure.share for procedure in catalogue()}
        if isinstance(entry.procedures, str)
        else entry.procedures
    )
    return np.array([[shares.get(code, 0.0) for code in land.procedures]])


def _mix(scenario: Scenario, part: Part, land: Nation) -> Mix:
    shares = part.journeys(scenario)
    names = [journey.name for journey in scenario.journeys]
    weights, rows = _weights(part.entry, land, part.provinces, part.procedures)
    anybody = part.provinces is None and part.entry.procedures != "life_events"
    return Mix(
        shares=np.array(list(accumulate(shares.values()))),
        journeys=np.array([names.index(name) for name in shares], np.int32),
        commune=None if anybody else Choice.of(weights),
        procedures=None if rows is None else _cumulative(rows),
    )


def _cumulative(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return cumulative shares; a row of zeros, of a commune that is never picked, stays one."""
    sums = np.cumsum(rows, axis=1)
    return sums / np.where(sums[:, -1:] > 0, sums[:, -1:], 1.0)


def _flow(scenario: Scenario, part: Part, replication: int, scale: float, warp: float) -> Flow:
    seed, entry = scenario.file.seed, part.entry
    rate = _varied(scenario, part, replication)
    name = "schedule" if part.name == FIRST_FLOW else f"flow/{part.name}"
    schedule: Schedule | Bursts
    if entry.bursts is None:
        schedule = Schedule(Profile(rate), seed, replication, scale, warp, name, entry.exact)
    else:
        begins = Profile(scaled(rate, 1.0 / mean_size(entry.bursts.size)))
        starts = Schedule(begins, seed, replication, scale, warp, name)
        schedule = Bursts(starts, entry.bursts.size, entry.bursts.gap_s)
    land = nation(scenario.places)
    return Flow(part.index, part.name, entry.assisted, schedule, _mix(scenario, part, land), land.residents)


def _varied(scenario: Scenario, part: Part, replication: int) -> Points:
    """Multiply each local day by its chance factor, which all parts of a flow share."""
    if part.entry.day_cv is None:
        return part.rate
    key = stream(scenario.file.seed, replication, f"flow/{part.flow}/day")
    begins, duration_s = scenario.starts.astimezone(VIETNAM), part.rate[-1][0]
    edges, factors, day = [0.0], [], begins.toordinal()
    midnight = DAY_S - _into_day_s(begins)
    while edges[-1] < duration_s:
        factors.append(gamma_quantile(part.entry.day_cv.value, uniform(key, day, 0)))
        edges.append(min(midnight, duration_s))
        midnight, day = midnight + DAY_S, day + 1
    return product(part.rate, steps(edges, factors))


def _into_day_s(instant: datetime) -> float:
    return (instant - instant.replace(hour=0, minute=0, second=0, microsecond=0)).total_seconds()


def _sum(values: NDArray[np.float64]) -> float:
    """Add in order: NumPy's own sum adds in another order on another machine."""
    return float(np.cumsum(values)[-1])
